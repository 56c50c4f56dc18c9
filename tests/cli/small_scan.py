"""A scan that takes a second to analyze."""

from __future__ import annotations

import numpy as np

from load.ct_files import Scan, make_scan


def small_scan() -> Scan:
    """A body of 80 mm, 24 slices long, with one deposit of 8 voxels across."""
    scan = make_scan((24, 48, 48), (3.0, 2.0, 2.0))
    k, row, column = np.indices(scan.hu.shape)
    scan.hu[...] = np.where(np.hypot(row - 23.5, column - 23.5) < 20, 40, -1000)
    scan.hu[(k - 11.5) ** 2 + (row - 23.5) ** 2 + (column - 23.5) ** 2 < 16] = 400
    return scan
