"""The radiographs of an input, and which one is measured."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from calcimeter.errors import AmbiguousSeries, CalcimeterError, Refused, UnreadableInput, UnsupportedStudy, UsageError
from calcimeter.load.archive import is_archive, unpacked
from calcimeter.load.dicom.header import Header
from calcimeter.load.dicom.kind import modality_name
from calcimeter.load.dicom.pixels import before_pixels
from calcimeter.load.dicom.quiet import quiet_pydicom
from calcimeter.load.dicom.read_headers import read_headers
from calcimeter.load.dicom.shown import shown_uid
from calcimeter.load.folder import files_below
from calcimeter.load.modality import PICTURES, kind_of
from calcimeter.load.radiograph.kind import check_kind
from calcimeter.load.radiograph.view import Seen, seen_by
from calcimeter.model.radiograph import FRONTAL
from calcimeter.model.study import SeriesSummary

if TYPE_CHECKING:
    from pydicom.dataset import Dataset


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """One image of the input.

    Parameters
    ----------
    kind : str
        "png", "jpeg", or "dicom".
    header, dataset, content, seen
        Of a DICOM file: what it says; None of a picture. ``content`` is the file without its pixels.
    refusal : Refused or None
        Why it can't be measured.
    """

    path: Path
    kind: str
    header: Header | None = None
    dataset: Dataset | None = None
    content: bytes = b""
    seen: Seen | None = None
    refusal: Refused | None = None

    def uids(self) -> tuple[str, str]:
        """Of its series and of itself; "" of a picture."""
        if self.header is None:
            return "", ""
        return shown_uid(self.header.text("SeriesInstanceUID")), shown_uid(self.header.text("SOPInstanceUID"))

    def merit(self) -> tuple[bool, bool, bool]:
        """By the rule of choice: original, made to be looked at, frontal; the smaller the better."""
        if self.dataset is None or self.seen is None:
            return True, True, True
        derived = not str((self.dataset.get("ImageType") or [""])[0]).upper().startswith("ORIGINAL")
        raw = str(self.dataset.get("PresentationIntentType", "")) == "FOR PROCESSING"
        return derived, raw, self.seen.view not in FRONTAL

    def words(self) -> str:
        """What it shows, for a list."""
        if self.header is None or self.seen is None:
            return self.kind
        size = f"{self.header.whole('Rows')} x {self.header.whole('Columns')}"
        said = (self.seen.site, self.seen.laterality, self.seen.view, size)
        return ", ".join(word.replace("_", " ") for word in said if word)


def summaries(images: tuple[Found, ...]) -> tuple[SeriesSummary, ...]:
    """Images as a person chooses among them: by the UID of the series, or of the image where a series holds several."""
    shared = Counter(image.uids()[0] for image in images)
    return tuple(_summary(image, image.uids()[0 if shared[image.uids()[0]] == 1 else 1]) for image in images)


def list_radiographs(source: Path) -> tuple[SeriesSummary, ...]:
    """The radiographs of an input, those that can't be measured with the reason.

    Raises
    ------
    UsageError, UnsupportedStudy
        As ``opened``.
    """
    with opened(source) as images:
        return summaries(images)


@contextmanager
def opened(source: Path) -> Iterator[tuple[Found, ...]]:
    """The images of a file, a folder or a zip, the ones that can't be measured with them.

    Raises
    ------
    UsageError
        There is no such input.
    UnsupportedStudy
        It holds no image of a radiograph.
    """
    if not source.exists():
        raise UsageError("the input does not exist; check its name")
    if source.is_dir():
        yield _images(files_below(source))
    elif is_archive(source):
        with unpacked(source) as folder:
            yield _images(files_below(folder))
    else:
        yield _images([source])


def choose(images: tuple[Found, ...], uid: str | None) -> Found:
    """The image to be measured: original before derived, made to be looked at before raw, frontal before others.

    Parameters
    ----------
    uid : str or None
        Series or instance that the caller names.

    Raises
    ------
    AmbiguousSeries
        Several are equally good.
    UsageError
        There is none of that UID.
    Refused
        None, or not the one named, can be measured.
    """
    if uid is not None:
        images = tuple(image for image in images if uid in image.uids())
        if not images:
            raise UsageError("met no radiograph of the UID that --series names; --list names those of the input")
    fit = sorted((image for image in images if image.refusal is None), key=Found.merit)
    if not fit:
        refusal = images[0].refusal
        assert refusal is not None
        raise refusal
    equal = [image for image in fit if image.merit() == fit[0].merit()]
    if len(equal) > 1:
        listed = "; ".join(f"{image.uids()[1] or 'a picture'} ({image.words()})" for image in equal)
        raise AmbiguousSeries(f"{len(equal)} radiographs are equally good; choose one with --series: {listed}")
    return fit[0]


def _summary(image: Found, uid: str) -> SeriesSummary:
    modality = "" if image.header is None else modality_name(image.header.text("Modality"))
    note = str(image.refusal) if image.refusal else image.words()
    return SeriesSummary(uid, modality, 1, "", None, None, image.merit()[0], note)


def _images(files: list[Path]) -> tuple[Found, ...]:
    """Images by their UIDs; of copies one that is whole. Pictures beside DICOM files are previews of them."""
    found = [(path, kind) for path in files if (kind := kind_of(path))]
    dicom = [_found(path) for path, kind in found if kind not in PICTURES.values()]
    if dicom:
        known: dict[str, Found] = {}
        for image in dicom:
            uid = image.uids()[1] or str(len(known))
            if uid not in known or _wholeness(image) > _wholeness(known[uid]):
                known[uid] = image
        return tuple(known[uid] for uid in sorted(known))
    if not found:
        raise UnsupportedStudy("met no radiograph in the input, expected a CR or DX image, a PNG or a JPEG; give one")
    return tuple(Found(path, kind) for path, kind in found)


def _wholeness(image: Found) -> tuple[bool, int]:
    """Of copies of one image, damaged ones have a header that can't be read, or fewer bytes."""
    return image.refusal is None, image.path.stat().st_size


def _found(path: Path) -> Found:
    header = read_headers(path)[0]
    try:
        content = before_pixels(header)
        dataset, seen = _read(content)
    except Refused as error:
        return Found(path, "dicom", header, refusal=error)
    return Found(path, "dicom", header, dataset, content, seen)


def _read(content: bytes) -> tuple[Dataset, Seen]:
    """What the header says, of a plain radiograph."""
    import pydicom

    try:
        with quiet_pydicom():
            dataset = pydicom.dcmread(io.BytesIO(content), force=True, stop_before_pixels=True)
            check_kind(dataset)
            return dataset, seen_by(dataset)
    except CalcimeterError:
        raise
    except Exception as error:  # pydicom has no common base for what damaged headers raise
        raise UnreadableInput("met a damaged DICOM header; copy the image again") from error
