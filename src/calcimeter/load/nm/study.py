"""One input, or two -> an early and a delayed image of one tracer."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import numpy as np

from calcimeter.errors import GeometryError, UnsupportedStudy
from calcimeter.load.dicom.quiet import quiet_pydicom
from calcimeter.load.dicom.shown import counted, shown_uid
from calcimeter.load.nm.files import nm_files
from calcimeter.load.nm.frames import Frame, read_nm
from calcimeter.model.caveat import caveat
from calcimeter.model.scintigram import Scintigram, ScintigraphyStudy

SAME_PIXEL = 0.01
LONGEST_MIN = 24 * 60.0
"""Nobody looks at technetium a day later: images so far apart are of two examinations, or one of a wrong clock."""
SAME_TIME_MIN = 3.0
"""Images of several detectors, or of one after the other, belong to one time."""


def load_scintigraphy(source: Path, delayed: Path | None = None) -> ScintigraphyStudy:
    """Load two planar images.

    Parameters
    ----------
    source : Path
        The early image, or all images: an NM file (of several frames too), a folder, a zip.
    delayed : Path, optional
        The delayed image, where it is another file.

    Returns
    -------
    ScintigraphyStudy
        Where several views are there, of the anterior one. By the times in the headers: what was acquired first is
        early, whatever the order given.

    Raises
    ------
    UsageError
        There is no such input.
    Refused
        An image can't be measured truthfully.
    """
    first = _read(source)
    frames = [first] if delayed is None else [first, _read(delayed)]
    early, late, codes = _pair(frames)
    return _study(early, late, codes)


def _read(source: Path) -> list[Frame]:
    with nm_files(source) as files:
        return [frame for path in files for frame in read_nm(path)]


def _pair(inputs: list[list[Frame]]) -> tuple[Frame, Frame | None, set[str]]:
    """The early and the delayed frame, and what is to be said of the choice."""
    codes: set[str] = set()
    if len(inputs) == 1:
        moments = _moments(inputs[0])
        groups = (moments[0], moments[-1] if len(moments) > 1 else [])
    else:
        groups = (inputs[0], inputs[1])
        times = [min((f.began for f in group if f.began), default=None) for group in groups]
        if times[0] and times[1] and times[1] < times[0]:
            groups = (groups[1], groups[0])
            codes.add("PHASES_EXCHANGED")
    early, late = groups
    if not late:
        return _best(early, None), None, codes
    shared = {frame.view for frame in early} & {frame.view for frame in late}
    view = next((v for v in ("anterior", "posterior", None, "other") if v in shared), "none shared")
    if view == "none shared":
        codes.add("VIEWS_DIFFER")
        return _best(early, None), _best(late, None), codes
    return _best(early, [view]), _best(late, [view]), codes


def _moments(frames: list[Frame]) -> list[list[Frame]]:
    """Frames of one input by when they were counted; without times each phase of each file is a moment."""
    if all(frame.began is None for frame in frames):
        known = sorted({(frame.series_uid, frame.phase) for frame in frames})
        return [[f for f in frames if (f.series_uid, f.phase) == key] for key in known]
    dated = sorted((frame for frame in frames if frame.began), key=lambda frame: (frame.began, frame.number))
    moments: list[list[Frame]] = []
    for frame in dated:
        last = moments[-1][0].began if moments else None
        assert frame.began is not None
        if last is not None and (frame.began - last).total_seconds() / 60 < SAME_TIME_MIN:
            moments[-1].append(frame)
        else:
            moments.append([frame])
    return moments


def _best(frames: list[Frame], views: list[str | None] | None) -> Frame:
    """The frame to be measured among those of one time: anterior before posterior before unknown."""
    order = ("anterior", "posterior", None, "other")
    fit = [frame for frame in frames if views is None or frame.view in views]
    return min(fit, key=lambda frame: (order.index(frame.view), -float(frame.counts.sum())))


def _study(early: Frame, late: Frame | None, codes: set[str]) -> ScintigraphyStudy:
    """The record, with everything that is not known said."""
    if late is not None:
        _check_patient(early, late)
        _check_days(early, late)
        _check_two(early, late)
        early, late = _same_scale(early, late)
        if early.study_uid and late.study_uid and early.study_uid != late.study_uid:
            codes.add("STUDIES_DIFFER")
    both = [frame for frame in (early, late) if frame is not None]
    interval = _minutes(early, late)
    views = {frame.view for frame in both}
    if late is not None and not _is_one_injection(early, late, interval):
        early, late = replace(early, injected=None), replace(late, injected=None)
    met = {
        "NO_DELAYED_IMAGE": late is None,
        "TIMES_UNKNOWN": late is not None and interval is None,
        "DURATION_UNKNOWN": any(frame.duration_s is None for frame in both),
        "IMAGE_TYPE_UNKNOWN": not all(frame.kind_told for frame in both),
        "TRACER_UNKNOWN": any(frame.tracer is None for frame in both),
        "VIEW_UNKNOWN": None in views,
        "VIEW_POSTERIOR": views == {"posterior"},
        "VIEW_NOT_USABLE": "other" in views,
        "PINHOLE": any(frame.pinhole for frame in both),
    }
    codes |= {code for code, holds in met.items() if holds}
    return ScintigraphyStudy(
        early=_scintigram(early),
        delayed=None if late is None else _scintigram(late),
        interval_min=interval,
        tracer=early.tracer,
        source_format="dicom",
        study_uid=shown_uid(early.study_uid) or None,
        series_uid=shown_uid(early.series_uid) or None,
        input_sha256=_digest(both),
        caveats=tuple(caveat(code) for code in sorted(codes)),
    )


def _check_patient(early: Frame, late: Frame) -> None:
    """Refuse images of two patients; where a header has no id it is taken on trust."""
    import pydicom

    with quiet_pydicom():
        both = [pydicom.dcmread(BytesIO(frame.header), stop_before_pixels=True, force=True) for frame in (early, late)]
        known = {str(header.get("PatientID") or "").strip() for header in both} - {""}
    if len(known) > 1:
        raise UnsupportedStudy(
            "met an early and a delayed image of two patients by their headers; give images of one patient"
        )


def _check_days(early: Frame, late: Frame) -> None:
    """Refuse images of two examinations: early and delayed lie hours apart."""
    if early.began is not None and late.began is not None:
        minutes = abs((late.began - early.began).total_seconds()) / 60
        days = round(minutes / LONGEST_MIN) if minutes >= LONGEST_MIN else 0
    elif early.day is not None and late.day is not None:
        days = abs((late.day - early.day).days)
        days = days if days > 1 else 0  # counted before and after midnight
    else:
        return
    if days:
        raise UnsupportedStudy(
            f"met two images {counted(days, 'day')} apart, expected an early and a delayed image of one examination,"
            " which ends within hours; give the two images of one injection"
        )


def _is_one_injection(early: Frame, late: Frame, interval_min: float | None) -> bool:
    """Whether minutes after the injection can be told of both images: of two injections they say nothing."""
    one_study = bool(early.study_uid) and early.study_uid == late.study_uid
    one_moment = early.injected is not None and early.injected == late.injected
    return interval_min is not None and (one_study or one_moment)


def _check_two(early: Frame, late: Frame) -> None:
    """Refuse one image given twice: counting never gives the same counts in every pixel again."""
    if np.array_equal(early.counts, late.counts) and early.counts.any():
        raise UnsupportedStudy("met one image twice, expected an early and a delayed one; give both")


def _same_scale(early: Frame, late: Frame) -> tuple[Frame, Frame]:
    """Both on pixels of one size: the finer one is added up where its pixels go into the other's without a rest.

    Raises
    ------
    GeometryError
        They do not, or the fields of view differ.
    """
    times = round(max(early.pixel_mm, late.pixel_mm) / min(early.pixel_mm, late.pixel_mm))
    early = _coarser(early, times) if early.pixel_mm < late.pixel_mm / 1.5 else early
    late = _coarser(late, times) if late.pixel_mm < early.pixel_mm / 1.5 else late
    if abs(early.pixel_mm - late.pixel_mm) > SAME_PIXEL * late.pixel_mm or early.counts.shape != late.counts.shape:
        raise GeometryError(
            "met an early and a delayed image of different pixels or sizes, expected one zoom and matrix; give images"
            " of one protocol"
        )
    return early, late


def _coarser(frame: Frame, times: int) -> Frame:
    rows, columns = (n // times * times for n in frame.counts.shape)
    blocks = frame.counts[:rows, :columns].reshape(rows // times, times, columns // times, times)
    return replace(frame, counts=blocks.sum(axis=(1, 3)), pixel_mm=frame.pixel_mm * times)


def _minutes(early: Frame, late: Frame | None) -> float | None:
    if late is None or early.began is None or late.began is None:
        return None
    minutes = (late.began - early.began).total_seconds() / 60
    return minutes if 0 < minutes < LONGEST_MIN else None


def _scintigram(frame: Frame) -> Scintigram:
    after = None
    if frame.began and frame.injected:
        minutes = (frame.began - frame.injected).total_seconds() / 60
        after = minutes if 0 <= minutes < LONGEST_MIN else None
    if (frame.counts < 0).any():
        raise UnsupportedStudy("met counts below 0: a subtracted or filtered image, expected original counts")
    return Scintigram(
        counts=frame.counts,
        pixel_mm=frame.pixel_mm,
        view=frame.view,
        duration_s=frame.duration_s,
        after_injection_min=after,
        pinhole=frame.pinhole,
        frame=frame.number,
        header=frame.header,
    )


def _digest(frames: list[Frame]) -> str:
    digest = hashlib.sha256()
    for frame in frames:
        about = (frame.counts.shape, round(frame.pixel_mm, 6), frame.view, frame.duration_s)
        digest.update(repr(about).encode() + np.ascontiguousarray(frame.counts, "<f8").tobytes())
    return digest.hexdigest()
