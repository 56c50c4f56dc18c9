"""From which side a planar image was taken, by its header; not known where that does not say it, or says two things."""

from __future__ import annotations

from typing import TYPE_CHECKING

from calcimeter.knowledge.nm_images import view_of_code
from calcimeter.model.scintigram import View

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

CLEARLY = 0.8
"""A direction cosine beyond this is that of an axis; between, the view is oblique."""


def view_of(dataset: Dataset, detector: Dataset | None) -> View | None:
    """The view of a frame.

    Three things tell it: the code of the view, the direction of the rows of the detector, and the patient's orientation
    in the image. All that are there have to agree. Names and descriptions are not looked at.

    Returns
    -------
    {"anterior", "posterior", "other"} or None
        None where nothing tells it, or two things contradict each other.
    """
    sources = [source for source in (detector, dataset) if source is not None]
    told = {_coded(sources), _by_direction(sources), _by_orientation(dataset)} - {None}
    return told.pop() if len(told) == 1 else None


def _coded(sources: list[Dataset]) -> View | None:
    for source in sources:
        for item in source.get("ViewCodeSequence") or []:
            view = view_of_code(str(item.get("CodeValue", "")), str(item.get("CodeMeaning", "")))
            if view is not None:
                return view
    return None


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
    value = dataset.get("PatientOrientation")
    letters = [str(part).strip().upper() for part in value] if value and not isinstance(value, str) else []
    if len(letters) != 2 or not letters[0]:
        return None
    if letters[1] not in ("", "F"):
        return "other"
    views: dict[str, View] = {"L": "anterior", "R": "posterior"}
    return views.get(letters[0], "other")


def _view(toward_left: float) -> View:
    return "anterior" if toward_left > 0 else "posterior"
