"""A folder, zip or file of DICOM images -> a folder of the same images without what tells whose they are."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from calcimeter.deidentify.aliases import Aliases
from calcimeter.deidentify.header import Treatment, clean_header
from calcimeter.deidentify.pixels import Rectangle, black_out, clear_unused_bits, cut_to_size, has_hidden_overlay
from calcimeter.deidentify.streams import take_out_comments
from calcimeter.deidentify.survey import Image, Survey, survey
from calcimeter.errors import CalcimeterError, UnreadableInput, UnsupportedStudy, UsageError
from calcimeter.knowledge.deidentify import profile
from calcimeter.load.archive import is_archive, unpacked
from calcimeter.load.dicom.quiet import quiet_pydicom
from calcimeter.load.folder import files_below
from calcimeter.report.folder import whole_folder

if TYPE_CHECKING:
    from pydicom.dataset import FileDataset

FACE = "Images of a head, or of a part that is not named, may show a face: look, and ask whoever decides on it."
PIXELS = "No program looked at the pixels: see every image, for a name can stand in them though no header says so."


@dataclass(frozen=True, slots=True)
class Deidentified:
    """What was done: counts, and what a person must still see to; no name, UID, date or path of the originals."""

    patients: int
    studies: int
    series: int
    images: int
    masked: int
    left_out: tuple[tuple[str, int], ...]
    caveats: tuple[str, ...]

    def record(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "schema": "calcimeter.deidentification/1",
            "profile": f"{profile().edition} {profile().table}",
            "patients": self.patients,
            "studies": self.studies,
            "series": self.series,
            "images": self.images,
            "masked": self.masked,
            "left_out": [{"what": name, "files": count} for name, count in self.left_out],
            "caveats": list(self.caveats),
        }

    def lines(self) -> list[str]:
        """For a shell."""
        counts = ((self.patients, "patient"), (self.studies, "study"), (self.series, "series"), (self.images, "image"))
        told = [f"{', '.join(_counted(number, noun) for number, noun in counts)}; {self.masked} masked."]
        if self.left_out:
            told.append(f"Left out: {', '.join(f'{count} x {name}' for name, count in self.left_out)}.")
        return [*told, *self.caveats]


def deidentify(source: Path, out: Path, *, masks: Sequence[Rectangle] = (), force: bool = False) -> Deidentified:
    """Write every image of a folder, zip or file anew, by the basic profile of the standard.

    What lies in ``out`` is no input, wherever it is: an earlier run's images would come out as another patient's.

    Parameters
    ----------
    masks : sequence of (left, top, right, bottom)
        Blacked out in images whose pixels may hold writing by their headers; where no header says so, in all.

    Returns
    -------
    Deidentified
        ``out`` holds PATIENT-n/STUDY-n/SERIES-n/IMn.dcm and deidentification.json, or nothing if anything failed.

    Raises
    ------
    UsageError
        There is no such input, or a mask does not lie in an image; OUT as ``whole_folder``.
    UnreadableInput
        No image is there, or one is damaged.
    UnsupportedStudy
        Pixels may hold writing and there is no mask.
    """
    with whole_folder(out, force=force) as folder, _files(source) as paths:
        earlier = out.resolve()
        found = survey([path for path in paths if not path.resolve().is_relative_to(earlier)])
        _check_writing(found, masks)
        names, masked = _names(found), _masked(found, masks)
        aliases, shifts = Aliases(found.key), found.shifts()
        for image, place in names.items():
            patient = int(place.parts[0].rpartition("-")[2])
            own = masks if image in masked else ()
            _write(image, folder / place, Treatment(patient, shifts[image.patient], aliases), own)
        done = _told(found, len(masked))
        text = json.dumps(done.record(), indent=1)
        (folder / "deidentification.json").write_text(f"{text}\n", encoding="utf-8")
    return done


@contextmanager
def _files(source: Path) -> Iterator[list[Path]]:
    if source.is_dir():
        yield files_below(source)
    elif not source.exists():
        raise UsageError("there is no such input; expected a folder, a zip or a DICOM file", files=(str(source),))
    elif is_archive(source):
        with unpacked(source) as folder:
            yield files_below(folder)
    else:
        yield [source]


def _check_writing(found: Survey, masks: Sequence[Rectangle]) -> None:
    written_on = [image for image in found.images if image.written_on]
    if written_on and not masks:
        raise UnsupportedStudy(
            f"met {_counted(len(written_on), 'image')} that may show a name: {written_on[0].written_on}; take"
            " them out, or black the writing out with --mask X0,Y0,X1,Y1",
            files=tuple(str(image.path) for image in written_on),
        )


def _masked(found: Survey, masks: Sequence[Rectangle]) -> set[Image]:
    """Images that masks are for; somebody who gives one and has no such image has seen what no header tells."""
    written_on = {image for image in found.images if image.written_on}
    return (written_on or set(found.images)) if masks else set()


def _names(found: Survey) -> dict[Image, Path]:
    """Image -> its new place; numbered by what says nothing, slices by their own number."""
    order = Aliases(found.key).order_of
    numbers: dict[tuple[str, ...], int] = {}
    counts: dict[tuple[str, ...], int] = {}
    for level in (1, 2, 3):
        keys = {_levels(image)[:level] for image in found.images}
        for key in sorted(keys, key=lambda key: (*(numbers.get(key[:k], 0) for k in range(1, level)), order(key[-1]))):
            counts[key[:-1]] = counts.get(key[:-1], 0) + 1
            numbers[key] = counts[key[:-1]]
    places: dict[Image, Path] = {}
    taken: dict[tuple[str, ...], int] = {}
    for image in sorted(found.images, key=lambda image: (image.number, order(image.instance), str(image.path))):
        levels = _levels(image)
        taken[levels] = taken.get(levels, 0) + 1
        named = zip(("PATIENT", "STUDY", "SERIES"), (numbers[levels[:k]] for k in (1, 2, 3)), strict=True)
        places[image] = Path(*(f"{name}-{number}" for name, number in named), f"IM{taken[levels]:05d}.dcm")
    return places


def _levels(image: Image) -> tuple[str, str, str]:
    return image.patient, image.study, image.series


def _write(image: Image, target: Path, treatment: Treatment, masks: Sequence[Rectangle]) -> None:
    import pydicom

    target.parent.mkdir(parents=True, exist_ok=True)
    with quiet_pydicom():
        try:
            dataset = pydicom.dcmread(image.path, force=True)
            hides = has_hidden_overlay(dataset)
            clean_header(dataset, treatment)
            _write_anew(dataset)
            take_out_comments(dataset)
            cut_to_size(dataset)
            if masks:
                black_out(dataset, masks)
            if hides:
                clear_unused_bits(dataset)
            content = BytesIO()
            dataset.save_as(content, enforce_file_format=True)
        except CalcimeterError:
            raise
        except Exception as error:
            raise UnreadableInput(
                "met a damaged image, expected one that can be written anew; take it out", files=(str(image.path),)
            ) from error
    target.write_bytes(content.getvalue())


def _write_anew(dataset: FileDataset) -> None:
    """A file's own group with nothing of the original but how its pixels are stored, and an empty preamble."""
    from pydicom.dataset import FileMetaDataset
    from pydicom.uid import ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian

    syntax = dataset.file_meta.get("TransferSyntaxUID")
    if syntax is None:
        implicit, little = dataset.original_encoding
        syntax = ImplicitVRLittleEndian if implicit else ExplicitVRLittleEndian if little else ExplicitVRBigEndian
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = syntax
    dataset.file_meta.MediaStorageSOPClassUID = dataset.SOPClassUID
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    dataset.preamble = b"\0" * 128


def _told(found: Survey, masked: int) -> Deidentified:
    images = found.images
    face = [FACE] if any(image.shows_face for image in images) else []
    return Deidentified(
        patients=len({image.patient for image in images}),
        studies=len({(image.patient, image.study) for image in images}),
        series=len({_levels(image) for image in images}),
        images=len(images),
        masked=masked,
        left_out=tuple(sorted(found.left_out.items())),
        caveats=(PIXELS, *face),
    )


def _counted(number: int, noun: str) -> str:
    plural = {"study": "studies", "series": "series"}.get(noun, f"{noun}s")
    return f"{number} {noun if number == 1 else plural}"
