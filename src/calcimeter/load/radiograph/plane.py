"""How long a pixel of a radiograph is, and in which plane, by its header or by what a reader measured.

[physics] follows from the geometry of a point source; [chosen] is the widest that practice allows.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import hypot
from typing import TYPE_CHECKING

from calcimeter.errors import GeometryError, UsageError
from calcimeter.model.plane import PlaneCalibration

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

SOURCE_DETECTOR_MM = 1000.0
"""Between source and detector where the header does not tell it: the shortest that is usual for a skeleton [chosen]."""
FARTHEST_MM = 350.0
"""A deposit lies at most so far before the detector: a grid's gap of 50 mm and a thick body of 300 mm [chosen]."""
DEPTH_MM = 75.0
"""By so much, with 95 %, a deposit lies before or behind the plane that a header speaks of: a quarter of a thick
body [chosen]. A marker is laid beside the bone, and a deposit lies no farther from it than that either."""
DETECTOR_SHARE = 0.01
"""Error of the spacing of a detector's elements, or of a plate's reader [chosen]."""
CLICK_PX = 2.0
"""A point that a person sets at an edge is off by so much at most [chosen]."""
SAME = 0.01
"""Two spacings that differ by less are one."""
CONTRADICT = 0.05
"""Two magnifications that differ by more contradict each other."""
MAGNIFICATIONS = (1.0, 3.0)
"""Beyond these no magnification of a body is; at the lower end a header's 1 says that nothing was thought of."""
SIZES_MM = (15.0, 2500.0)
"""No radiograph is smaller or larger: a finger, and a whole body."""


@dataclass(frozen=True, slots=True)
class Scale:
    """Two points on a marker, columns and rows, and how far apart they are."""

    first_px: tuple[float, float]
    second_px: tuple[float, float]
    length_mm: float

    def __post_init__(self) -> None:
        if not 0.1 <= self.length_mm <= 2000:
            raise UsageError(f"met a scale of {self.length_mm:g} mm, expected the length between two points")
        if self.length_px < 10:
            raise UsageError("met a scale whose points lie less than 10 pixels apart; choose points farther apart")

    @property
    def length_px(self) -> float:
        """Between both points, pixels."""
        return hypot(self.second_px[0] - self.first_px[0], self.second_px[1] - self.first_px[1])


def plane_of_picture(scale: Scale | None, shape: tuple[int, int]) -> PlaneCalibration:
    """The plane of an image whose file tells nothing of it."""
    if scale is None:
        return PlaneCalibration(source="a picture does not tell how long a pixel is, and no --scale was given")
    return _by_scale(scale, shape, None, SOURCE_DETECTOR_MM)


def plane_of(dataset: Dataset, scale: Scale | None, shape: tuple[int, int]) -> tuple[PlaneCalibration, frozenset[str]]:
    """The plane of a DICOM radiograph, and caveats.

    A marker that a reader measured wins; then a spacing that the header calls calibrated, or that differs from that of
    the detector; then the detector's with a magnification; then the detector's alone.

    Raises
    ------
    GeometryError
        Pixels are not square.
    UsageError
        The reader's scale does not fit the image.
    """
    detector = _spacing(dataset, "ImagerPixelSpacing", shape) or _spacing(dataset, "NominalScannedPixelSpacing", shape)
    _check_square(dataset)
    distance_mm = _positive(dataset, "DistanceSourceToDetector", 300, 6000) or SOURCE_DETECTOR_MM
    header, codes = _by_header(dataset, _spacing(dataset, "PixelSpacing", shape), detector, distance_mm)
    return (header, codes) if scale is None else _beside(_by_scale(scale, shape, detector, distance_mm), header)


def _by_header(
    dataset: Dataset, own: float | None, detector: float | None, distance_mm: float
) -> tuple[PlaneCalibration, frozenset[str]]:
    """What the header tells, by the spacing of its pixels and by that of its detector."""
    told = _magnification(dataset)
    calibrated = _calibrated(dataset, own, detector)
    if calibrated is not None and own is not None:
        return _patient(own, calibrated, detector, told, distance_mm)
    # A spacing of no known plane is at most that of the detector.
    at_detector = detector or own
    contradicts = own is not None and detector is not None and abs(own - detector) > SAME * detector
    if at_detector is None:
        return PlaneCalibration(source="the header does not tell how long a pixel is"), frozenset()
    if told is not None and detector is not None and not contradicts:
        return _magnified(detector, told, distance_mm)
    source = "spacing of the detector, magnification not known" if detector else "spacing of a plane that is not told"
    plane = _at_detector(at_detector, distance_mm, source)
    if not contradicts or own is None:
        return plane, frozenset()
    return _widened(plane, own / at_detector), frozenset({"CALIBRATION_CONTRADICTS"})


def _by_scale(scale: Scale, shape: tuple[int, int], detector: float | None, distance_mm: float) -> PlaneCalibration:
    """By a marker: its plane is taken for the deposit's."""
    for column, row in (scale.first_px, scale.second_px):
        if not (-0.5 <= column <= shape[1] - 0.5 and -0.5 <= row <= shape[0] - 0.5):
            raise UsageError("met a point of --scale that lies outside the image; give columns and rows from 0")
    pixel_mm = scale.length_mm / scale.length_px
    if not SIZES_MM[0] < max(shape) * pixel_mm < SIZES_MM[1]:
        raise UsageError(
            f"met a --scale that makes the image {max(shape) * pixel_mm:.1f} mm long, expected {SIZES_MM[0]:g} to"
            f" {SIZES_MM[1]:g} mm, as radiographs are; check points and length"
        )
    magnification = None if detector is None else detector / pixel_mm
    if magnification is not None and not 1 - CONTRADICT <= magnification <= MAGNIFICATIONS[1]:
        raise UsageError(
            f"met a --scale that makes a pixel {pixel_mm:.3f} mm long, where the detector's are {detector:.3f} mm;"
            " check points and length"
        )
    click = CLICK_PX * 2**0.5 / scale.length_px
    spread = hypot(click, _depth(distance_mm, magnification))
    source = f"a marker of {scale.length_mm:g} mm, measured by a reader on {scale.length_px:.0f} pixels"
    return PlaneCalibration("patient", pixel_mm, (1 - spread, 1 + spread), magnification, source)


def _beside(marker: PlaneCalibration, header: PlaneCalibration) -> tuple[PlaneCalibration, frozenset[str]]:
    """A marker's plane, set beside what the header says.

    A spacing at the detector can't be shorter than one in the patient; one in the patient that is another is inside the
    interval too.
    """
    if marker.pixel_mm is None or marker.factors is None or header.pixel_mm is None or header.factors is None:
        return marker, frozenset()
    ratio, most = header.pixel_mm / marker.pixel_mm, MAGNIFICATIONS[1]
    least = 1 - CONTRADICT if header.plane == "detector" else 1 / most
    if not least <= ratio <= most:
        raise UsageError(
            f"met a --scale that makes a pixel {marker.pixel_mm:.3f} mm long, where the header says"
            f" {header.pixel_mm:.3f} mm ({header.source}); check points and length"
        )
    if header.plane == "detector" or abs(ratio - 1) <= CONTRADICT:
        return marker, frozenset()
    low, high = min(marker.factors[0], ratio * header.factors[0]), max(marker.factors[1], ratio * header.factors[1])
    return replace(marker, factors=(low, high)), frozenset({"CALIBRATION_CONTRADICTS"})


def _calibrated(dataset: Dataset, own: float | None, detector: float | None) -> str | None:
    """What a calibrated spacing rests on; None where it is not calibrated."""
    if own is None:
        return None
    words = {"FIDUCIAL": "an object of known size in the image", "GEOMETRY": "the geometry of the exposure"}
    kind = words.get(str(dataset.get("PixelSpacingCalibrationType", "")).strip().upper())
    if detector is None:
        return kind and f"spacing in the patient, calibrated by {kind}"
    ratio = detector / own
    if not 1 + SAME < ratio < MAGNIFICATIONS[1]:
        return None
    return f"spacing in the patient, calibrated by {kind}" if kind else "spacing that was corrected for magnification"


def _patient(
    own: float, source: str, detector: float | None, told: _Told | None, distance_mm: float
) -> tuple[PlaneCalibration, frozenset[str]]:
    """A calibrated spacing, set beside what else the header says of magnification."""
    magnification = detector / own if detector is not None else None
    spread = _depth(distance_mm, magnification)
    low, high, codes = 1 - spread, 1 + spread, set()
    if told is not None and magnification is not None and abs(told.value / magnification - 1) > CONTRADICT:
        codes.add("CALIBRATION_CONTRADICTS")
        other = magnification / told.value
        low, high = min(low, other * (1 - spread)), max(high, other * (1 + spread))
    return PlaneCalibration("patient", own, (low, high), magnification, source), frozenset(codes)


def _magnified(detector: float, told: _Told, distance_mm: float) -> tuple[PlaneCalibration, frozenset[str]]:
    """The detector's spacing over a magnification that the header tells.

    The plane that the header means is that of the support or the middle of the patient, as makers have it: a deposit
    may lie twice as far toward the source as behind it, and never behind the detector.
    """
    spread = _depth(distance_mm, told.value)
    low, high = 1 - 2 * spread, min(1 + spread, told.value * (1 + DETECTOR_SHARE))
    codes = set()
    if told.other is not None and abs(told.other / told.value - 1) > CONTRADICT:
        codes.add("CALIBRATION_CONTRADICTS")
        ratio = told.value / told.other
        low, high = min(low, ratio * low), max(high, ratio * high)
    return (
        PlaneCalibration("patient", detector / told.value, (low, high), told.value, told.source),
        frozenset(codes),
    )


def _at_detector(pixel_mm: float, distance_mm: float, source: str) -> PlaneCalibration:
    """Lengths at the detector; a deposit is smaller by what a point source makes larger."""
    smallest = (distance_mm - min(FARTHEST_MM, 0.6 * distance_mm)) / distance_mm
    return PlaneCalibration("detector", pixel_mm, (smallest * (1 - DETECTOR_SHARE), 1 + DETECTOR_SHARE), None, source)


def _widened(plane: PlaneCalibration, ratio: float) -> PlaneCalibration:
    """With an interval that also holds another spacing, so many times as long."""
    assert plane.factors is not None
    low, high = plane.factors
    return replace(plane, factors=(min(low, low * ratio), max(high, high * ratio)))


@dataclass(frozen=True, slots=True)
class _Told:
    """A magnification that the header tells, what it rests on, and a second one where there is one."""

    value: float
    source: str
    other: float | None


def _magnification(dataset: Dataset) -> _Told | None:
    """What the header tells of magnification, by its factor and by its distances; None where it tells nothing."""
    factor = _positive(dataset, "EstimatedRadiographicMagnificationFactor", *MAGNIFICATIONS)
    whole = _positive(dataset, "DistanceSourceToDetector", 300, 6000)
    part = _positive(dataset, "DistanceSourceToPatient", 100, 6000)
    by_distance = whole / part if whole and part and MAGNIFICATIONS[0] < whole / part < MAGNIFICATIONS[1] else None
    if factor is not None:
        return _Told(factor, "spacing of the detector over the header's magnification factor", by_distance)
    if by_distance is None:
        return None
    return _Told(by_distance, "spacing of the detector, and the distances of source, patient and detector", None)


def _depth(distance_mm: float, magnification: float | None) -> float:
    """By how much, relative, a length is off where a deposit lies before or behind its plane."""
    return DEPTH_MM / (distance_mm / max(magnification or 1.0, 1.0))


def _spacing(dataset: Dataset, keyword: str, shape: tuple[int, int]) -> float | None:
    """A spacing of square pixels; None where it is missing, zero, or makes the image impossibly small or large.

    Raises
    ------
    GeometryError
        Pixels are not square.
    """
    value = dataset.get(keyword)
    try:
        down, across = (float(part) for part in value)
    except (TypeError, ValueError):
        return None
    if not (0 < down < 100 and 0 < across < 100):
        return None
    if abs(down - across) > SAME * max(down, across):
        raise _not_square()
    pixel_mm = (down + across) / 2
    return pixel_mm if SIZES_MM[0] < max(shape) * pixel_mm < SIZES_MM[1] else None


def _check_square(dataset: Dataset) -> None:
    """Refuse an aspect that the header calls other than 1 to 1."""
    try:
        down, across = (float(part) for part in dataset.get("PixelAspectRatio"))
    except (TypeError, ValueError):
        return
    if down > 0 and across > 0 and abs(down - across) > SAME * max(down, across):
        raise _not_square()


def _not_square() -> GeometryError:
    return GeometryError("met pixels that are not square, expected square ones; export the image again")


def _positive(dataset: Dataset, keyword: str, low: float, high: float) -> float | None:
    """A number of the header between two bounds, these not with it; None where there is none."""
    try:
        value = float(dataset.get(keyword))
    except (TypeError, ValueError):
        return None
    return value if low < value < high else None
