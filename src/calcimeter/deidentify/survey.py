"""What lies in a folder: images to be treated, files to be left out, and what all images of a patient share."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from calcimeter.deidentify.header import moments_of
from calcimeter.deidentify.moments import Shift, shift_of
from calcimeter.deidentify.pixels import why_written_on
from calcimeter.errors import UnreadableInput
from calcimeter.knowledge.deidentify import profile
from calcimeter.load.dicom.quiet import quiet_pydicom

NO_DICOM = "no DICOM, or not readable"
BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class Image:
    """One image that is taken, by what its header says.

    Parameters
    ----------
    patient, study, series, instance : str
        Original names; of a patient without an ID the study's.
    number : int
        Instance number, 0 without one.
    written_on : str or None
        Why its pixels may hold writing.
    shows_face : bool
        Whether the header says so, or does not say that it is no head, of a kind that shows surfaces.
    """

    path: Path
    patient: str
    study: str
    series: str
    instance: str
    number: int
    modality: str
    written_on: str | None
    shows_face: bool
    moments: tuple[tuple[str, str], ...] = ()


@dataclass(slots=True)
class Survey:
    """Everything that was met; ``left_out`` counts files by what they are, ``key`` digests all that is taken."""

    images: list[Image] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)
    key: bytes = b""

    def shifts(self) -> dict[str, Shift]:
        """Patient -> the shift of all of that patient's dates and times."""
        moments: dict[str, list[tuple[str, str]]] = {}
        for image in self.images:
            moments.setdefault(image.patient, []).extend(image.moments)
        return {patient: shift_of(found) for patient, found in moments.items()}


def survey(paths: Sequence[Path]) -> Survey:
    """Read every header, and tell what is an image that is taken.

    Raises
    ------
    UnreadableInput
        None is.
    """
    found, digests = Survey(), []
    for path in paths:
        told = _look_at(path)
        if isinstance(told, str):
            found.left_out[told] += 1
        else:
            found.images.append(told)
            digests.append(_digest(path))
    if not found.images:
        met = ", ".join(f"{count} x {name}" for name, count in sorted(found.left_out.items())) or "nothing"
        raise UnreadableInput(f"met {met}, expected DICOM images; give the folder, zip or file that holds them")
    found.key = hashlib.blake2b(b"".join(sorted(digests)), digest_size=32).digest()
    return found


def _look_at(path: Path) -> Image | str:
    """The image, or what a file is that is left out."""
    import pydicom

    with quiet_pydicom():
        try:
            dataset = pydicom.dcmread(path, stop_before_pixels=True, force=True)
            class_uid = str(dataset.get("SOPClassUID") or dataset.file_meta.get("MediaStorageSOPClassUID") or "")
            if not class_uid:
                return NO_DICOM
            if class_uid not in profile().classes:
                return profile().name_of_class(class_uid)
            return _image(path, dataset)
        except Exception:  # noqa: BLE001  # pydicom raises whatever a damaged file leads it into
            return NO_DICOM


def _image(path: Path, dataset: object) -> Image:
    from pydicom.dataset import FileDataset

    assert isinstance(dataset, FileDataset)
    texts = {
        name: str(dataset.get(name) or "").strip()
        for name in ("PatientID", "StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID", "Modality")
    }
    return Image(
        path,
        texts["PatientID"] or texts["StudyInstanceUID"],
        texts["StudyInstanceUID"],
        texts["SeriesInstanceUID"],
        texts["SOPInstanceUID"],
        int(dataset.get("InstanceNumber") or 0),
        texts["Modality"],
        why_written_on(dataset),
        _shows_face(dataset.get("BodyPartExamined"), texts["Modality"], dataset.get("RecognizableVisualFeatures")),
        tuple(moments_of(dataset)),
    )


def _shows_face(body_part: object, modality: str, said: object) -> bool:
    """Slices of a head give a face back; where no part is named it may be one."""
    if str(said or "").strip().upper() == "YES":
        return True
    part = "".join(letter for letter in str(body_part or "").upper() if letter.isalpha())
    return modality in ("CT", "MR", "PT") and (not part or part in profile().heads)


def _digest(path: Path) -> bytes:
    digest = hashlib.blake2b(digest_size=32)
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            digest.update(block)
    return digest.digest()
