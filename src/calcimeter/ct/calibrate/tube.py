"""What attenuation tables and tube spectra say at a tube voltage."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from calcimeter.knowledge.tubes import calibration_table
from calcimeter.model.calibration import Calibration
from calcimeter.model.grid import FloatArray
from calcimeter.model.study import CTStudy

NOMINAL_PATH_MM = 200.0
"""Water on the way in a body of any size, where only a correction depends on it."""


@dataclass(frozen=True, slots=True, eq=False)
class Tube:
    """The rows of ``knowledge/calibration.toml`` at one voltage.

    Parameters
    ----------
    kvp : float
    paths_mm, slopes, hardening, spread : ndarray
        Water on the way, mg HA/ml per HU of a thin object behind it, its relative rise per g HA/cm2 that a ray meets,
        and its 95 % half-width over it.
    nominal, nominal_uncertainty : float
        The same where the way is not known.
    muscle_hu : float
    fat_hu : tuple of float
        Lowest and highest.
    """

    kvp: float
    paths_mm: FloatArray
    slopes: FloatArray
    hardening: FloatArray
    spread: FloatArray
    nominal: float
    nominal_uncertainty: float
    muscle_hu: float
    fat_hu: tuple[float, float]

    def slope(self, path_mm: float) -> float:
        """Of mg HA/ml over HU, behind so much water; beyond the table that of its end."""
        return float(np.interp(path_mm, self.paths_mm, self.slopes))

    def hardening_at(self, path_mm: float) -> float:
        """How far a deposit raises its own slope, relative, per g HA/cm2."""
        return float(np.interp(path_mm, self.paths_mm, self.hardening))

    def spread_at(self, path_mm: float) -> float:
        """95 % half-width of that, over it."""
        return float(np.interp(path_mm, self.paths_mm, self.spread))


def tube_of(study: CTStudy) -> tuple[Tube | None, str]:
    """The rows at the study's voltage, or None and why there are none.

    Between two rows of the table, 10 kV apart, it is interpolated; it is never extrapolated.
    """
    if study.monoenergetic_kev is not None:
        return None, "the images were computed for one photon energy: no tube voltage tells their HU"
    if study.kvp is None:
        return None, "the tube voltage is not known"
    rows = calibration_table()["tube"]
    if not rows[0]["kvp"] <= study.kvp <= rows[-1]["kvp"]:
        return None, f"{study.kvp:g} kV is outside the table of {rows[0]['kvp']} to {rows[-1]['kvp']} kV"
    return tube_at(study.kvp), ""


def tube_at(kvp: float) -> Tube:
    """The rows at a voltage inside the table."""
    table = calibration_table()
    voltages = np.array([row["kvp"] for row in table["tube"]], dtype=np.float64)
    after = max(1, int(np.searchsorted(voltages, kvp)))
    share = (kvp - voltages[after - 1]) / (voltages[after] - voltages[after - 1])
    low, high = table["tube"][after - 1 : after + 1]

    def between(name: str) -> FloatArray:
        found: FloatArray = (1 - share) * np.array(low[name], np.float64) + share * np.array(high[name], np.float64)
        return found

    fat = between("fat_hu")
    return Tube(
        kvp=kvp,
        paths_mm=np.array(table["paths_mm"], dtype=np.float64),
        slopes=between("slopes"),
        hardening=between("hardening"),
        spread=between("spread"),
        nominal=float(between("nominal")),
        nominal_uncertainty=float(between("nominal_uncertainty")),
        muscle_hu=float(between("muscle_hu")),
        fat_hu=(float(fat[0]), float(fat[1])),
    )


def nominal(tube: Tube, missing: str) -> Calibration:
    """The slope for a body of unknown size; ``missing`` says why nothing better was taken."""
    return Calibration(
        "nominal",
        tube.nominal,
        tube.nominal_uncertainty,
        f"tabulated attenuation at {tube.kvp:g} kV for a body of any size; the patient's own tissues were not taken: "
        f"{missing}",
        tube.hardening_at(NOMINAL_PATH_MM),
    )
