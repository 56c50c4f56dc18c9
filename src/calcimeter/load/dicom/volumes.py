"""One series -> the volumes in it: phases and repeats often share one series UID."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from calcimeter.load.dicom.header import Header
from calcimeter.load.dicom.stack import Stack, stacked

TOLD_APART_BY = {
    "StackID": "stack",
    "TemporalPositionIdentifier": "time point",
    "AcquisitionNumber": "acquisition",
    "KVP": "tube voltage",
    "ConvolutionKernel": "kernel",
    "ImageType": "image type",
}
"""What can tell volumes of one series apart, and its name; the first under which every part is a whole volume holds."""


def volumes_of(headers: Sequence[Header]) -> tuple[Stack, ...]:
    """The volumes of a series.

    Returns
    -------
    tuple of Stack
        One, whole or with its problems; several where slices lie on one another, and one attribute parts them into
        volumes that are each whole. An attribute alone is no reason: a scanner may count every turn as an acquisition.
    """
    together = stacked(headers)
    if not together.doubled:
        return (together,)
    for keyword in TOLD_APART_BY:
        parts: dict[str, list[Header]] = defaultdict(list)
        for header in headers:
            parts[header.text(keyword)].append(header)
        if len(parts) > 1:
            stacks = tuple(stacked(parts[value]) for value in sorted(parts, key=_in_order))
            if all(stack.grid is not None for stack in stacks):
                return stacks
    return (together,)


def _in_order(value: str) -> tuple[float, str]:
    """Numbers by size, then words."""
    try:
        return (float(value), "")
    except ValueError:
        return (float("inf"), value)
