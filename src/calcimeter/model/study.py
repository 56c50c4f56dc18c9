"""A CT study as loaded: the volume and what its header tells of how it was made."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from calcimeter.model.caveat import Caveat
from calcimeter.model.grid import FloatArray
from calcimeter.model.volume import Volume

SourceFormat = Literal["dicom", "nifti", "nrrd", "array"]


@dataclass(frozen=True, slots=True)
class SeriesSummary:
    """One image series of the input, as a person chooses among several.

    Parameters
    ----------
    series_uid : str
    modality : str
    instances : int
    orientation : str
        transverse, coronal, sagittal, oblique or "".
    kernel : str or None
    slice_step_mm : float or None
        Median distance between neighboring slices.
    derived : bool
    note : str
        Why it can't be measured, or "".
    """

    series_uid: str
    modality: str
    instances: int
    orientation: str
    kernel: str | None
    slice_step_mm: float | None
    derived: bool
    note: str


@dataclass(frozen=True, slots=True, eq=False)
class CTStudy:
    """One CT series, ready to be analyzed.

    Parameters
    ----------
    volume : Volume
    source_format : {"dicom", "nifti", "nrrd", "array"}
    study_uid, series_uid : str or None
        None where the input is not DICOM.
    kvp : float or None
        Tube voltage, kV.
    kernel : str or None
        Convolution kernel as the scanner names it.
    position : str or None
        DICOM patient position (HFS, FFS, HFP ...).
    alternatives : tuple of SeriesSummary
        The other series of the input.
    headers : tuple of bytes
        One DICOM file a slice without its pixel data, in the file's slice order (``volume.layout.grid``); one file
        for all where the series is one multi-frame file; empty where the input is not DICOM or is split over several
        multi-frame files. Kept as bytes because only ``load`` and ``report`` speak DICOM. They hold the patient
        module and go nowhere but into DICOM results.
    frames : tuple of int
        DICOM frame number (from 1) of every slice, in the file's slice order, of a multi-frame file; else empty.
    monoenergetic_kev : float or None
        Photon energy of computed monoenergetic images, keV; None for ordinary ones. ``kvp`` says nothing of their HU.
    thickness_mm : float or None
        How thick the header says slices are; None where it says nothing that can be. They may be thicker than they
        lie apart. Only what is said of the scan may rest on it, no measure: other containers do not tell it.
    caveats : tuple of Caveat
    """

    volume: Volume
    source_format: SourceFormat
    study_uid: str | None
    series_uid: str | None
    kvp: float | None
    kernel: str | None
    position: str | None
    alternatives: tuple[SeriesSummary, ...]
    headers: tuple[bytes, ...]
    caveats: tuple[Caveat, ...]
    frames: tuple[int, ...] = ()
    monoenergetic_kev: float | None = None
    thickness_mm: float | None = None
    _digest: list[str] = field(default_factory=list, init=False, repr=False)

    @property
    def input_sha256(self) -> str:
        """SHA-256 of values and geometry, equal for the same scan in another container; worked out once, when first
        asked for: it takes as long as reading the scan.
        """
        if not self._digest:
            self._digest.append(volume_sha256(self.volume))
        return self._digest[0]


def volume_sha256(volume: Volume) -> str:
    """SHA-256 over type, shape, affine and the digests of the slices, hexadecimal."""
    values = volume.values.astype(volume.values.dtype.newbyteorder("<"), copy=False)
    grid = volume.grid.affine[:3].astype("<f8") + 0.0  # no -0.0
    digest = hashlib.sha256(f"{values.dtype.str} {values.shape} {grid.tolist()}".encode())
    with ThreadPoolExecutor() as pool:  # hashing lets go of the interpreter
        for part in pool.map(lambda plane: hashlib.sha256(np.ascontiguousarray(plane).data).digest(), values):
            digest.update(part)
    return digest.hexdigest()


def tracking_uids(study: CTStudy, centroids_mm: Sequence[FloatArray]) -> tuple[str, ...]:
    """The names of lesions in every result: the same for the same study and place, to the millimeter.

    Of several at one place the later ones are told apart by their number there.
    """
    places = [",".join(str(round(float(c))) for c in centroid) for centroid in centroids_mm]
    before = [places[:k].count(place) for k, place in enumerate(places)]
    return tuple(_uid(study, place if n == 0 else f"{place} {n}") for place, n in zip(places, before, strict=True))


def _uid(study: CTStudy, place: str) -> str:
    """A UID of the 2.25 root from a digest."""
    digest = hashlib.sha256(f"{study.study_uid or study.input_sha256} {place}".encode()).digest()
    return f"2.25.{int.from_bytes(digest[:16], 'big')}"
