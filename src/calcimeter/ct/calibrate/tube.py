"""What attenuation tables and tube spectra say at a tube voltage."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from calcimeter.knowledge.tubes import calibration_table
from calcimeter.model.calibration import Beam, Calibration
from calcimeter.model.study import CTStudy

NOMINAL_PATH_MM = 200.0
"""Water on the way in a body of any size, where only a correction depends on it."""


@dataclass(frozen=True, slots=True)
class Tube:
    """The rows of ``knowledge/calibration.toml`` at one voltage.

    Parameters
    ----------
    kvp : float
    beam : Beam
        What mineral does to it.
    spread : tuple of float
        95 % half-width over the slope, at the paths of the beam.
    nominal, nominal_uncertainty : float
        Slope and the same where the way is not known.
    muscle_hu : float
    fat_hu : tuple of float
        Lowest and highest.
    """

    kvp: float
    beam: Beam
    spread: tuple[float, ...]
    nominal: float
    nominal_uncertainty: float
    muscle_hu: float
    fat_hu: tuple[float, float]

    def slope(self, path_mm: float) -> float:
        """Of mg HA/ml over HU, behind so much water; beyond the table that of its end."""
        return float(self.beam.slope(path_mm))

    def spread_at(self, path_mm: float) -> float:
        """95 % half-width of that, over it."""
        return float(np.interp(path_mm, self.beam.paths_mm, self.spread))

    def anywhere(self, slope: float) -> Beam:
        """The beam in a body of unknown size, with a slope that is known."""
        return Beam((NOMINAL_PATH_MM,), (slope,), (float(self.beam.hardening_at(NOMINAL_PATH_MM)),))


def tube_of(study: CTStudy) -> tuple[Tube | None, str]:
    """The rows at the study's voltage, or None and why there are none.

    Between two rows of the table, 10 kV apart, it is interpolated; it is never extrapolated.
    """
    if study.monoenergetic_kev is not None:
        return None, "the images were computed for one photon energy: no tube voltage tells their HU"
    if any(caveat.code == "CONE_BEAM" for caveat in study.caveats):
        return None, "the values of a cone-beam scanner are no true HU"
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

    def between(name: str) -> tuple[float, ...]:
        found = (1 - share) * np.atleast_1d(low[name]) + share * np.atleast_1d(high[name])
        return tuple(float(value) for value in found)

    lowest, highest = between("fat_hu")
    return Tube(
        kvp=kvp,
        beam=Beam(tuple(map(float, table["paths_mm"])), between("slopes"), between("hardening")),
        spread=between("spread"),
        nominal=between("nominal")[0],
        nominal_uncertainty=between("nominal_uncertainty")[0],
        muscle_hu=between("muscle_hu")[0],
        fat_hu=(lowest, highest),
    )


def nominal(tube: Tube, missing: str) -> Calibration:
    """The slope for a body of unknown size; ``missing`` says why nothing better was taken."""
    return Calibration(
        "nominal",
        tube.nominal,
        tube.nominal_uncertainty,
        f"tabulated attenuation at {tube.kvp:g} kV for a body of any size; the patient's own tissues were not taken: "
        f"{missing}",
        tube.anywhere(tube.nominal),
    )
