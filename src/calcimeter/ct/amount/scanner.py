"""The scanner as far as it blurs: finer slices -> the slices that the scan would show."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from calcimeter.geometry.window import SIGMA_OF_FWHM, gaussian, rectangle
from calcimeter.model.grid import FloatArray
from calcimeter.model.measures import Resolution

Floats = npt.NDArray[np.float32]
LEAST_PART_MM = 0.6
LEAST_NOISE_HU = 1.0
"""Nothing calculated is nearer to a scan than that, even to one without noise."""

LEVEL_ALONG, LEVEL_ACROSS = 0.7, 0.6
"""Shares of the full widths that make the window in which a level is looked for: about one and a half standard
deviations of the blur."""


class Scanner(NamedTuple):
    """Blur on one grid, whose slices are each divided into several.

    Parameters
    ----------
    parts : int
        Finer slices in each slice, about as thick as pixels are wide.
    profile : ndarray
        Weights of the finer slices around a slice's middle: as many as a slice has, or an even number more.
    sigma : tuple of float
        Blur along rows and columns beside that of the pixel itself, pixels.
    window : tuple of float
        The scan's own reach, in finer slices, rows and columns: the width over which a level is looked for.
    """

    parts: int
    profile: FloatArray
    sigma: tuple[float, float]
    window: tuple[float, float, float]

    @classmethod
    def of(cls, spacing_mm: tuple[float, float, float], resolution: Resolution) -> Scanner:
        """The blur of a resolution on a grid."""
        thick, rows, columns = spacing_mm
        parts = max(1, round(thick / max(rows, LEAST_PART_MM)))
        along, across = resolution.through_fwhm_mm, resolution.in_plane_fwhm_mm
        window = (
            max(LEVEL_ALONG * along, LEVEL_ACROSS * across) * parts / thick,
            LEVEL_ACROSS * across / rows,
            LEVEL_ACROSS * across / columns,
        )
        sigma = (_kernel_sigma(across, rows), _kernel_sigma(across, columns))
        return cls(parts, rectangle(along * parts / thick, parts), sigma, window)

    def with_plain_slices(self) -> Scanner:
        """With slices as thick as they lie apart."""
        return self._replace(profile=rectangle(self.parts, self.parts))

    def divide(self, values: Floats) -> Floats:
        """Slices as finer slices, by Catmull and Rom's cubic; beyond the ends the last slice goes on."""
        if self.parts == 1:
            return values
        fine = np.zeros((len(values), self.parts, *values.shape[1:]), dtype=np.float32)
        padded = np.concatenate([values[:1], values[:1], values, values[-1:], values[-1:]])
        for part in range(self.parts):
            for offset, weight in _cubic((part + 0.5) / self.parts - 0.5):
                fine[:, part] += weight * padded[2 + offset : 2 + offset + len(values)]
        return fine.reshape(-1, *values.shape[1:])

    def gather(self, fine: Floats) -> Floats:
        """Finer slices summed into slices."""
        whole: Floats = fine.reshape(-1, self.parts, *fine.shape[1:]).sum(axis=1)
        return whole

    def scan(self, fine: Floats) -> Floats:
        """What the scan shows of finer slices."""
        return self.blur(self.stack(fine))

    def anywhere(self, fine: Floats) -> Floats:
        """What the scan could show of finer slices, on these: a slice's middle may fall on any of them."""
        from scipy.ndimage import correlate1d

        # A profile of even length lies between two finer slices: as half of it on either side.
        profile = self.profile if len(self.profile) % 2 else np.convolve(self.profile, (0.5, 0.5))
        return self.blur(correlate1d(fine, profile, axis=0, mode="constant"))

    def blur(self, slices: Floats) -> Floats:
        """Slices, fine or not, or several boxes of them, blurred along rows and columns."""
        return gaussian(slices, self.sigma, 3.5, "nearest")

    def stack(self, fine: Floats) -> Floats:
        """Finer slices averaged into slices by the slice profile."""
        slices = len(fine) // self.parts
        reach = (len(self.profile) - self.parts) // 2
        padded = np.pad(fine, ((reach, reach), (0, 0), (0, 0)), mode="edge") if reach else fine
        weighted = (
            np.float32(weight) * padded[k : k + slices * self.parts : self.parts][:slices]
            for k, weight in enumerate(self.profile)
        )
        shown = next(weighted)
        for part in weighted:
            shown += part
        return shown


def _kernel_sigma(fwhm_mm: float, pixel_mm: float) -> float:
    """Standard deviation of the blur without the pixel's own, pixels."""
    return float(np.sqrt(max((fwhm_mm * SIGMA_OF_FWHM) ** 2 - pixel_mm**2 / 12, 1e-4))) / pixel_mm


def _cubic(place: float) -> list[tuple[int, np.float32]]:
    """Slices around a place between -0.5 and 0.5, and their weights."""
    first = int(np.floor(place))
    t = place - first
    weights = (
        -0.5 * t + t**2 - 0.5 * t**3,
        1 - 2.5 * t**2 + 1.5 * t**3,
        0.5 * t + 2 * t**2 - 1.5 * t**3,
        -0.5 * t**2 + 0.5 * t**3,
    )
    return [(first + k - 1, np.float32(weight)) for k, weight in enumerate(weights)]
