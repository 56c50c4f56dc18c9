"""From which side a planar image was taken, by its header; not known where that does not say it, or says two things."""

from __future__ import annotations

from typing import TYPE_CHECKING

from calcimeter.knowledge.nm_images import views_of_code
from calcimeter.model.scintigram import View

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

CLEARLY = 0.8
"""A direction cosine beyond this is that of an axis; between, the view is oblique."""
FEET_FIRST = {"102541007", "F-10480"}
"""Codes of a patient who lies feet first, of SCT and of SRT, which older cameras write (DICOM PS3.16 CID 21)."""


def view_of(dataset: Dataset, detector: Dataset | None) -> View | None:
    """The view of a frame.

    Three things tell it: the code of the view, the direction of the rows of the detector, and the patient's orientation
    in the image. All that are there have to agree. Names and descriptions are not looked at. Of a patient who lies feet
    first the image may stand upside down: where nothing tells that its columns go toward the feet, it is no view that
    is read, like one that does stand so.

    Returns
    -------
    {"anterior", "posterior", "other"} or None
        None where nothing tells it, or two things contradict each other.
    """
    sources = [source for source in (detector, dataset) if source is not None]
    by_direction, by_orientation = _by_direction(sources), _by_orientation(dataset)
    if _feet_first(dataset) and by_direction is None and not _tells_columns(dataset):
        return "other"
    told = {*_coded(sources), by_direction, by_orientation} - {None}
    return told.pop() if len(told) == 1 else None


def _coded(sources: list[Dataset]) -> set[View]:
    """The views that the first code names which says anything: two where it contradicts itself."""
    for source in sources:
        for item in source.get("ViewCodeSequence") or []:
            views = views_of_code(str(item.get("CodeValue", "")), str(item.get("CodeMeaning", "")))
            if views:
                return {*views}
    return set()


def _feet_first(dataset: Dataset) -> bool:
    """Whether the header says that the patient lies feet first."""
    items = dataset.get("PatientGantryRelationshipCodeSequence") or []
    coded = {str(item.get("CodeValue", "")).strip().upper() for item in items}
    return bool(coded & FEET_FIRST) or str(dataset.get("PatientPosition") or "").strip().upper().startswith("FF")


def _by_direction(sources: list[Dataset]) -> View | None:
    """By the direction in the patient that a row goes: toward the left in an anterior view.

    An image whose columns go toward the head stands upside down: no view that is read.
    """
    for source in sources:
        try:
            row = [float(value) for value in source.ImageOrientationPatient]
        except (AttributeError, TypeError, ValueError):
            continue
        if len(row) != 6 or abs(row[5]) < CLEARLY:
            continue
        return _view(row[0]) if abs(row[0]) > CLEARLY and row[5] < 0 else "other"
    return None


def _by_orientation(dataset: Dataset) -> View | None:
    """By the letters of the patient's orientation: L and F are anterior, R and F posterior."""
    letters = _letters(dataset)
    if len(letters) != 2 or not letters[0]:
        return None
    if letters[1] not in ("", "F"):
        return "other"
    views: dict[str, View] = {"L": "anterior", "R": "posterior"}
    return views.get(letters[0], "other")


def _tells_columns(dataset: Dataset) -> bool:
    """Whether the letters of the patient's orientation tell where columns go."""
    letters = _letters(dataset)
    return len(letters) == 2 and bool(letters[1])


def _letters(dataset: Dataset) -> list[str]:
    value = dataset.get("PatientOrientation")
    return [str(part).strip().upper() for part in value] if value and not isinstance(value, str) else []


def _view(toward_left: float) -> View:
    return "anterior" if toward_left > 0 else "posterior"
