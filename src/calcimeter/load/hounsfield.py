"""Whether values can be Hounsfield units at all, and one scale throughout."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from calcimeter.errors import UnsupportedStudy
from calcimeter.geometry.scale_end import scale_end
from calcimeter.load.assemble import AIR_HU
from calcimeter.model.volume import Volume

Floats = npt.NDArray[np.float32]

SAMPLED, TELLING = 1 << 20, 100_000
"""Voxels from which on a part of them is looked at, and from which on shares are: a scan of a finger has more."""

FAT_HU, GAS_HU, TISSUE_HU, SPAN_HU, TISSUE_SHARE = -30.0, -500.0, 150.0, 300.0, 0.02
"""Fat and air lie below the first, gas below the second; soft tissue within the third of 0: of what is not gas it is
a good part, even in a skull. From fat to bone it is more than the fourth."""

LEAST_END_HU, NEXT_HU, END_SHARE = 300.0, 10.0, 0.002
"""A scale that ends below the first, as that of a window for soft tissue, leaves of calcium nothing to find: the
detection limit is that of spheres of so many HU. Where bone is cut off there the last value is met more often than the
ones within the second below it, and has the third of what is not gas; soft tissue alone has a highest value, too."""

LEVELS_OF = 200_000
"""About so many voxels, spread over the scan, tell where air and tissue lie."""

DOUBLED_HU, OFFSET_HU, AIR_NOISE_HU = -1100.0, 50.0, 40.0
"""Half of the air below the first is no air of HU, however noisy. An offset of the second is beyond every scanner's
own (5 HU of water are its limit: IEC 61223-3-5), and the darkest twentieth of air tells it from lung where it lies
less than the third below it."""

AIR_SHARE, PADDING_SHARE, SHIFTED_SHARE, STAYED_SHARE = 0.05, 0.2, 0.3, 0.4
"""Of the voxels air has the first, if it tells anything; one value below the scale that has the second of the air is
padding. Of tissue the third lies where fat and muscle come to lie by the offset, and less than the fourth of that
where they belong."""

FAT_RANGE_HU, MUSCLE_RANGE_HU, TISSUE_SPAN_HU = (-130.0, -70.0), (15.0, 80.0), 400.0
"""Where most of fat and muscle lies; 400 HU to either side of water is looked at."""

STEP_HU, OF_A_SLICE, BOTH_SLICES = 50.0, 4096, 200
"""From slice to slice gas stays gas and tissue tissue: a tenth of a percent of the scans at hand passes 11 HU in the
median. About so many voxels of a slice are looked at, and of gas or tissue in both slices so many at least."""


def check_hounsfield(volume: Volume) -> None:
    """Refuse values that can't be HU: every scan of a patient holds fat or air, soft tissue, and a span of densities.

    Refuses as well air that is not at -1000 HU where fat and muscle are off by as much, and slices of two scales. Looks
    at every eighth row and column of every eighth slice of all but small scans. Fails where an offset is lost that
    leaves all three and there is no air around the patient, or it was cut off at the end of the scale, and in scans so
    small that no share tells anything.

    Raises
    ------
    UnsupportedStudy
        Fat and air, soft tissue, or the span is missing; the scale ends where calcium begins; or air and tissue are
        off, in all slices or in some.
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
    if measured.max() < LEAST_END_HU:
        _check_end(volume)
    _check_levels(volume)
    _check_steps(volume)


def _check_end(volume: Volume) -> None:
    """Refuse a scale that ends where calcium begins."""
    end_hu = scale_end(volume.values)
    if end_hu is None or end_hu >= LEAST_END_HU:
        return
    at_end, next_to_it, inside = (
        sum(int(np.count_nonzero((plane >= low) & (plane < high))) for plane in volume.values)
        for low, high in ((end_hu, np.inf), (end_hu - NEXT_HU, end_hu), (GAS_HU, np.inf))
    )
    if at_end > max(next_to_it, END_SHARE * inside):
        raise UnsupportedStudy(
            f"met a scale that ends at {end_hu:.0f} HU, where calcium is cut off, expected one that goes on beyond"
            " bone; export the scan again, without a window"
        )


def _check_levels(volume: Volume) -> None:
    """Refuse air far below -1000 HU, and air that is off where tissue is off by as much."""
    step = max(1, int((volume.values.size / LEVELS_OF) ** (1 / 3)))
    seen = volume.values[::step, ::step, ::step].astype(np.float32).ravel()
    air = _without_padding(seen[(seen < GAS_HU) & (seen != AIR_HU)])
    if len(air) < AIR_SHARE * len(seen):
        return
    if np.median(air) < DOUBLED_HU:
        raise UnsupportedStudy(
            f"met air at {np.median(air):.0f} HU, expected -1000; check that the scale of the input was not lost or"
            " applied twice"
        )
    offset = _peak(air) + 1000
    darkest = float(np.percentile(air, 5)) + 1000
    tissue = seen[np.abs(seen) < TISSUE_SPAN_HU]
    if abs(offset) < OFFSET_HU or 0 < offset - AIR_NOISE_HU > darkest or not len(tissue):
        return
    shifted = _tissue_share(tissue, offset)
    if shifted > SHIFTED_SHARE and _tissue_share(tissue, 0.0) < STAYED_SHARE * shifted:
        raise UnsupportedStudy(
            f"met air at {offset - 1000:.0f} HU and fat and muscle off by as much, expected air at -1000; check that"
            " the offset (Rescale Intercept) of the input is right"
        )


def _without_padding(air: Floats) -> Floats:
    """Without one number below all HU that much of it is: that is what lies outside the field of view."""
    numbers, counts = np.unique(air[air < DOUBLED_HU], return_counts=True)
    return air[~np.isin(air, numbers[counts > PADDING_SHARE * len(air)])]


def _peak(air: Floats) -> float:
    """The HU that most of it has, to 10 HU."""
    counts, edges = np.histogram(air, np.arange(DOUBLED_HU - 100, GAS_HU + 10, 10))
    return float(edges[int(np.convolve(counts, (1, 2, 1), "same").argmax())]) + 5


def _tissue_share(tissue: Floats, offset: float) -> float:
    """How much of it lies where fat and muscle lie if all is off by so much."""
    ranges = [(low + offset, high + offset) for low, high in (FAT_RANGE_HU, MUSCLE_RANGE_HU)]
    return float(np.mean(np.any([(tissue >= low) & (tissue <= high) for low, high in ranges], axis=0)))


def _check_steps(volume: Volume) -> None:
    """Refuse a scan in which gas, or tissue, goes up or down as a whole from a slice to the next."""
    values = volume.values
    step = max(1, int((values[0].size / OF_A_SLICE) ** 0.5))
    before = values[0, ::step, ::step].astype(np.float32)
    for k in range(1, len(values)):
        after = values[k, ::step, ::step].astype(np.float32)
        measured = (before != AIR_HU) & (after != AIR_HU)
        gas = measured & (np.maximum(before, after) < TISSUE_SPAN_HU * -1)
        tissue = measured & (np.maximum(np.abs(before), np.abs(after)) < TISSUE_SPAN_HU)
        for both in (gas, tissue):
            if np.count_nonzero(both) < BOTH_SLICES:
                continue
            low, middle, high = np.percentile((after - before)[both], (10, 50, 90))
            if abs(middle) > max(STEP_HU, high - low) and low * high > 0:
                raise UnsupportedStudy(
                    f"met values that go {'up' if middle > 0 else 'down'} by {abs(middle):.0f} HU from slice {k} to"
                    f" slice {k + 1}, in air and tissue alike, expected one scale in all slices; check their Rescale"
                    " Intercept and Slope, or export the series anew"
                )
        before = after
