"""How pixels of a radiograph become millimeters, and how far off that may be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from calcimeter.errors import GeometryError
from calcimeter.model.measures import Estimate

Plane = Literal["patient", "detector", "none"]
"""In which plane lengths are true: that of the deposit, that of the detector, or in none: pixels only."""


@dataclass(frozen=True, slots=True)
class PlaneCalibration:
    """How long a pixel is, and in which plane.

    Parameters
    ----------
    plane : {"patient", "detector", "none"}
    pixel_mm : float or None
        Side of a pixel in that plane; None with plane "none".
    factors : (float, float) or None
        A length in the deposit's own plane lies, with 95 % probability, between ``factors[0]`` and ``factors[1]`` times
        what ``pixel_mm`` gives. For plane "detector" the lower factor holds every magnification that can be: what is
        seen there is never smaller than the deposit. None with plane "none".
    magnification : float or None
        Size at the detector over size at the patient, of a plane that the header or a marker tells; None where it is
        not known.
    source : str
        What it rests on, in words, or why there is none.
    """

    plane: Plane = "none"
    pixel_mm: float | None = None
    factors: tuple[float, float] | None = None
    magnification: float | None = None
    source: str = ""

    def __post_init__(self) -> None:
        known = self.plane != "none"
        if known != (self.pixel_mm is not None) or known != (self.factors is not None):
            raise GeometryError("met a calibration without the length of a pixel, or a pixel without a plane")
        if self.pixel_mm is not None and not 0 < self.pixel_mm < 1e3:
            raise GeometryError("met pixels of an impossible length; export the image again")

    def length(self, pixels: Estimate) -> Estimate | None:
        """A length in mm of one in pixels; None with plane "none".

        The interval holds both errors, joined as independent; ``common`` is the half-width of the calibration's.
        """
        return self._scaled(pixels, 1)

    def area(self, pixels: Estimate) -> Estimate | None:
        """An area in mm2 of one in pixels; None with plane "none"."""
        return self._scaled(pixels, 2)

    def _scaled(self, pixels: Estimate, power: int) -> Estimate | None:
        if self.pixel_mm is None or self.factors is None:
            return None
        scale = self.pixel_mm**power
        value = pixels.value * scale
        if pixels.low is None or pixels.high is None:
            return Estimate(value)
        below, above = (value * abs(1 - factor**power) for factor in self.factors)
        low = value - ((value - pixels.low * scale) ** 2 + below**2) ** 0.5
        high = value + ((pixels.high * scale - value) ** 2 + above**2) ** 0.5
        return Estimate(value, max(low, 0.0), high, max(below, above))
