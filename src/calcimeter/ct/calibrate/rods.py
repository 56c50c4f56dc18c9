"""Rods of known density in the images."""

from __future__ import annotations

import numpy as np

from calcimeter.ct.calibrate.phantom import check_slope
from calcimeter.ct.calibrate.tube import NOMINAL_PATH_MM, Tube
from calcimeter.ct.settings import CalibrationSettings
from calcimeter.errors import UnsupportedStudy
from calcimeter.model.calibration import Calibration, Rod
from calcimeter.model.grid import FloatArray
from calcimeter.model.volume import Volume


def from_rods(
    volume: Volume,
    rods: tuple[Rod, ...],
    noise_hu: float,
    beam: tuple[Tube | None, float | None],
    settings: CalibrationSettings,
) -> Calibration:
    """The slope of density over HU through the rods.

    One rod goes with water at 0 HU; of more the line of least squares is taken, whose scatter is part of the
    uncertainty. The other part is that a rod outside the body meets a softer beam than a deposit inside it: as far
    as tabulated attenuation tells it, it is in the uncertainty, and the rods are taken as they are.

    Parameters
    ----------
    beam : (Tube or None, float or None)
        What is tabulated at the voltage, and the size of the body in mm; None where not known.

    Raises
    ------
    UnsupportedStudy
        A box outside the images, without a voxel center, or uneven; rods of one density only, and that 0; a slope that
        hydroxyapatite can't have.
    """
    densities = np.array([rod.mg_ha_per_ml for rod in rods])
    met_hu = np.array([_mean_hu(volume, rod, f"rod {k}", noise_hu, settings) for k, rod in enumerate(rods, start=1)])
    if len(set(densities)) == 1:
        if densities[0] == 0:
            raise UnsupportedStudy("met rods of 0 mg HA/ml alone, expected one of hydroxyapatite; name its density")
        densities, met_hu = np.append(densities, 0.0), np.append(met_hu, 0.0)
    hu_per_mg, scatter = _line(densities, met_hu, settings.rod_hu)
    if hu_per_mg <= 0:
        raise UnsupportedStudy("met rods that are darker the denser they are said to be; check their order")
    slope = 1 / hu_per_mg
    check_slope(slope, beam[0], settings)
    uncertainty = float(np.hypot(scatter / hu_per_mg, _place_uncertainty(*beam, settings)))
    count = "one rod" if len(rods) == 1 else f"{len(rods)} rods"
    tube, size_mm = beam
    path_mm = NOMINAL_PATH_MM if size_mm is None else settings.path_share * size_mm
    hardening = 0.0 if tube is None else tube.hardening_at(path_mm)
    return Calibration("rod", float(slope), uncertainty, f"{count} of known density in the images", hardening)


def _mean_hu(volume: Volume, rod: Rod, name: str, noise_hu: float, settings: CalibrationSettings) -> float:
    """Mean HU inside the box of a rod."""
    x, y, z = zip(rod.low_mm, rod.high_mm, strict=True)
    corners = volume.grid.to_index([(a, b, c) for a in x for b in y for c in z])
    first = np.maximum(np.ceil(corners.min(axis=0) - 1e-6), 0).astype(int)
    last = np.minimum(np.floor(corners.max(axis=0) + 1e-6), np.array(volume.grid.shape) - 1).astype(int)
    if (first > last).any():
        raise UnsupportedStudy(f"met {name} outside the images or between voxels; its box is in mm, LPS of the scan")
    points = np.stack(np.meshgrid(*(np.arange(a, b + 1) for a, b in zip(first, last, strict=True)), indexing="ij"), -1)
    at = volume.grid.to_patient(points)
    inside = ((at >= np.array(rod.low_mm) - 1e-6) & (at <= np.array(rod.high_mm) + 1e-6)).all(axis=-1)
    values = volume.values[tuple(points[inside].T)].astype(np.float64)
    if len(values) < settings.rod_voxels:
        raise UnsupportedStudy(
            f"met {name} with {len(values)} voxels, expected {settings.rod_voxels} or more; make its box larger"
        )
    if values.std() > max(settings.uneven_sigmas * noise_hu, settings.uneven_hu):
        raise UnsupportedStudy(f"met {name} uneven, expected one density; its box reaches beyond the rod")
    return float(values.mean())


def _line(densities: FloatArray, met_hu: FloatArray, rod_hu: float) -> tuple[float, float]:
    """Slope of HU over density, and its 95 % half-width: by the scatter of the rods, at least by their own HU.

    No rod's HU is known better than scanners are steady.
    """
    from scipy.stats import t as student

    away = densities - densities.mean()
    spread = float((away**2).sum())
    slope = float(away @ met_hu / spread)
    left = met_hu - met_hu.mean() - slope * away
    free = len(densities) - 2
    scattered = float(student.ppf(0.975, free) * np.sqrt(left @ left / free / spread)) if free > 0 else 0.0
    return slope, max(scattered, rod_hu / float(np.sqrt(spread)))


def _place_uncertainty(tube: Tube | None, size_mm: float | None, settings: CalibrationSettings) -> float:
    """How far the slope at a deposit may be from that at the rods, relative: their beams differ."""
    if tube is None or size_mm is None:
        return settings.rod_elsewhere
    deposit, rod = (tube.slope(share * size_mm) for share in (settings.path_share, settings.rod_path_share))
    return abs(deposit / rod - 1)
