"""The patient as far as needed to know what a deposit is not: body, skeleton, contrast, metal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from calcimeter.model.grid import BoolArray
from calcimeter.model.volume import read_only


@dataclass(frozen=True, slots=True, eq=False)
class Mask:
    """A binary volume, one bit a voxel: a whole-body mask costs an eighth of a byte a voxel.

    Parameters
    ----------
    bits : ndarray of uint8, (slices, rows, ceil(columns / 8))
        Most significant bit first; the unused bits of the last byte are 0.
    shape : tuple of int
        Slices, rows, columns.
    """

    bits: npt.NDArray[np.uint8]
    shape: tuple[int, int, int]

    def __post_init__(self) -> None:
        expected = (self.shape[0], self.shape[1], -(-self.shape[2] // 8))
        if self.bits.shape != expected:
            raise ValueError(f"bits {self.bits.shape} do not fit shape {self.shape}, expected {expected}")
        object.__setattr__(self, "bits", read_only(self.bits))

    @classmethod
    def from_bool(cls, values: BoolArray) -> Mask:
        """Pack a boolean volume."""
        return cls(np.packbits(values, axis=2), (values.shape[0], values.shape[1], values.shape[2]))

    @classmethod
    def empty(cls, shape: tuple[int, int, int]) -> Mask:
        """A mask without a voxel."""
        return cls(np.zeros((shape[0], shape[1], -(-shape[2] // 8)), dtype=np.uint8), shape)

    def within(self, box: tuple[slice, slice, slice]) -> BoolArray:
        """The part in a box of non-negative slices, as booleans."""
        start, stop, _ = box[2].indices(self.shape[2])
        part = self.bits[box[0], box[1], start // 8 : -(-stop // 8)]
        unpacked = np.unpackbits(part, axis=2)[:, :, start % 8 : start % 8 + stop - start]
        return unpacked.view(np.bool_)

    def voxels(self) -> int:
        """Number of voxels that are set."""
        return int(np.bitwise_count(self.bits).sum())


@dataclass(frozen=True, slots=True)
class Bone:
    """One bone, or one piece of skeleton while bones have no names.

    Parameters
    ----------
    id : int
        Its value in ``Skeleton.labels``.
    name, side : str or None
        Terms of the vocabulary; None where not known.
    volume_mm3 : float
    """

    id: int
    name: str | None
    side: Literal["left", "right", "midline"] | None
    volume_mm3: float


@dataclass(frozen=True, slots=True, eq=False)
class Skeleton:
    """The bones of a scan.

    Parameters
    ----------
    labels : ndarray of uint8 or uint16, (slices, rows, columns)
        0, or the id of a bone; filled: marrow belongs to it.
    bones : tuple of Bone
    source : str
        "built-in" or the label map that was given.
    """

    labels: npt.NDArray[np.uint8] | npt.NDArray[np.uint16]
    bones: tuple[Bone, ...]
    source: str = "built-in"

    def __post_init__(self) -> None:
        object.__setattr__(self, "labels", read_only(self.labels))


@dataclass(frozen=True, slots=True, eq=False)
class Anatomy:
    """What was recognized before deposits are looked for.

    Parameters
    ----------
    body : Mask
        The patient without table, clothes and air around.
    skeleton : Skeleton
    contrast : Mask
        Dense contrast medium in vessels and bowel.
    metal : Mask
    noise_hu : float
        Standard deviation of HU in homogeneous soft tissue.
    """

    body: Mask
    skeleton: Skeleton
    contrast: Mask
    metal: Mask
    noise_hu: float
