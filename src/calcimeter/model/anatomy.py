"""The patient as far as needed to know what a deposit is not: body, skeleton, contrast, metal."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import numpy.typing as npt

from calcimeter.model.grid import BoolArray, Grid, Index3
from calcimeter.model.trunk import Trunk
from calcimeter.model.volume import Region, read_only


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
class Cut:
    """A deposit, or a spicule, that was cut off a bone.

    Parameters
    ----------
    region : Region
        What was cut off; it is no longer in ``Skeleton.labels``.
    area_mm2 : float
        The cut: faces between what was cut off and the skeleton.
    disagreement_mm3 : float or None
        What only one of the two ways to place the cut gives to a deposit; None of a spicule, which is cut one way.
    """

    region: Region
    area_mm2: float
    disagreement_mm3: float | None

    @property
    def is_spicule(self) -> bool:
        """Whether it is a thin growth from cortex and no deposit that lies on it."""
        return self.disagreement_mm3 is None


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
    cuts : tuple of Cut
        Deposits that were cut off.
    caveats : tuple of str
        Codes of what its names and sides leave open.
    """

    labels: npt.NDArray[np.uint8] | npt.NDArray[np.uint16]
    bones: tuple[Bone, ...]
    source: str = "built-in"
    cuts: tuple[Cut, ...] = ()
    caveats: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "labels", read_only(self.labels))

    def mask(self) -> Mask:
        """Every bone with its marrow."""
        return Mask.from_bool(self.labels)

    def less(self, cuts: tuple[Cut, ...], voxel_mm3: float) -> Skeleton:
        """The skeleton without what is cut off, its bones measured again; the same record where nothing is."""
        if not cuts:
            return self
        labels = self.labels.copy()
        lost = np.zeros(len(self.bones) + 1, dtype=np.int64)
        for cut in cuts:
            box = labels[cut.region.slices]
            lost += np.bincount(box[cut.region.mask], minlength=len(lost))
            box[cut.region.mask] = 0
        left = [round(bone.volume_mm3 / voxel_mm3) - lost[bone.id] for bone in self.bones]
        bones = tuple(
            replace(bone, volume_mm3=float(voxels * voxel_mm3)) for bone, voxels in zip(self.bones, left, strict=True)
        )
        return replace(self, labels=labels, bones=bones, cuts=(*self.cuts, *cuts))


@dataclass(frozen=True, slots=True)
class Part:
    """What one value of a label map stands for.

    Parameters
    ----------
    name : str
        Of a bone: a term of the vocabulary. Of anything else: a name of ``knowledge/label_maps.toml`` without its side.
    side : str or None
        None where the map does not tell it, or where it has none.
    is_bone : bool
    """

    name: str
    side: Literal["left", "right", "midline"] | None
    is_bone: bool


@dataclass(frozen=True, slots=True, eq=False)
class Organs:
    """Organs, vessels and muscles, both sides together.

    Parameters
    ----------
    labels : ndarray of uint8, (slices, rows, columns)
        0, or k for ``names[k - 1]``.
    names : tuple of str
        Names of ``knowledge/label_maps.toml``, such as aorta, kidney, lung; only those that are in view.
    """

    labels: npt.NDArray[np.uint8]
    names: tuple[str, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "labels", read_only(self.labels))

    def mask(self, *names: str) -> Mask:
        """Everything that has one of the names; empty where none is in view."""
        chosen = np.isin(np.arange(len(self.names) + 1), [k for k, n in enumerate(self.names, 1) if n in names])
        return Mask.from_bool(chosen[self.labels])


@dataclass(frozen=True, slots=True, eq=False)
class LabelMap:
    """A map of bones and organs made elsewhere, on the analyzed grid.

    Parameters
    ----------
    labels : ndarray of uint8, (slices, rows, columns)
        0, or k for ``parts[k - 1]``.
    parts : tuple of Part
        Each once: all ribs of a side are one part, as are all vertebrae of a region.
    grid : Grid
    source : str
        Whose classes they are, such as "TotalSegmentator v2".
    """

    labels: npt.NDArray[np.uint8]
    parts: tuple[Part, ...]
    grid: Grid
    source: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "labels", read_only(self.labels))

    def organs(self) -> Organs:
        """What of it is no bone."""
        names = tuple(sorted({part.name for part in self.parts if not part.is_bone}))
        numbers = [0, *(0 if part.is_bone else 1 + names.index(part.name) for part in self.parts)]
        return Organs(np.array(numbers, dtype=np.uint8)[self.labels], names)


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
    organs : Organs or None
        None where no label map was given: they are not found otherwise.
    trunk : Trunk or None
        None where no bone of the trunk is known by name.
    """

    body: Mask
    skeleton: Skeleton
    contrast: Mask
    metal: Mask
    gas: Gas
    noise_hu: float
    organs: Organs | None = None
    trunk: Trunk | None = None
