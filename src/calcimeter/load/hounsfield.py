"""Whether values can be Hounsfield units at all."""

from __future__ import annotations

import numpy as np

from calcimeter.errors import UnsupportedStudy
from calcimeter.load.assemble import AIR_HU
from calcimeter.model.volume import Volume

SAMPLED, TELLING = 1 << 20, 100_000
"""Voxels from which on a part of them is looked at, and from which on shares are: a scan of a finger has more."""

FAT_HU, GAS_HU, TISSUE_HU, SPAN_HU, TISSUE_SHARE = -30.0, -500.0, 150.0, 300.0, 0.02
"""Fat and air lie below the first, gas below the second; soft tissue within the third of 0: of what is not gas it is
a good part, even in a skull. From fat to bone it is more than the fourth."""


def check_hounsfield(volume: Volume) -> None:
    """Refuse values that can't be HU: every scan of a patient holds fat or air, soft tissue, and a span of densities.

    Looks at every eighth row and column of every eighth slice of all but small scans. Fails where an offset is lost
    that leaves all three, and in scans so small that no share tells anything.

    Raises
    ------
    UnsupportedStudy
        Fat and air, soft tissue, or the span is missing.
    """
    sample = volume.values if volume.values.size < SAMPLED else volume.values[::8, ::8, ::8]
    measured = sample[sample != AIR_HU]  # what padding became says nothing
    if not measured.size or measured.min() >= FAT_HU:
        raise UnsupportedStudy(
            "met no value below 0, expected CT in HU, where fat and air are negative; check that the input is a CT scan"
            " and that its offset was not lost"
        )
    if volume.values.size < TELLING:
        return
    inside = measured[measured > GAS_HU]
    tissue = np.count_nonzero(np.abs(inside) <= TISSUE_HU)
    span_hu = float(measured.max()) - float(measured.min())  # in whole numbers of 16 bits it can wrap around
    if span_hu < SPAN_HU or tissue < max(1, TISSUE_SHARE * inside.size):
        raise UnsupportedStudy(
            "met gray levels that do not look like HU, expected soft tissue near 0 and a span of several hundred; check"
            " that the input is a CT scan and that its scale was not lost"
        )
