"""A radiograph from its image to its deposits: where a reader points, or where the search leads."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from calcimeter.errors import UsageError
from calcimeter.geometry.closed_path import area_and_center
from calcimeter.model.radiograph import Marks, Point2, Radiograph, RadiographDeposit, Suspect
from calcimeter.radiograph.borders import holds
from calcimeter.radiograph.candidates import Candidate, find_candidates
from calcimeter.radiograph.measure import measure, surroundings
from calcimeter.radiograph.outline import Outline, outline_at
from calcimeter.radiograph.settings import CandidateSettings, MeasureSettings, RadiographSettings
from calcimeter.radiograph.ways import Image

SURE = 0.95
"""Confidence in what a reader pointed to."""
BOX_SLACK = 0.06
"""Of a box's size, by which a hand may miss a deposit's border."""
BY_BORDER = 0.6
"""Confidence in what is found, at least, where its border is seen all along and no bone beside it [chosen]."""
LEAST_IN_BOX = 0.65
"""Mean radius of what fills a box, at least, of half of the box's side: that of an ellipse four times as long as wide,
however it lies, is 0.68 or more [physics]."""
BORDER_PX = 2.0
"""From the border of the exposed image: no border of a deposit."""
PENUMBRA_PX = 3
BESIDE = "the border that was found does not go around the place given"
HOLLOW = "part of it is darker than all that lies around it, as where bone surrounds a hole"
"""A deposit adds to what lies behind it, and makes nothing darker [physics]. In a box a reader says that it is one."""
POINT_PX = 10
"""Half the side of the box that stands for a point that could not be outlined."""
Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Found:
    """What an image shows.

    Parameters
    ----------
    deposits : tuple of RadiographDeposit
        By area.
    suspects : tuple of Suspect
        What may be one, the one most unlike bone first.
    examined_px : int
        Pixels searched; 0 where a reader pointed.
    codes : frozenset of str
        Caveats of the whole image.
    """

    deposits: tuple[RadiographDeposit, ...]
    suspects: tuple[Suspect, ...]
    examined_px: int
    codes: frozenset[str]


def look(study: Radiograph, marks: Marks, settings: RadiographSettings) -> Found:
    """Outline and measure deposits.

    Parameters
    ----------
    marks : Marks
        With any, nothing is searched.

    Returns
    -------
    Found
        A point or box whose deposit can't be told from what lies there is a suspect with the reason, no deposit.

    Raises
    ------
    UsageError
        A mark lies outside the image or where it was not exposed.
    """
    study = replace(study, values=_continued(study))
    if marks:
        return _at_marks(study, marks, settings)
    return _searched(study, settings)


def _continued(study: Radiograph) -> Image:
    """The image, beyond the box of what was exposed continued as it ends there: a collimator's edge is no deposit's."""
    box = []
    for axis, count in enumerate(study.values.shape):
        seen = np.flatnonzero(study.exposed.any(axis=1 - axis))
        first, last = int(seen[0]), int(seen[-1])
        # The penumbra belongs to the edge; an image that ends with its detector has none.
        low = first + PENUMBRA_PX if first > 0 else 0
        high = last - PENUMBRA_PX if last < count - 1 else count - 1
        box.append(np.clip(np.arange(count), low, max(low, high)))
    continued: Image = study.values[np.ix_(box[0], box[1])]
    return continued


def _at_marks(study: Radiograph, marks: Marks, settings: RadiographSettings) -> Found:
    deposits: list[RadiographDeposit] = []
    suspects: list[Suspect] = []
    points: list[tuple[Point2, Box | None]] = [(point, None) for point in marks.points]
    points += [(((b[0] + b[2]) / 2, (b[1] + b[3]) / 2), _ordered(b)) for b in marks.boxes]
    for place, box in points:
        _check(study, place, box)
        unfit = None if box is None else _unfit(box, study, settings)
        if unfit is not None:
            suspects.append(Suspect(place, _box_of(place, None, box), 0.5, unfit))
            continue
        sizes = _sizes(study, box, settings)
        room, whole = _room(study, box), box is not None
        outline = outline_at(study.values, place, sizes, settings, room, whole=whole)
        because = _refused(outline, box) or (None if outline is None or holds(outline.line, place) else BESIDE)
        if outline is not None and because is None:
            deposit = measure(study, outline, SURE, "point" if box is None else "box", settings.measure)
            because = _not_told(deposit, settings.measure)
            if box is None:
                because = because or _hollow(study, outline, settings)
            if because is None and any(_overlap(deposit, other, study) for other in deposits):
                # A second mark in a deposit that is measured: it is one deposit all the same.
                continue
            if because is None:
                deposits.append(deposit)
                continue
        suspects.append(Suspect(place, _box_of(place, outline, box), 0.5, because or "no border was found"))
    codes = {"OUTLINE_NOT_FOUND"} if suspects else set()
    return Found(_numbered(deposits), tuple(suspects), 0, frozenset(codes))


def _searched(study: Radiograph, settings: RadiographSettings) -> Found:
    candidates, examined = find_candidates(study, settings)
    deposits: list[RadiographDeposit] = []
    suspects: list[Suspect] = []
    for candidate in candidates:
        sizes = (candidate.radius_px / 1.6, candidate.radius_px * 1.6)
        place, room = candidate.center_px, _room(study, None)
        outline = outline_at(study.values, place, sizes, settings, room, whole=False)
        because = _refused(outline, None) or _elsewhere(outline, candidate)
        if outline is None or because is not None:
            if _worth_a_look(outline, candidate, settings.candidates):
                suspects.append(_suspect(candidate, because or "no border was found"))
            continue
        confidence = max(candidate.unlike_bone, BY_BORDER)
        deposit = measure(study, outline, confidence, None, settings.measure)
        because = _like_bone(deposit, outline.likelihood, candidate, settings.candidates)
        because = because or _hollow(study, outline, settings)
        if because is not None:
            suspects.append(_suspect(candidate, because))
        elif not any(_same(deposit, other) for other in deposits):
            deposits.append(deposit)
    named = tuple(suspects[: settings.candidates.suspects])
    codes = {"RADIOGRAPH_SUSPECTS"} if named else set()
    return Found(_numbered(deposits), named, examined, frozenset(codes))


def _worth_a_look(outline: Outline | None, candidate: Candidate, settings: CandidateSettings) -> bool:
    """Whether what could not be outlined may be a deposit: bone is neither unlike bone nor has a border all along."""
    by_border = 0.0 if outline is None else outline.likelihood
    return candidate.unlike_bone >= settings.named or by_border >= settings.named_by_border


def _like_bone(
    deposit: RadiographDeposit, likelihood: float, candidate: Candidate, settings: CandidateSettings
) -> str | None:
    """Why what was found is a suspect and no more; None: its border, or what lies around it, tells it from bone."""
    if likelihood < settings.likelihood:
        return "part of its border is hardly seen"
    if "DEPOSIT_OVER_BONE" in deposit.caveats and candidate.unlike_bone < settings.deposit:
        return "bone or something as dense lies over or beside it"
    return "its contrast is too low" if deposit.contrast_to_noise < settings.least_contrast_to_noise else None


def _check(study: Radiograph, place: Point2, box: Box | None) -> None:
    """Refuse a point, or a box whose middle, is where there is no image; told is what a reader gave."""
    rows, columns = study.values.shape
    column, row = place
    what = f"the mark {column:g},{row:g}" if box is None else f"the box {','.join(f'{v:g}' for v in box)}"
    if not (-0.5 <= column < columns - 0.5 and -0.5 <= row < rows - 0.5):
        form = "column,row" if box is None else "two corners of a deposit as X1,Y1,X2,Y2, columns and rows from 0"
        lies = "lies outside" if box is None else "lies with its middle outside"
        raise UsageError(f"{what} {lies} the image of {columns} columns and {rows} rows; give {form}")
    if not study.exposed[round(row), round(column)]:
        lies = "lies" if box is None else "lies with its middle"
        raise UsageError(f"{what} {lies} where the image was not exposed; give a place inside it")


def _sizes(study: Radiograph, box: Box | None, settings: RadiographSettings) -> tuple[float, float]:
    """Smallest and largest mean radius; a box leaves less room."""
    least = settings.outline.least_radius_px
    if box is None:
        return least, max(settings.outline.largest_share * max(study.values.shape), 2 * least)
    half = _size(box) / 2
    return max(least, LEAST_IN_BOX * half), max(1.15 * half, 2 * least)


def _unfit(box: Box, study: Radiograph, settings: RadiographSettings) -> str | None:
    """Why nothing in a box can be outlined; None: it can."""
    if _size(box) < 2 * settings.outline.least_radius_px:
        return "it is too small to be outlined"
    if _size(box) ** 2 > settings.outline.largest_box_share * np.count_nonzero(study.exposed):
        return "its box holds most of the image, so that there is nothing around it to tell it from"
    return None


def _size(box: Box) -> float:
    """Side of a square of a box's area."""
    return float(np.sqrt(max(box[2] - box[0], 1.0) * max(box[3] - box[1], 1.0)))


def _refused(outline: Outline | None, box: Box | None) -> str | None:
    """Why there is no deposit; None: there is one."""
    if outline is None:
        return "gray levels fall nowhere all around: no border was found"
    if outline.unsure is not None:
        return outline.unsure
    if box is not None and not _fits(outline, box):
        return "the border that was found does not fit the box"
    return None


def _not_told(deposit: RadiographDeposit, settings: MeasureSettings) -> str | None:
    """Why what was outlined is not known to be the deposit; None: it is."""
    if deposit.contrast_to_noise < settings.least_contrast_to_noise:
        return "what lies in its border is no denser than what lies around it"
    return None


def _hollow(study: Radiograph, outline: Outline, settings: RadiographSettings) -> str | None:
    """Why what lies around a hole is no deposit; None: there is no hole in it."""
    return HOLLOW if surroundings(study, outline.line, settings.measure).darkest < 0 else None


def _fits(outline: Outline, box: Box) -> bool:
    """Whether an outline reaches all four sides of a box, and not beyond."""
    ends = np.concatenate([outline.line.min(axis=0), outline.line.max(axis=0)])
    slack = 2 * BOX_SLACK * np.array([box[2] - box[0], box[3] - box[1]] * 2) + 3
    return bool((np.abs(ends - np.array(box)) <= slack).all())


def _elsewhere(outline: Outline | None, candidate: Candidate) -> str | None:
    """Why an outline is not that of the candidate that led to it."""
    if outline is None:
        return None
    area, center = area_and_center(outline.line)
    radius = float(np.sqrt(area / np.pi))
    away = float(np.hypot(*np.subtract(center, candidate.center_px)))
    if away > radius or not 1 / 2.5 < radius / candidate.radius_px < 2.5:
        return "its border is not the same at full resolution"
    return None


def _same(one: RadiographDeposit, other: RadiographDeposit) -> bool:
    away = float(np.hypot(*np.subtract(one.centroid_px, other.centroid_px)))
    return away < float(np.sqrt(max(one.area_px.value, other.area_px.value) / np.pi))


def _overlap(one: RadiographDeposit, other: RadiographDeposit, study: Radiograph) -> bool:
    """Whether at least half of the smaller of two lies in the other."""
    a, b = (deposit.region.whole(study.values.shape) for deposit in (one, other))
    return bool(2 * np.count_nonzero(a & b) > min(np.count_nonzero(a), np.count_nonzero(b)))


def _suspect(candidate: Candidate, because: str) -> Suspect:
    return Suspect(candidate.center_px, candidate.box_px, candidate.unlike_bone, because)


def _box_of(place: Point2, outline: Outline | None, box: Box | None) -> tuple[int, int, int, int]:
    if box is not None:
        low, high = np.array(box[:2]), np.array(box[2:])
    elif outline is not None:
        low, high = outline.line.min(axis=0), outline.line.max(axis=0)
    else:
        low, high = np.array(place) - POINT_PX, np.array(place) + POINT_PX
    a, b, c, d = (round(float(v)) for v in (*low, *high))
    return (a, b, c, d)


def _room(study: Radiograph, box: Box | None) -> Box:
    """What a border may reach: the exposed image, and of it a box with the room that a hand needs."""
    rows, columns = (np.flatnonzero(study.exposed.any(axis=axis)) for axis in (1, 0))
    a, b, c, d = (columns[0] + BORDER_PX, rows[0] + BORDER_PX, columns[-1] - BORDER_PX, rows[-1] - BORDER_PX)
    if box is None:
        return (a, b, c, d)
    wide, high = (BOX_SLACK * (box[k + 2] - box[k]) + 2 for k in (0, 1))
    return (max(a, box[0] - wide), max(b, box[1] - high), min(c, box[2] + wide), min(d, box[3] + high))


def _ordered(box: Box) -> Box:
    return (min(box[0], box[2]), min(box[1], box[3]), max(box[0], box[2]), max(box[1], box[3]))


def _numbered(deposits: list[RadiographDeposit]) -> tuple[RadiographDeposit, ...]:
    ordered = sorted(deposits, key=lambda one: (-one.area_px.value, one.centroid_px))
    return tuple(replace(one, id=k) for k, one in enumerate(ordered, start=1))
