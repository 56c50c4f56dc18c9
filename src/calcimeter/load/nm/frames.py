"""One NM file -> its planar images, each with its view, time, energy window and counts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from calcimeter.errors import CalcimeterError, GeometryError, UnreadableInput, UnsupportedStudy
from calcimeter.knowledge.nm_images import photon_kev, tells_planar, tracer_of
from calcimeter.load.dicom.quiet import quiet_pydicom
from calcimeter.load.nm.counts import check_counts
from calcimeter.load.nm.kind import check_kind, image_type
from calcimeter.load.nm.times import day_of, injected, nth, timing
from calcimeter.load.nm.view import view_of
from calcimeter.model.grid import FloatArray
from calcimeter.model.scintigram import View

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

NM_IMAGE = "1.2.840.10008.5.1.4.1.1.20"
UNEVEN = 0.01
"""By so much the sides of a pixel may differ."""
LARGEST_PIXEL_MM = 20.0
"""No gamma camera has larger ones: a large field of view in 32 columns."""
SEVERAL = {
    "DetectorVector": ("NumberOfDetectors", "DetectorInformationSequence"),
    "PhaseVector": ("NumberOfPhases", "PhaseInformationSequence"),
    "EnergyWindowVector": ("NumberOfEnergyWindows", "EnergyWindowInformationSequence"),
}
"""Where the header tells how many a vector chooses among."""
ALWAYS = ("DetectorVector", "EnergyWindowVector")
"""Every NM file tells how many of these there are; without that number and the vector two frames may be of two of them
(DICOM PS3.3 C.8.4.8: both numbers are of type 1, that of phases is not)."""


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One planar image as its file tells it.

    Parameters
    ----------
    began : datetime or None
        Beginning of counting; it never leaves ``load``.
    injected : datetime or None
    day : date or None
        Of counting; told more often than the time.
    phase : int
        Of the file, from 1.
    """

    counts: FloatArray
    pixel_mm: float
    view: View | None
    began: dt.datetime | None
    injected: dt.datetime | None
    day: dt.date | None
    duration_s: float | None
    pinhole: bool
    tracer: str | None
    number: int
    phase: int
    study_uid: str
    series_uid: str
    header: bytes
    kind_told: bool = True
    """Whether Image Type says that the image is planar; else nothing in the header speaks against it."""


def read_nm(path: Path) -> list[Frame]:
    """The planar images of one NM file, frame by frame; several frames of one view and phase are added up.

    Raises
    ------
    UnreadableInput
        The file is damaged.
    UnsupportedStudy
        It is no planar scintigram of one known tracer; the message names what it is.
    GeometryError
        Its pixels have no size.
    """
    import pydicom

    try:
        with path.open("rb") as stream, quiet_pydicom():
            dataset = pydicom.dcmread(stream, force=True)
            check_kind(dataset)
            pixels = np.atleast_3d(np.asarray(dataset.pixel_array))
            if dataset.pixel_array.ndim == 2:
                pixels = np.asarray(dataset.pixel_array)[None]
            return list(_frames(dataset, pixels))
    except CalcimeterError:
        raise
    except Exception as error:  # pydicom has no common base for what damaged files raise
        raise UnreadableInput("met a damaged NM file; copy it again", files=(str(path),)) from error


def _frames(dataset: Dataset, pixels: np.ndarray[Any, Any]) -> Iterator[Frame]:
    """One image a view and phase of the technetium window."""
    count = len(pixels)
    check_counts(dataset, pixels)
    detectors = _vector(dataset, "DetectorVector", count)
    phases = _vector(dataset, "PhaseVector", count)
    window = _technetium_window(dataset)
    windows = _vector(dataset, "EnergyWindowVector", count)
    tracer = _tracer(dataset)
    groups: dict[tuple[int, int], list[int]] = {}
    for k in range(count):
        if windows[k] == window:
            groups.setdefault((phases[k], detectors[k]), []).append(k)
    header = _header(dataset)
    kind_told = tells_planar(image_type(dataset))
    for (phase, number), members in sorted(groups.items()):
        detector = nth(dataset, "DetectorInformationSequence", number)
        counts = pixels[members].astype(np.float64).sum(axis=0)
        began, duration = timing(dataset, phase, len(members))
        yield Frame(
            counts=counts,
            pixel_mm=_pixel_mm(dataset),
            view=view_of(dataset, detector),
            began=began,
            injected=injected(dataset, began),
            day=day_of(dataset, began),
            duration_s=duration,
            pinhole=str((detector or dataset).get("CollimatorType", "")).upper() in ("PINH", "PINHOLE"),
            tracer=tracer,
            number=members[0] + 1,
            phase=phase,
            study_uid=str(dataset.get("StudyInstanceUID", "")),
            series_uid=str(dataset.get("SeriesInstanceUID", "")),
            header=header,
            kind_told=kind_told,
        )


def _vector(dataset: Dataset, keyword: str, count: int) -> list[int]:
    """What a vector says of every frame; all 1 where it is not there, and there is but one to choose.

    Raises
    ------
    UnsupportedStudy
        Several frames, and nothing tells which is which: the vector is not there, and there are several to choose
        among, or it is not told that there is one alone. A vector does not fit the frames.
    """
    value = dataset.get(keyword)
    if value is None or value == "":
        number, sequence = SEVERAL[keyword]
        told = int(dataset.get(number) or 0)
        many = max(told, len(dataset.get(sequence) or []))
        if count > 1 and (many > 1 or (keyword in ALWAYS and not told)):
            among = f" of {many} items" if many > 1 else f" and no {number}"
            raise UnsupportedStudy(
                f"met {count} frames{among} without a {keyword}: which frame is which can't be told; export"
                " the images again"
            )
        return [1] * count
    numbers = [int(value)] if isinstance(value, int) else [int(n) for n in value]
    if len(numbers) != count:
        raise UnsupportedStudy(
            f"met a vector of {len(numbers)} values for {count} frames: which frame is which can't be told; export"
            " the images again"
        )
    return numbers


def _technetium_window(dataset: Dataset) -> int:
    """The number of the energy window that holds technetium's photons.

    Raises
    ------
    UnsupportedStudy
        There is none, or another window counts a second tracer.
    """
    spans = [_span(item) for item in dataset.get("EnergyWindowInformationSequence") or []]
    if not spans or all(span is None for span in spans):
        if len(set(_vector(dataset, "EnergyWindowVector", int(dataset.get("NumberOfFrames", 1) or 1)))) > 1:
            raise UnsupportedStudy(
                "met several energy windows without their limits, expected one window at 140 keV; export the images"
                " with them"
            )
        return 1
    technetium = photon_kev("technetium")
    # A window at iodine's or thallium's photons that leaves technetium's out counts a second tracer; one that lies just
    # below 140 keV counts scatter.
    for name, kev in (("iodine-123", photon_kev("iodine_123")), ("thallium-201", photon_kev("thallium_201"))):
        if any(span and span[0] <= kev <= span[1] and not span[0] <= technetium <= span[1] for span in spans):
            raise UnsupportedStudy(
                f"met an energy window of {name}: a subtraction protocol with a second tracer, expected early and"
                " delayed images of sestamibi alone"
            )
    holding = [k for k, span in enumerate(spans, 1) if span and span[0] <= technetium <= span[1]]
    if not holding:
        raise UnsupportedStudy("met no energy window at 140 keV, expected technetium-99m sestamibi")
    return holding[0]


def _span(window: Dataset) -> tuple[float, float] | None:
    """Lower and upper limit of an energy window, keV."""
    ranges = window.get("EnergyWindowRangeSequence") or []
    try:
        low = min(float(item.EnergyWindowLowerLimit) for item in ranges)
        return low, max(float(item.EnergyWindowUpperLimit) for item in ranges)
    except (AttributeError, TypeError, ValueError):
        return None


def _tracer(dataset: Dataset) -> str | None:
    """The tracer; None where none is named.

    Raises
    ------
    UnsupportedStudy
        It is another, or there are two.
    """
    said = []
    for item in dataset.get("RadiopharmaceuticalInformationSequence") or []:
        said.append(str(item.get("Radiopharmaceutical", "")))
        for keyword in ("RadiopharmaceuticalCodeSequence", "RadionuclideCodeSequence"):
            said += [f"{code.get('CodeValue', '')} {code.get('CodeMeaning', '')}" for code in item.get(keyword) or []]
    found = tracer_of(" | ".join(said))
    if found and not found[1]:
        raise UnsupportedStudy(f"met {found[0]}, expected technetium-99m sestamibi, early and delayed")
    return found[0] if found else None


def _pixel_mm(dataset: Dataset) -> float:
    """Side of a square pixel."""
    try:
        rows, columns = (float(value) for value in dataset.PixelSpacing)
    except (AttributeError, TypeError, ValueError) as error:
        raise GeometryError("met an image without the size of its pixels; export it with it") from error
    if not 0 < rows <= LARGEST_PIXEL_MM:
        raise GeometryError(
            f"met pixels of {rows:g} mm, expected those of a gamma camera, {LARGEST_PIXEL_MM:g} mm at most; export the"
            " image with the size of its pixels"
        )
    if abs(rows - columns) > UNEVEN * rows:
        raise GeometryError("met pixels that are not square, expected a planar scintigram of square pixels")
    return (rows + columns) / 2


def _header(dataset: Dataset) -> bytes:
    """The file without its pixels."""
    import copy

    bare = copy.copy(dataset)
    for keyword in ("PixelData", "DataSetTrailingPadding"):
        if keyword in bare:
            delattr(bare, keyword)
    stream = BytesIO()
    bare.save_as(stream, enforce_file_format=False)
    return stream.getvalue()
