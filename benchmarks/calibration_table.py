"""HU of hydroxyapatite from tabulated attenuation and tube spectra; writes ``knowledge/calibration.toml``.

    python benchmarks/calibration_table.py

Needs the extra ``validate`` (spekpy for spectra, xraydb for attenuation, both MIT); the package itself reads the table
only. What a scanner reports is modeled as it works: a polychromatic beam through water and an object, an
energy-integrating detector, and a correction that makes water read 0 HU behind any path. One ray meets so much water
and so much mineral; what a deposit's many rays meet, the package finds in the scan. Filtration, anode and detector are
not known of a scan: they are varied, and how far the slopes spread is the uncertainty. No measured scan takes part.
"""

from __future__ import annotations

from itertools import product
from pathlib import Path

import numpy as np
import spekpy
from scipy.optimize import brentq
from xraydb import atomic_mass, mu_elam

OUT = Path(__file__).resolve().parents[1] / "src" / "calcimeter" / "knowledge" / "calibration.toml"

ENERGIES_KEV = np.arange(10.5, 150.5)
KVP = tuple(range(70, 151, 10))
PATHS_MM = (25, 50, 100, 150, 200, 250, 300, 350, 400)
"""Water between tube and detector: a finger to a large trunk."""
NOMINAL_PATHS_MM = (50, 100, 150, 200, 250, 300, 350)
"""Where size is not known: a wrist to a large trunk, all alike."""
FILTERS_MM_AL = (8.0, 9.5, 11.0, 12.5, 14.0)
"""Inherent, flat and bow tie filtration of body scanners as aluminum: half-value layers of 7.4 to 8.9 mm at 120 kV,
around that of the radiation quality RQT 9 (IEC 61267: 8.4 mm at 120 kV), which stands for CT."""
ANODES_DEG = (7.0, 10.0)
DETECTORS_MM = (1.0, 2.0)
"""Gadolinium oxysulfide; energy-integrating."""
PARTS = (12, 3, 4)
"""Parts of the three ranges whose middles fill them evenly, for how far slopes spread: ends alone do so too far."""
MET = np.array([0.02, 0.25, 0.5, 1.0, 1.5, 2.0])
"""g hydroxyapatite per cm2 on a ray: what it meets first hardens it for the rest."""
SCALE = 0.02
"""95 % half-width, relative: water and air of a scanner in routine checks (4 HU and more for water, IEC 61223-3-5)."""

HA_DENSITY = 3.16
SOFT_TISSUES = {
    "muscle": (1.05, {"H": 10.2, "C": 14.3, "N": 3.4, "O": 71.0, "Na": 0.1, "P": 0.2, "S": 0.3, "Cl": 0.1, "K": 0.4}),
    "adipose_2": (0.95, {"H": 11.4, "C": 59.8, "N": 0.7, "O": 27.8, "Na": 0.1, "S": 0.1, "Cl": 0.1}),
    "adipose_3": (0.93, {"H": 11.6, "C": 68.1, "N": 0.2, "O": 19.8, "Na": 0.1, "S": 0.1, "Cl": 0.1}),
}
"""Density in g/ml and percent by weight: Woodard and White 1986, 10.1259/0007-1285-59-708-1209."""


def main() -> None:
    """Write the table."""
    OUT.write_text(as_toml({kvp: row_of(kvp) for kvp in KVP}), encoding="utf-8")
    print(OUT.read_text(encoding="utf-8"))


def row_of(kvp: int) -> dict[str, object]:
    """Everything at one voltage."""
    beams = [beam(kvp, *how) for how in product(FILTERS_MM_AL, ANODES_DEG, DETECTORS_MM)]
    shown = np.array([[[met / adds(b, path, met) for met in MET] for path in PATHS_MM] for b in beams])
    rise, mean = np.array([np.polyfit(MET, along, 1) for along in shown.mean(axis=0)]).T
    thin = shown[:, :, 0] / (1 + rise / mean * MET[0])  # beams, paths
    known = [half_width(along / along.mean()) for along in evenly_spread(kvp).T]
    every = thin[:, [PATHS_MM.index(path) for path in NOMINAL_PATHS_MM]].ravel()
    low, high = np.percentile(every, [2.5, 97.5])
    nominal = (low + high) / 2
    tissues = {name: [tissue_hu(b, name) for b in beams] for name in SOFT_TISSUES}
    return {
        "slopes": mean,
        "hardening": rise / mean,
        "spread": known,
        "nominal": nominal,
        "nominal_uncertainty": np.sqrt(((high - low) / 2 / nominal) ** 2 + SCALE**2),
        "muscle_hu": float(np.mean(tissues["muscle"])),
        "fat_hu": (min(tissues["adipose_3"]), max(tissues["adipose_2"])),
    }


def evenly_spread(kvp: int) -> np.ndarray:
    """Slopes of thin objects (beams, paths) with filter, anode and detector anywhere between their ends, alike."""
    ranges = zip((FILTERS_MM_AL, ANODES_DEG, DETECTORS_MM), PARTS, strict=True)
    middles = [ends[0] + (ends[-1] - ends[0]) * (np.arange(parts) + 0.5) / parts for ends, parts in ranges]
    beams = [beam(kvp, *(float(value) for value in how)) for how in product(*middles)]
    return np.array([[MET[0] / adds(b, path, MET[0]) for path in PATHS_MM] for b in beams])


def half_width(relative: np.ndarray) -> float:
    """Half of the 95 % range."""
    low, high = np.percentile(relative, [2.5, 97.5])
    return float(high - low) / 2


def beam(kvp: int, filter_mm_al: float, anode_deg: float, detector_mm: float) -> np.ndarray:
    """Signal by energy, without an object."""
    tube = spekpy.Spek(kvp=kvp, th=anode_deg, dk=1.0).filter("Al", filter_mm_al)
    energies, photons = tube.get_spectrum(edges=False)
    absorbed = 1 - np.exp(-GADOLINIUM_OXYSULFIDE * detector_mm / 10)
    signal = np.interp(ENERGIES_KEV, energies, photons, left=0, right=0) * ENERGIES_KEV * absorbed
    return np.asarray(signal / signal.sum())


def adds(signal: np.ndarray, path_mm: float, grams: float) -> float:
    """Water in cm that a scanner adds to a path for hydroxyapatite in g/cm2 that takes muscle's place."""
    path = path_mm / 10
    mineral = grams * (HYDROXYAPATITE - MUSCLE / HA_DENSITY)
    return water_of(signal, np.exp(-WATER * path - mineral), path) - path


def tissue_hu(signal: np.ndarray, name: str) -> float:
    """HU of a tissue behind 200 mm of water."""
    density, weights = SOFT_TISSUES[name]
    return hu(signal, 200, 10, density * by_weight(weights))


def mixture(grams: float) -> np.ndarray:
    """Attenuation per cm of hydroxyapatite in muscle, which gives way to it."""
    return grams * HYDROXYAPATITE + (1 - grams / HA_DENSITY) * MUSCLE


def hu(signal: np.ndarray, path_mm: float, size_mm: float, attenuation: np.ndarray) -> float:
    """What a scanner that is right for water reports of an object on a path."""
    path, size = path_mm / 10, size_mm / 10
    water = water_of(signal, np.exp(-WATER * (path - size) - attenuation * size), path)
    return 1000 * ((water - (path - size)) / size - 1)


def water_of(signal: np.ndarray, left: np.ndarray, path_cm: float) -> float:
    """Water in cm that leaves as much of the signal."""
    met = np.log((signal * left).sum())
    return float(brentq(lambda cm: np.log((signal * np.exp(-WATER * cm)).sum()) - met, 0, 10 * path_cm + 100))


def by_atoms(atoms: dict[str, int]) -> np.ndarray:
    """cm2/g of a compound."""
    return by_weight({element: n * atomic_mass(element) for element, n in atoms.items()})


def by_weight(weights: dict[str, float]) -> np.ndarray:
    """cm2/g of a mixture."""
    total = sum(weights.values())
    return np.asarray(sum(w / total * mu_elam(element, ENERGIES_KEV * 1e3) for element, w in weights.items()))


WATER = by_atoms({"H": 2, "O": 1})
HYDROXYAPATITE = by_atoms({"Ca": 10, "P": 6, "O": 26, "H": 2})
MUSCLE = SOFT_TISSUES["muscle"][0] * by_weight(SOFT_TISSUES["muscle"][1])
GADOLINIUM_OXYSULFIDE = 7.34 * by_atoms({"Gd": 2, "O": 2, "S": 1})

HEADER = """\
# HU of hydroxyapatite in muscle by tube voltage: made by benchmarks/calibration_table.py, which says how; not edited.
#
# Sources
#   ATT   Attenuation: W. T. Elam et al. 2002, 10.1016/S0969-806X(01)00227-4, as tabulated by xraydb
#   SPE   Tube spectra: G. Poludniowski et al. 2021, 10.1002/mp.14945 (spekpy)
#   MIN   Hydroxyapatite Ca10(PO4)6(OH)2 of 3.16 g/ml; muscle gives way to it
#   TIS   Muscle and adipose tissue 2 and 3: Woodard and White 1986, 10.1259/0007-1285-59-708-1209
# docs/calibration.md sets the table beside published rods.

"""


def as_toml(rows: dict[int, dict[str, object]]) -> str:
    """The file."""
    parts = [
        HEADER,
        "# Water between tube and detector, mm: the columns of `slopes`.\n",
        f"paths_mm = [{', '.join(map(str, PATHS_MM))}]\n",
    ]
    for kvp, row in rows.items():
        slopes = ", ".join(f"{slope:.4f}" for slope in row["slopes"])  # type: ignore[attr-defined]
        low, high = row["fat_hu"]  # type: ignore[misc]
        hardening = ", ".join(f"{part:.4f}" for part in row["hardening"])  # type: ignore[attr-defined]
        spread = ", ".join(f"{part:.3f}" for part in row["spread"])  # type: ignore[attr-defined]
        parts.append(
            f"\n[[tube]]  # ATT SPE MIN TIS\nkvp = {kvp}\n"
            f"slopes = [{slopes}]  # mg HA/ml per HU, by path, of a thin object\n"
            f"hardening = [{hardening}]  # rise of the slope per g HA/cm2 that a ray meets, relative\n"
            f"spread = [{spread}]  # 95 % half-width over the slope\n"
            f"nominal = {row['nominal']:.4f}  # where it is not: the middle of a wrist to a large trunk\n"
            f"nominal_uncertainty = {row['nominal_uncertainty']:.3f}\n"
            f"muscle_hu = {row['muscle_hu']:.1f}\n"
            f"fat_hu = [{low:.1f}, {high:.1f}]\n"
        )
    return "".join(parts)


if __name__ == "__main__":
    main()
