"""How HU become hydroxyapatite."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

CalibrationLevel = Literal["rod", "phantom", "internal", "nominal", "none"]


@dataclass(frozen=True, slots=True)
class Calibration:
    """How HU become hydroxyapatite; ``level`` "none" gives no mass.

    Parameters
    ----------
    mg_ha_per_ml_per_hu : float or None
        Slope; None with level "none".
    relative_uncertainty : float or None
        Half of the 95 % interval of the slope over the slope: an error that all lesions of the scan share.
    because : str
        What the calibration rests on, in words, or why there is none.
    hardening_cm2_per_g : float
        By how much, relative, the slope rises with every g HA/cm2 of the deposit itself that a ray meets: the slope is
        that of a thin deposit. 0 where it is not known.
    """

    level: CalibrationLevel = "none"
    mg_ha_per_ml_per_hu: float | None = None
    relative_uncertainty: float | None = None
    because: str = ""
    hardening_cm2_per_g: float = 0.0


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
