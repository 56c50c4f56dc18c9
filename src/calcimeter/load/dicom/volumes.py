"""One series -> the volumes in it: phases and repeats often share one series UID."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from calcimeter.load.dicom.header import Header
from calcimeter.load.dicom.stack import MIN_SLICES, Stack, stacked
from calcimeter.model.grid import FloatArray

TOLD_APART_BY = (
    "StackID",
    "TemporalPositionIdentifier",
    "AcquisitionNumber",
    "KVP",
    "ConvolutionKernel",
    "ImageType",
)
"""What can tell volumes of one series apart; the first holds under which slices no longer lie on or among others."""


def volumes_of(headers: Sequence[Header]) -> tuple[Stack, ...]:
    """The volumes of a series.

    Returns
    -------
    tuple of Stack
        One, whole or with its problems; several where an attribute parts the slices into volumes that overlap and in
        each of which no slice lies on another. A volume that is not whole has its own problems then. An attribute
        alone is no reason: a scanner may count every turn as an acquisition, and then the parts follow one another.
    """
    together = stacked(headers)
    for keyword in TOLD_APART_BY:
        parts: dict[str, list[Header]] = defaultdict(list)
        for header in headers:
            parts[header.text(keyword)].append(header)
        if len(parts) < 2 or min(map(len, parts.values())) < MIN_SLICES:
            continue
        stacks = tuple(stacked(parts[value]) for value in sorted(parts, key=_in_order))
        if not any(stack.doubled for stack in stacks) and (together.doubled or _overlap(stacks)):
            return stacks
    return (together,)


def _overlap(stacks: Sequence[Stack]) -> bool:
    """Whether some volumes, each even, lie among one another."""
    normal = stacks[0].normal
    if normal is None or any(stack.grid is None for stack in stacks):
        return False
    ends = sorted(_ends(stack, normal) for stack in stacks)
    return any(high > low for (_, high), (low, _) in pairwise(ends))


def _ends(stack: Stack, normal: FloatArray) -> tuple[float, float]:
    """Where a stack begins and ends along a direction, mm."""
    positions = np.array([header.numbers("ImagePositionPatient", 3) for header in stack.headers]) @ normal
    return float(positions.min()), float(positions.max())


def _in_order(value: str) -> tuple[float, str]:
    """Numbers by size, then words."""
    try:
        return (float(value), "")
    except ValueError:
        return (float("inf"), value)
