"""From where a radiograph was taken, what it shows and which side is which, by its header alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from calcimeter.knowledge.xr_images import (
    describes_both,
    describes_no_frontal,
    is_unpaired,
    laterality_of,
    side_described,
    site_of,
    view_of_code,
    view_of_position,
)
from calcimeter.model.radiograph import FRONTAL, RadiographView, Toward

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

DESCRIPTIONS = (
    "SeriesDescription",
    "ProtocolName",
    "AcquisitionDeviceProcessingDescription",
    "PerformedProcedureStepDescription",
)
OF_STUDY = ("StudyDescription", "RequestedProcedureDescription")
"""Descriptions of everything that was asked for: they say nothing of one image's view, and may name its side."""
BESIDE_DEG = 45.0
"""A beam turned by so much from the upright comes rather from beside the patient than from before or behind."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What the header tells of view and side; ``None``: not told, or it contradicts itself.

    Parameters
    ----------
    laterality : {"left", "right"} or None
        Of the whole image; never of a part in the middle of the body.
    columns_toward : {"left", "right"} or None
        Where columns go in the patient.
    described : {"left", "right"} or None
        The one side that descriptions of the image, or else those of the study, name by a word.
    """

    view: RadiographView | None
    site: str | None
    laterality: Toward | None
    columns_toward: Toward | None
    codes: frozenset[str]
    described: Toward | None = None


def seen_by(dataset: Dataset) -> Seen:
    """View, site and side of an image."""
    codes = set[str]()
    orientation = _letters(dataset)
    told, by_orientation = set(_views(dataset)), _view_by_orientation(orientation)
    told |= {by_orientation} if by_orientation not in (None, "frontal") else set()  # type: ignore[arg-type]
    view = min(told) if len(told) == 1 else None
    contradicts = len(told) > 1
    # "Frontal" fits both frontal views.
    contradicts |= by_orientation == "frontal" and view is not None and view not in FRONTAL
    contradicts |= view in FRONTAL and describes_no_frontal(str(dataset.get(name, "")) for name in DESCRIPTIONS)
    contradicts |= view in FRONTAL and _is_turned(dataset)
    if contradicts:
        view = None
        codes.add("VIEW_CONTRADICTS")
    elif view is None:
        codes.add("RADIOGRAPH_VIEW_UNKNOWN")
    body_part = str(dataset.get("BodyPartExamined", ""))
    sides = set(_sides(dataset))
    laterality: Toward | None = None
    texts = [str(dataset.get(name, "")) for name in DESCRIPTIONS]
    by_study = side_described(str(dataset.get(name, "")) for name in OF_STUDY)
    described = side_described(texts) or by_study
    contrary = {"left", "right"} - sides if len(sides) == 1 and "none" not in sides else set[str]()
    if {"left", "right"} <= sides or {described, by_study} & contrary:
        codes.add("RADIOGRAPH_SIDES_CONTRADICT")
    elif "none" not in sides and not is_unpaired(body_part) and not describes_both([*texts, body_part]):
        laterality = "left" if "left" in sides else "right" if "right" in sides else None
    toward: Toward | None = None
    if view in FRONTAL and orientation is not None and by_orientation == "frontal":
        toward = {"L": "left", "R": "right"}.get(orientation[0][:1])  # type: ignore[assignment]
    return Seen(view, site_of(body_part), laterality, toward, frozenset(codes), described)


def _views(dataset: Dataset) -> Iterator[RadiographView]:
    """What view position and code say, each that is known."""
    position = view_of_position(str(dataset.get("ViewPosition", "")))
    if position is not None:
        yield position
    for item in dataset.get("ViewCodeSequence") or []:
        view = view_of_code(str(item.get("CodeValue", "")))
        if view is not None:
            yield view


def _letters(dataset: Dataset) -> tuple[str, str] | None:
    """Where rows and columns of the image go in the patient; None where that is not told."""
    value = dataset.get("PatientOrientation")
    parts = [str(part).strip().upper() for part in value] if value and not isinstance(value, str) else []
    return (parts[0], parts[1]) if len(parts) == 2 and all(parts) else None


def _view_by_orientation(letters: tuple[str, str] | None) -> Literal["lateral", "other", "frontal"] | None:
    """A direction that lies in the image can't be that of the rays."""
    if letters is None:
        return None
    main = {letters[0][0], letters[1][0]}
    if main & {"A", "P"}:
        return "lateral" if main & {"H", "F"} else "other"
    return "frontal" if main & {"L", "R"} and main & {"H", "F"} else None


def _is_turned(dataset: Dataset) -> bool:
    """Whether the beam came from beside the patient, by the positioner's angle from the upright."""
    try:
        angle = abs(float(dataset.get("PositionerPrimaryAngle")))
    except (TypeError, ValueError):
        return False
    return BESIDE_DEG <= angle <= 180 - BESIDE_DEG


def _sides(dataset: Dataset) -> Iterator[str]:
    """Every side that a tag or a code names."""
    for keyword in ("ImageLaterality", "Laterality", "FrameLaterality"):
        word = str(dataset.get(keyword, "")).strip()
        side = laterality_of(word) if word else None
        if side is not None:
            yield side
    for item in dataset.get("AnatomicRegionSequence") or []:
        for modifier in item.get("AnatomicRegionModifierSequence") or []:
            side = laterality_of(str(modifier.get("CodeValue", "")))
            if side is not None:
                yield side
