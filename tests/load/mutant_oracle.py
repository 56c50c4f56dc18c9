"""What an accepted scan must hold, read anew by pydicom, nibabel and pynrrd and put in place by plain arithmetic.

Nothing here uses the loader: a voxel's position comes from the header of its own slice, and the value that the study
has at that position must be the value that the file has there.
"""

from __future__ import annotations

import io
import math
import re
import warnings
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pydicom
from mutant_volume_oracle import canonical, volume_complaints

from calcimeter.model.study import CTStudy

AIR_HU = -1024.0
SLICE_OFF, PIXEL_OFF = 0.105, 0.505
"""How far a slice may lie from its even place, in steps and in pixels: the loader's stated tolerances."""

Array = npt.NDArray[np.float64]


@dataclass
class Frame:
    """One slice as its own header tells it; ``position``, ``row`` and ``column`` in LPS mm."""

    uid: str
    stored: npt.NDArray[Any]
    padding: npt.NDArray[np.bool_]
    slope: float
    intercept: float
    position: Array
    per_row: Array
    per_column: Array

    @property
    def hu(self) -> Array:
        found: Array = self.stored.astype(np.float64) * self.slope + self.intercept
        return found

    @property
    def places(self) -> Array:
        """LPS mm of every pixel, (rows, columns, 3)."""
        r, c = np.indices(self.stored.shape)
        found: Array = self.position + r[..., None] * self.per_row + c[..., None] * self.per_column
        return found

    def same(self, other: Frame) -> bool:
        return np.array_equal(self.hu, other.hu) and np.array_equal(self.places, other.places)


def complaints(source: Path, study: CTStudy) -> list[str]:
    """Where a study says something else than its files do; empty where it is right."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            if study.source_format == "dicom":
                return _dicom(source, study)
            return volume_complaints(source, study)
        except BaseException as error:  # a panic of Rust is no Exception
            if isinstance(error, KeyboardInterrupt):
                raise
            said_of_it = " ".join(str(error).split())
            return [f"accepted, but another reader fails: {type(error).__name__}: {said_of_it}"]


def _dicom(source: Path, study: CTStudy) -> list[str]:
    found: dict[str, list[Frame]] = {}
    said = []
    kvps = set()
    for data in _files(source):
        try:
            dataset = _read(data)
            uid = str(dataset.get("SeriesInstanceUID", "")).strip()
        except Exception:  # noqa: BLE001 -- damaged anywhere
            uid, dataset = "", None
        # A series UID that is none is shown as one made of its digest.
        made_up = str(study.series_uid).startswith("2.25.") and not re.fullmatch("[0-9.]{0,64}", uid)
        other = uid != (study.series_uid or "") and not made_up
        if dataset is None or other or "LOCALIZER" in str(dataset.get("ImageType", "")):
            told = any("damaged" in other.note for other in study.alternatives)
            if study.series_uid and _element(study.series_uid) in data and not uid and not told:
                said.append("a damaged file of the series was left out without a word")
            continue
        kvps.add(str(dataset.get("KVP", None)))
        for frame in _frames(dataset):
            found.setdefault(frame.uid, []).append(frame)
    frames = [frame for same in found.values() for frame in _distinct(same)]
    if len(kvps) > 1 and study.kvp is not None:
        said.append(f"one kVp of several: {sorted(kvps)}")
    said += _facts(study, kvps)
    return said + _compared(frames, study) + _headers(frames, study)


def _read(data: bytes) -> Any:
    """A data set up to its pixels: what follows them says nothing of the image, and may be no DICOM."""
    if _is_deflated(data):
        return pydicom.dcmread(io.BytesIO(data), force=True)
    stream = io.BytesIO(data)
    dataset = pydicom.dcmread(stream, force=True, stop_before_pixels=True)
    at = stream.tell()
    short = dataset.original_encoding[0]
    order = "little" if dataset.original_encoding[1] else "big"
    length = int.from_bytes(data[at + 4 : at + 8] if short else data[at + 8 : at + 12], order)
    end = at + (8 if short else 12) + length
    if length == 0xFFFFFFFF:
        end = data.find(b"\xfe\xff\xdd\xe0", at) + 8
        if end < at:  # some writers leave the end mark out
            data, end = data + b"\xfe\xff\xdd\xe0\0\0\0\0", len(data) + 8
    return pydicom.dcmread(io.BytesIO(data[:end]), force=True)


def _is_deflated(data: bytes) -> bool:
    return b"1.2.840.10008.1.2.1.99" in data[:600]


def _element(uid: str) -> bytes:
    """The series UID as an explicit element, low byte first: other bytes that are alike may be anything."""
    value = uid.encode() + b"\0" * (len(uid) % 2)
    return b"\x20\x00\x0e\x00UI" + len(value).to_bytes(2, "little") + value


def _distinct(frames: list[Frame]) -> list[Frame]:
    """Without copies of one file."""
    kept: list[Frame] = []
    for frame in frames:
        if not any(frame.same(other) for other in kept):
            kept.append(frame)
    return kept


def _files(source: Path) -> Iterator[bytes]:
    """Content of every file that is not hidden, in the order of names."""
    if source.is_dir():
        for path in sorted(source.rglob("*"), key=str):
            if path.is_file() and not path.name.startswith("."):
                yield path.read_bytes()
    elif zipfile.is_zipfile(source):
        with zipfile.ZipFile(source) as archive:
            for name in sorted(archive.namelist()):
                if not name.rsplit("/", 1)[-1].startswith("."):
                    yield archive.read(name)
    else:
        yield source.read_bytes()


def _frames(dataset: Any) -> Iterator[Frame]:
    """Every slice of a file."""
    if dataset.get("NumberOfFrames", None) == "":
        del dataset.NumberOfFrames
    count = dataset.get("NumberOfFrames", None)
    if not dataset.file_meta.get("TransferSyntaxUID"):
        implicit, little = dataset.original_encoding
        native = pydicom.uid.ImplicitVRLittleEndian if implicit else pydicom.uid.ExplicitVRLittleEndian
        dataset.file_meta.TransferSyntaxUID = native if little else pydicom.uid.ExplicitVRBigEndian
    pixels = dataset.pixel_array
    _check_codestream(dataset, 1 if count is None else int(count))
    if "PerFrameFunctionalGroupsSequence" not in dataset:
        if pixels.ndim != 2:
            raise ValueError(f"pixels of {pixels.shape}")
        yield _frame(dataset, dataset, pixels, str(dataset.get("SOPInstanceUID", id(dataset))))
        return
    shared = dataset.SharedFunctionalGroupsSequence[0] if "SharedFunctionalGroupsSequence" in dataset else {}
    pixels = pixels if pixels.ndim == 3 else pixels[None]
    for k, group in enumerate(dataset.PerFrameFunctionalGroupsSequence):
        merged = pydicom.Dataset()
        for level in (shared, group):
            for element in level:
                if element.VR == "SQ" and len(element.value):
                    merged.update({inner.tag: inner for inner in element.value[0]})
        yield _frame(merged, dataset, pixels[k], str(k))


def _frame(place: Any, dataset: Any, stored: npt.NDArray[Any], uid: str) -> Frame:
    orientation = np.array([float(x) for x in place.ImageOrientationPatient])
    if orientation.shape != (6,):
        raise ValueError("orientation of other than 6 numbers")
    row, column = orientation[:3], orientation[3:]
    per_row_mm, per_column_mm = (float(x) for x in place.PixelSpacing)
    return Frame(
        uid,
        stored,
        _padding(dataset, stored),
        float(place.RescaleSlope),
        float(place.RescaleIntercept),
        np.array([float(x) for x in place.ImagePositionPatient]),
        column / np.linalg.norm(column) * per_row_mm,
        row / np.linalg.norm(row) * per_column_mm,
    )


def _padding(dataset: Any, stored: npt.NDArray[Any]) -> npt.NDArray[np.bool_]:
    value = dataset.get("PixelPaddingValue", None)
    if value is None or value == "":
        return np.zeros(stored.shape, dtype=bool)
    limit = dataset.get("PixelPaddingRangeLimit", None)
    ends = [_as_stored(int(end), stored) for end in (value, value if limit is None else limit)]
    mask: npt.NDArray[np.bool_] = (stored >= min(ends)) & (stored <= max(ends))
    return mask


def _as_stored(number: int, stored: npt.NDArray[Any]) -> int:
    """Modulo 2^16, in the sign of the pixels."""
    number &= 0xFFFF
    return number - 0x10000 if stored.dtype.kind == "i" and number >= 0x8000 else number


def _check_codestream(dataset: Any, frames: int) -> None:
    """Rows, columns and the end of a compressed image as its own codec tells them."""
    syntax = dataset.file_meta.get("TransferSyntaxUID", "")
    if not syntax or not syntax.is_encapsulated or syntax == pydicom.uid.RLELossless:
        return
    for k in range(frames):
        if frames == 1:  # all fragments, whatever the table says
            stream = b"".join(list(pydicom.encaps.generate_fragments(dataset.PixelData))[1:])
        else:
            stream = pydicom.encaps.get_frame(dataset.PixelData, k, number_of_frames=frames)
        size = _codestream_size(stream)
        if size != (dataset.Rows, dataset.Columns):
            raise ValueError(f"a compressed image of {size} in one of {dataset.Rows} x {dataset.Columns}")
        if b"\xff\xd9" not in stream[-4:]:
            raise ValueError("a compressed image without its end")


def _codestream_size(stream: bytes) -> tuple[int, int]:
    """Rows and columns by the marker of JPEG 2000 (SIZ) or of JPEG-LS and JPEG (a start of frame)."""
    at = stream.find(b"\xff\x51")
    if stream[:2] == b"\xff\x4f" and at >= 0:
        right, lower, left, upper = (int.from_bytes(stream[at + 6 + 4 * k : at + 10 + 4 * k], "big") for k in range(4))
        return lower - upper, right - left
    starts = [at for mark in (0xF7, 0xC0, 0xC1, 0xC3) if (at := stream.find(bytes((0xFF, mark)))) >= 0]
    at = min(starts)
    return int.from_bytes(stream[at + 5 : at + 7], "big"), int.from_bytes(stream[at + 7 : at + 9], "big")


def _compared(frames: list[Frame], study: CTStudy) -> list[str]:
    """Every voxel of the files against the study's voxel at the same place."""
    grid, values = study.volume.grid, study.volume.values
    said = canonical(grid.affine)
    seen = np.zeros(values.shape, dtype=bool)
    to_index = np.linalg.inv(grid.affine)
    for frame in frames:
        index = frame.places @ to_index[:3, :3].T + to_index[:3, 3]
        nearest = np.rint(index).astype(np.int64)
        off = np.abs(index - nearest).reshape(-1, 3).max(axis=0)
        if (off > (SLICE_OFF, PIXEL_OFF, PIXEL_OFF)).any() and (off > SLICE_OFF).any():
            said.append(f"a slice lies {off} voxels from its place")
        if (nearest < 0).any() or (nearest >= values.shape).any():
            return [*said, "a slice lies outside the volume"]
        at = tuple(np.moveaxis(nearest, -1, 0))
        expected = np.where(frame.padding, AIR_HU, frame.hu).astype(values.dtype if values.dtype.kind == "f" else float)
        if not np.array_equal(values[at].astype(float), expected.astype(float)):
            said.append(f"other HU, by up to {np.abs(values[at].astype(float) - expected).max()}")
        seen[at] = True
    if not seen.all() or sum(frame.stored.size for frame in frames) != values.size:
        said.append(f"{len(frames)} slices in the files, {values.shape} in the volume")
    return sorted(set(said))


def _headers(frames: list[Frame], study: CTStudy) -> list[str]:
    """The slices' headers stand in the order of the file's grid, each readable."""
    if len(study.headers) == 1 and len(frames) > 1:
        return [] if len(getattr(study, "frames", ())) == len(frames) else ["frames are not named"]
    to_index = np.linalg.inv(study.volume.layout.grid.affine)
    order = sorted(frames, key=lambda frame: (to_index[:3, :3] @ frame.position + to_index[:3, 3])[0])
    kept = [pydicom.dcmread(io.BytesIO(head), force=True).get("ImagePositionPatient") for head in study.headers]
    if len(kept) != len(order) or any(np.any(np.array(a) != b.position) for a, b in zip(kept, order, strict=True)):
        return ["headers in another order than slices"]
    return []


def _facts(study: CTStudy, kvps: set[str]) -> list[str]:
    """What is told beside the values."""
    if study.kvp is None:
        return []
    if not (math.isfinite(study.kvp) and 40 <= study.kvp <= 200):
        return [f"a tube voltage of {study.kvp} kV"]
    return [] if any(_float(kvp) == study.kvp for kvp in kvps) else [f"kVp {study.kvp}, the files say {sorted(kvps)}"]


def _float(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan
