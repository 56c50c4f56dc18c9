"""The patient as far as needed to know what a deposit is not: body, skeleton, contrast, metal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from calcimeter.model.grid import BoolArray, Index3
from calcimeter.model.volume import read_only


@dataclass(frozen=True, slots=True, eq=False)
class Mask:
    """A binary volume, one bit a voxel: a whole-body mask costs an eighth of a byte a voxel.

    Parameters
    ----------
    words : ndarray of uint64, (slices, rows, ceil(columns / 64))
        Column c is bit c % 64 of word c // 64; the unused bits of the last word are 0.
    shape : tuple of int
        Slices, rows, columns.
    """

    words: npt.NDArray[np.uint64]
    shape: Index3

    def __post_init__(self) -> None:
        expected = (self.shape[0], self.shape[1], -(-self.shape[2] // 64))
        if self.words.shape != expected:
            raise ValueError(f"words {self.words.shape} do not fit shape {self.shape}, expected {expected}")
        object.__setattr__(self, "words", read_only(self.words))

    @classmethod
    def from_bool(cls, values: npt.NDArray[np.generic]) -> Mask:
        """Pack a volume (slices, rows, columns) of booleans or whole numbers; what is not 0 is set."""
        slices, rows, columns = values.shape
        words = np.zeros((slices, rows, -(-columns // 64)), dtype=np.uint64)
        octets = words.view(np.uint8)
        for k in range(slices):
            octets[k, :, : -(-columns // 8)] = np.packbits(values[k], axis=1, bitorder="little")
        return cls(words, (slices, rows, columns))

    @classmethod
    def empty(cls, shape: Index3) -> Mask:
        """A mask without a voxel."""
        return cls(np.zeros((shape[0], shape[1], -(-shape[2] // 64)), dtype=np.uint64), shape)

    def within(self, box: tuple[slice, slice, slice]) -> BoolArray:
        """The part in a box of non-negative slices, as booleans."""
        start, stop, _ = box[2].indices(self.shape[2])
        octets = self.words.view(np.uint8)[box[0], box[1], start // 8 : -(-stop // 8)]
        unpacked = np.unpackbits(octets, axis=2, bitorder="little")[:, :, start % 8 : start % 8 + stop - start]
        return unpacked.view(np.bool_)

    def to_bool(self) -> BoolArray:
        """The whole mask as booleans, eight times its size."""
        return self.within((slice(0, self.shape[0]), slice(0, self.shape[1]), slice(0, self.shape[2])))

    def plane(self, k: int, first: int = 0, last: int | None = None) -> BoolArray:
        """One slice as booleans, (rows, columns), or some of its rows."""
        octets = self.words[k, first:last].view(np.uint8)
        return np.unpackbits(octets, axis=1, bitorder="little", count=self.shape[2]).view(np.bool_)

    def voxels(self) -> int:
        """Number of voxels that are set."""
        return int(np.bitwise_count(self.words).sum())

    def __and__(self, other: Mask) -> Mask:
        return Mask(self.words & other.words, self.shape)

    def __or__(self, other: Mask) -> Mask:
        return Mask(self.words | other.words, self.shape)

    def __sub__(self, other: Mask) -> Mask:
        """The voxels that the other does not have."""
        return Mask(self.words & ~other.words, self.shape)


@dataclass(frozen=True, slots=True, eq=False)
class Dense:
    """Voxels of the body above the search threshold."""

    mask: Mask
    threshold_hu: float


@dataclass(frozen=True, slots=True, eq=False)
class Gas:
    """Gas inside the body.

    Parameters
    ----------
    bowel : Mask
        Everything but the lungs.
    bowel_mm3, lungs_mm3 : float
        Volume in view; 0 where there is none.
    """

    bowel: Mask
    bowel_mm3: float
    lungs_mm3: float


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

    def mask(self) -> Mask:
        """Every bone with its marrow."""
        return Mask.from_bool(self.labels)


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
    gas : Gas
    noise_hu : float
        Standard deviation of HU in homogeneous soft tissue.
    """

    body: Mask
    skeleton: Skeleton
    contrast: Mask
    metal: Mask
    gas: Gas
    noise_hu: float
