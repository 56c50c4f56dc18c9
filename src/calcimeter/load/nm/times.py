"""When an NM image was counted, for how long, and when its tracer was given."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

COUNTED_S = (10.0, 2 * 3600.0)
"""Planar images are counted for some minutes; what lies far beyond is a time in another unit, or none."""
OVER_MIDNIGHT_S = 6 * 3600.0
"""A delayed image follows the injection by 4 hours at most; a time of day that would lie farther back, over midnight,
is one that was written wrong."""


def timing(dataset: Dataset, phase: int, members: int) -> tuple[dt.datetime | None, float | None]:
    """When counting of a phase began, and for how long it lasted."""
    began = _moment(dataset, "Acquisition") or _moment(dataset, "Content") or _moment(dataset, "Series")
    item = nth(dataset, "PhaseInformationSequence", phase)
    frame_ms = (item or dataset).get("ActualFrameDuration") or dataset.get("ActualFrameDuration")
    duration = float(frame_ms) * members / 1000 if frame_ms else None
    if duration is not None and not COUNTED_S[0] <= duration <= COUNTED_S[1]:
        duration = None
    before_ms = 0.0
    for number in range(1, phase + 1):
        earlier = nth(dataset, "PhaseInformationSequence", number)
        if earlier is None:
            return (began, duration) if phase == 1 else (None, duration)
        before_ms += float(earlier.get("PhaseDelay", 0) or 0)
        if number < phase:
            each = float(earlier.get("ActualFrameDuration", 0) or 0) + float(earlier.get("PauseBetweenFrames", 0) or 0)
            before_ms += each * float(earlier.get("NumberOfFramesInPhase", 0) or 0)
    return (began + dt.timedelta(milliseconds=before_ms) if began else None), duration


def injected(dataset: Dataset, began: dt.datetime | None) -> dt.datetime | None:
    """When the tracer was given, without the zone.

    A time without a date is that of the day of the image, or where it lies after the image that of the day before, if
    that is no longer ago than an examination takes.

    Returns
    -------
    datetime or None
        None where no item tells it, where a time without a date stands beside an image without a time, or where that
        time lies after the image on either day.
    """
    for item in dataset.get("RadiopharmaceuticalInformationSequence") or []:
        whole = str(item.get("RadiopharmaceuticalStartDateTime", "") or "").split(".")[0]
        time = str(item.get("RadiopharmaceuticalStartTime", "") or "").split(".")[0]
        try:
            if whole:
                return _read(whole)
            if time and began:
                return _last_before(_read(f"{began:%Y%m%d}{time}"), began)
        except ValueError:
            continue
    return None


def _last_before(given: dt.datetime, began: dt.datetime) -> dt.datetime | None:
    """The last moment of a time of day before an image; None where it lies longer ago than an examination takes."""
    if given <= began:
        return given
    given -= dt.timedelta(days=1)
    return given if (began - given).total_seconds() <= OVER_MIDNIGHT_S else None


def day_of(dataset: Dataset, began: dt.datetime | None) -> dt.date | None:
    """The day of the image; without a time that of the first date there is, the study's at last."""
    if began is not None:
        return began.date()
    for name in ("AcquisitionDateTime", *(f"{name}Date" for name in ("Acquisition", "Content", "Series", "Study"))):
        try:
            return dt.datetime.strptime(str(dataset.get(name, "") or "")[:8], "%Y%m%d").date()
        except ValueError:
            continue
    return None


def nth(dataset: Dataset, keyword: str, number: int) -> Dataset | None:
    """An item of a sequence by its number from 1."""
    items = dataset.get(keyword) or []
    return items[number - 1] if 0 < number <= len(items) else None


def _moment(dataset: Dataset, name: str) -> dt.datetime | None:
    """A date and time of the header, without the zone."""
    whole = str(dataset.get(f"{name}DateTime", "") or "")
    text = whole or f"{dataset.get(f'{name}Date', '') or ''}{dataset.get(f'{name}Time', '') or ''}"
    digits = text.split(".")[0].split("+")[0].split("-")[0]
    try:
        return _read(digits)
    except ValueError:
        return None


def _read(digits: str) -> dt.datetime:
    """A date and time; minutes and seconds may be left out, and are then those of the full hour or minute."""
    if len(digits) < len("yyyymmddhh"):
        raise ValueError(digits)
    return dt.datetime.strptime(f"{digits[:14]:0<14}", "%Y%m%d%H%M%S")
