"""Smooth functions of direction: what makes a ball pear-shaped, bent, square or lobed."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
COUNT = 16
"""Seven of the third order, nine of the fourth; of lower orders are size, place and the axes of an ellipsoid."""
_INVERSE_SQUARES = np.array(
    [105, 26.25, 26.25, 26.25, 1.75, 1.75, 1.75, 32.8125, 11.25, 11.25, 11.25, 78.75, 78.75, 78.75, 2.8125, 0.9375]
)
_SCALES = np.sqrt(_INVERSE_SQUARES).astype(np.float32)[:, None]


def harmonics(directions: Floats) -> Floats:
    """Harmonics of the third and fourth order, each with a mean square of 1 over the sphere.

    Parameters
    ----------
    directions : ndarray of float32, (3, n)
        Of length 1.

    Returns
    -------
    ndarray of float32, (16, n)
    """
    x, y, z = directions
    xx, yy, zz = x * x, y * y, z * z
    fields = np.stack(
        [
            x * y * z,
            x * (yy - zz),
            y * (zz - xx),
            z * (xx - yy),
            x * (5 * xx - 3),
            y * (5 * yy - 3),
            z * (5 * zz - 3),
            xx * xx + yy * yy + zz * zz - 0.6,
            y * z * (7 * xx - 1),
            z * x * (7 * yy - 1),
            x * y * (7 * zz - 1),
            y * z * (yy - zz),
            z * x * (zz - xx),
            x * y * (xx - yy),
            (xx - yy) * (7 * zz - 1),
            7 * (2 * zz * zz - xx * xx - yy * yy) - 6 * (2 * zz - xx - yy),
        ]
    )
    fields *= _SCALES
    return fields
