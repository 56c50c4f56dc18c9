"""Rods in disks of muscle, projected and reconstructed, beside the table of slopes; prints the rows of the page.

    python benchmarks/calibration_check.py

The package reads from a scan what the rays of a deposit meet, and takes their slope from the table. Here every ray of a
slice is computed for every energy, made right for water, and put through filtered back-projection; the rods are
measured against the muscle around them, and their slope is told by the image as the package tells it. Needs the extra
``validate``.
"""

from __future__ import annotations

import tomllib

import numpy as np
from skimage.transform import iradon, radon

from calcimeter.geometry.rays import Slice, rays_through, slope_along
from calcimeter.model.calibration import Beam
from calibration_table import MUSCLE, OUT, WATER, beam, mixture

SIZE, VIEWS = 360, 360
"""Pixels of 1 mm, and views over half a turn."""
FILTER_MM_AL, ANODE_DEG, DETECTOR_MM = 11.0, 7.0, 1.0
"""In the middle of what the table varies: what differs is not the tube."""
SCANS = ((80, 200), (120, 200), (120, 300), (140, 300))
"""Voltage and diameter of the disk, mm."""
RODS = ((0.0, 0.0, 12, 0.2), (0.5, 0.0, 12, 0.4), (-0.5, 0.0, 6, 0.4), (0.0, 0.8, 6, 0.4), (0.0, -0.6, 12, 0.8))
"""Place in radii of the disk, radius in mm, g hydroxyapatite per ml."""
ROWS, COLUMNS = np.mgrid[:SIZE, :SIZE] - (SIZE - 1) / 2


def main() -> None:
    """Print the rows."""
    table = tomllib.loads(OUT.read_text(encoding="utf-8"))
    rows = {row["kvp"]: row for row in table["tube"]}
    for kvp, diameter in SCANS:
        image = reconstructed(beam(kvp, FILTER_MM_AL, ANODE_DEG, DETECTOR_MM), diameter)
        row = rows[kvp]
        known = Beam(tuple(table["paths_mm"]), tuple(row["slopes"]), tuple(row["hardening"]))
        body = away_from(0, 0, diameter) < diameter / 2
        for x, y, radius, grams in RODS:
            away = away_from(x, y, diameter)
            around = image[(away > radius + 4) & (away < radius + 9) & (away_from(0, 0, diameter) < diameter / 2 - 3)]
            excess = np.where(away <= radius + 3, image - around.mean(), 0.0)
            measured = 1000 * grams * (away <= radius).sum() / excess.sum()
            slope = slope_along([rays_through(Slice(image, body, (1.0, 1.0)), excess, (0, 0))], known)
            print(
                f"| {kvp} | {diameter} | {np.hypot(x, y):.1f} | {2 * radius} | {1000 * grams:.0f} | {measured:.3f} | "
                f"{slope:.3f} | {100 * (slope / measured - 1):+.1f} % |"
            )


def reconstructed(signal: np.ndarray, diameter: int) -> np.ndarray:
    """HU of a disk with the rods."""
    views = np.linspace(0, 180, VIEWS, endpoint=False)
    flesh = (away_from(0, 0, diameter) <= diameter / 2).astype(float)
    parts = []
    for x, y, radius, grams in RODS:
        rod = (away_from(x, y, diameter) <= radius).astype(float)
        flesh -= rod
        parts.append((mixture(grams), radon(rod, views, circle=True) / 10))
    parts.append((MUSCLE, radon(flesh, views, circle=True) / 10))
    met = sum(
        weight * np.exp(-sum(attenuation[k] * path for attenuation, path in parts))
        for k, weight in enumerate(signal)
        if weight > 0
    )
    known = np.linspace(0, 90, 4000)
    of_water = -np.log((signal[:, None] * np.exp(-WATER[:, None] * known)).sum(axis=0))
    right = np.interp(-np.log(met), of_water, known)
    return np.asarray(10000 * iradon(right, views, filter_name="ramp", circle=True) - 1000)


def away_from(x: float, y: float, diameter: int) -> np.ndarray:
    """Distance of every pixel from a place in radii of the disk, mm."""
    return np.asarray(np.hypot(COLUMNS - x * diameter / 2, ROWS - y * diameter / 2))


if __name__ == "__main__":
    main()
