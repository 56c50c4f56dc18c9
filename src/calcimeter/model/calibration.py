"""How HU become hydroxyapatite."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from calcimeter.model.grid import FloatArray

CalibrationLevel = Literal["rod", "phantom", "internal", "nominal", "none"]


@dataclass(frozen=True, slots=True)
class Beam:
    """What mineral does to the beam of a scan.

    Parameters
    ----------
    paths_mm : tuple of float
        Water on the way, ascending; one alone where no way is known.
    slopes : tuple of float
        mg HA/ml per HU of a thin object behind so much water.
    hardening : tuple of float
        By how much, relative, that slope rises with every g HA/cm2 that a ray meets.
    """

    paths_mm: tuple[float, ...]
    slopes: tuple[float, ...]
    hardening: tuple[float, ...]

    def slope(self, path_mm: FloatArray | float) -> FloatArray:
        """Of a thin object behind so much water; beyond the table that of its end."""
        return np.asarray(np.interp(path_mm, self.paths_mm, self.slopes))

    def hardening_at(self, path_mm: FloatArray | float) -> FloatArray:
        """Relative rise per g HA/cm2 behind so much water."""
        return np.asarray(np.interp(path_mm, self.paths_mm, self.hardening))

    def scaled(self, factor: float) -> Beam:
        """The same beam on another scale of HU."""
        return replace(self, slopes=tuple(factor * slope for slope in self.slopes))


@dataclass(frozen=True, slots=True)
class Calibration:
    """How HU become hydroxyapatite; ``level`` "none" gives no mass.

    Parameters
    ----------
    mg_ha_per_ml_per_hu : float or None
        Slope of a thin deposit in the middle of the body; None with level "none".
    relative_uncertainty : float or None
        Half of the 95 % interval of the slope over the slope: an error that all lesions of the scan share.
    because : str
        What the calibration rests on, in words, or why there is none.
    beam : Beam or None
        What tells the slope at each deposit; None where the beam is not known: the slope is then the same everywhere.
    is_unusual : bool
        Whether a slope that rods or a phantom gave lies outside the table's at the tube voltage.
    """

    level: CalibrationLevel = "none"
    mg_ha_per_ml_per_hu: float | None = None
    relative_uncertainty: float | None = None
    because: str = ""
    beam: Beam | None = None
    is_unusual: bool = False


@dataclass(frozen=True, slots=True)
class Rod:
    """A rod of known density in the images.

    Parameters
    ----------
    mg_ha_per_ml : float
        0 is water, or what the other rods are made with.
    low_mm, high_mm : tuple of three float
        Corners of a box in LPS that lies inside the rod.
    """

    mg_ha_per_ml: float
    low_mm: tuple[float, float, float]
    high_mm: tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class PhantomScan:
    """What a scan of a phantom on the same scanner gave.

    Parameters
    ----------
    kvp : float
        Tube voltage of that scan.
    mg_ha_per_ml_per_hu : float
    relative_uncertainty : float or None
        As in ``Calibration``; None where it is not known.
    kernel : str or None
    """

    kvp: float
    mg_ha_per_ml_per_hu: float
    relative_uncertainty: float | None = None
    kernel: str | None = None


@dataclass(frozen=True, slots=True)
class CalibrationReference:
    """What a person brings to calibrate a scan; rods in the images win over a phantom scanned apart."""

    rods: tuple[Rod, ...] = ()
    phantom: PhantomScan | None = None
