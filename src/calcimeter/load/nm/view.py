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
    in the image. All that are there have to agree. Names and descriptions are not looked at. An image that stands
    upside down, or lies on its side, by either of the last two is no view that is read, whatever the code says: its
    upper pole would be called the lower one. Of a patient who lies feet first the image may stand so: it is read where
    something tells that its columns go toward the feet.

    Returns
    -------
    {"anterior", "posterior", "other"} or None
        None where nothing tells it, or two things contradict each other.
    """
    sources = [source for source in (detector, dataset) if source is not None]
    upright = {_upright_by_direction(sources), _upright_by_letters(dataset)} - {None}
    if False in upright or (not upright and _feet_first(dataset)):
        return "other"
    told = {*_coded(sources), _by_direction(sources), _by_orientation(dataset)} - {None}
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


def _directions(sources: list[Dataset]) -> list[float] | None:
    """Where rows and columns go in the patient, by the first source that tells it of an upright plane."""
    for source in sources:
        try:
            both = [float(value) for value in source.ImageOrientationPatient]
        except (AttributeError, TypeError, ValueError):
            continue
        # Cameras that write the axes of a transverse slice beside a planar image tell nothing of it.
        if len(both) == 6 and max(abs(both[2]), abs(both[5])) >= CLEARLY:
            return both
    return None


def _upright_by_direction(sources: list[Dataset]) -> bool | None:
    """Whether columns go toward the feet, by the axes of the detector; None where these are not told."""
    both = _directions(sources)
    return None if both is None else both[5] <= -CLEARLY


def _upright_by_letters(dataset: Dataset) -> bool | None:
    """Whether columns go toward the feet, by the patient's orientation; None where it does not tell them."""
    letters = _letters(dataset)
    return letters[1] == "F" if len(letters) == 2 and letters[1] else None


def _by_direction(sources: list[Dataset]) -> View | None:
    """By the direction in the patient that a row goes: toward the left in an anterior view."""
    both = _directions(sources)
    if both is None:
        return None
    return _view(both[0]) if abs(both[0]) > CLEARLY else "other"


def _by_orientation(dataset: Dataset) -> View | None:
    """By the letters of the patient's orientation: L and F are anterior, R and F posterior."""
    letters = _letters(dataset)
    if len(letters) != 2 or not letters[0]:
        return None
    views: dict[str, View] = {"L": "anterior", "R": "posterior"}
    return views.get(letters[0], "other")


def _letters(dataset: Dataset) -> list[str]:
    value = dataset.get("PatientOrientation")
    return [str(part).strip().upper() for part in value] if value and not isinstance(value, str) else []


def _view(toward_left: float) -> View:
    return "anterior" if toward_left > 0 else "posterior"
