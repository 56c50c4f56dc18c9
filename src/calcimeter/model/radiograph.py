"""A plain radiograph: its image, what its header tells of it, and a deposit measured on it.

Places on an image are (column, row) from 0, the middle of a pixel at whole numbers, as ``--at`` takes them; arrays are
rows, columns.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from calcimeter.errors import GeometryError
from calcimeter.model.caveat import Caveat
from calcimeter.model.grid import BoolArray, FloatArray
from calcimeter.model.lesion import Side
from calcimeter.model.measures import Estimate
from calcimeter.model.plane import PlaneCalibration
from calcimeter.model.study import SeriesSummary
from calcimeter.model.volume import read_only

RadiographView = Literal["anteroposterior", "posteroanterior", "lateral", "oblique", "other"]
RadiographFormat = Literal["dicom", "png", "jpeg"]
Toward = Literal["left", "right"]
Point2 = tuple[float, float]
"""Column and row."""

FRONTAL = ("anteroposterior", "posteroanterior")


@dataclass(frozen=True, slots=True, eq=False)
class Radiograph:
    """One radiograph, ready to be analyzed.

    Parameters
    ----------
    values : ndarray of float32, (rows, columns)
        Larger is more attenuating, whatever the file's photometric interpretation. Stored values after the modality's
        transform, before any window; of a picture its gray levels. Only differences and order mean something.
    exposed : ndarray of bool, (rows, columns)
        Inside the collimator's border and of the image itself; False on borders, paddings and the gaps of stitching.
    marked : ndarray of bool, (rows, columns)
        Burned-in letters, lead markers and their nearest surroundings.
    saturated : ndarray of bool, (rows, columns)
        At the highest or lowest value that the image can hold, where that cuts something off: edges are not to be
        trusted there.
    calibration : PlaneCalibration
    view : str or None
        None where the header does not tell it.
    body_part : str or None
        A site of the vocabulary, or None.
    laterality : {"left", "right"} or None
        The side that the whole image shows, by its tags.
    columns_toward : {"left", "right"} or None
        Where columns go in the patient, by PatientOrientation; None where that is not told.
    described : {"left", "right"} or None
        The one side that descriptions name by a word: it casts doubt, and stands for no side.
    bits : int
        Bits stored of a gray level, 8 to 16.
    source_format : {"dicom", "png", "jpeg"}
    modality : {"CR", "DX"}
        CR for a picture.
    study_uid, series_uid : str or None
        None where the input is not DICOM.
    alternatives : tuple of SeriesSummary
        Other images of the input.
    header : bytes
        The DICOM file without its pixels; it holds the patient module and goes nowhere but into DICOM results. Empty
        for a picture.
    """

    values: npt.NDArray[np.float32]
    exposed: BoolArray
    marked: BoolArray
    saturated: BoolArray
    calibration: PlaneCalibration
    view: RadiographView | None
    body_part: str | None
    laterality: Toward | None
    columns_toward: Toward | None
    bits: int
    source_format: RadiographFormat
    modality: Literal["CR", "DX"]
    study_uid: str | None
    series_uid: str | None
    input_sha256: str
    alternatives: tuple[SeriesSummary, ...] = ()
    header: bytes = b""
    caveats: tuple[Caveat, ...] = ()
    described: Toward | None = None

    def __post_init__(self) -> None:
        if self.values.ndim != 2 or not np.isfinite(self.values).all():
            raise GeometryError("met an image of other values than finite gray levels of one picture")
        for name in ("exposed", "marked", "saturated"):
            if getattr(self, name).shape != self.values.shape:
                raise ValueError(f"the mask {name} does not fit the image")
            object.__setattr__(self, name, read_only(getattr(self, name)))
        object.__setattr__(self, "values", read_only(self.values))

    @property
    def usable(self) -> BoolArray:
        """Where a deposit may be looked for: exposed, and no letters."""
        usable: BoolArray = self.exposed & ~self.marked
        return usable


@dataclass(frozen=True, slots=True)
class Marks:
    """Where a reader says that deposits are; nothing: they are searched.

    Parameters
    ----------
    points : tuple of (column, row)
        Each inside one deposit.
    boxes : tuple of (column, row, column, row)
        Each around one deposit, two opposite corners.
    """

    points: tuple[Point2, ...] = ()
    boxes: tuple[tuple[float, float, float, float], ...] = ()

    def __bool__(self) -> bool:
        return bool(self.points or self.boxes)


@dataclass(frozen=True, slots=True, eq=False)
class PlanarRegion:
    """A set of pixels, kept as a mask inside its bounding box.

    Parameters
    ----------
    start : (int, int)
        Row and column of the box's first pixel.
    mask : ndarray of bool, (rows, columns) of the box
    """

    start: tuple[int, int]
    mask: BoolArray

    def __post_init__(self) -> None:
        if self.mask.ndim != 2 or not self.mask.any():
            raise ValueError(f"a region needs a 2-D mask with at least one pixel, met shape {self.mask.shape}")
        object.__setattr__(self, "mask", read_only(self.mask))

    def whole(self, shape: tuple[int, int]) -> BoolArray:
        """The mask on the whole image."""
        (row, column), (height, width) = self.start, self.mask.shape
        whole = np.zeros(shape, dtype=np.bool_)
        whole[row : row + height, column : column + width] = self.mask
        return whole


@dataclass(frozen=True, slots=True, eq=False)
class PlanarAxes:
    """Long and short axis on an image: the longest distance, and the caliper width perpendicular to it.

    Parameters
    ----------
    long_px, short_px : Estimate
        Intervals of the outline alone.
    long_ends_px, short_ends_px : ndarray, (2, 2)
        Columns and rows.
    """

    long_px: Estimate
    short_px: Estimate
    long_ends_px: FloatArray
    short_ends_px: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class RadiographDeposit:
    """One deposit, measured.

    Parameters
    ----------
    id : int
        From 1, by area.
    tracking_uid : str
        From the study and the place.
    region : PlanarRegion
        Filled outline.
    outline_px : ndarray, (n, 2)
        Closed, columns and rows; fractions of a pixel.
    centroid_px : (column, row)
    area_px : Estimate
        In pixels; interval of the outline alone.
    axes : PlanarAxes
    area_mm2, long_axis_mm, short_axis_mm : Estimate or None
        In the calibration's plane, the calibration's error in the interval; None without one.
    contrast : Estimate
        Mean of the deposit less that of its surroundings, gray levels of ``Radiograph.values``.
    contrast_to_noise : float
        Over the standard deviation of the surroundings.
    confidence : float
        0 to 1: that it is a deposit and no bone.
    reasons : tuple of str
        The deciding facts, in words.
    given : {"point", "box"} or None
        How a reader pointed to it; None: found.
    caveats : tuple of str
        Codes.
    side : {"left", "right", "midline"} or None
    """

    id: int
    tracking_uid: str
    region: PlanarRegion
    outline_px: FloatArray
    centroid_px: Point2
    area_px: Estimate
    axes: PlanarAxes
    area_mm2: Estimate | None
    long_axis_mm: Estimate | None
    short_axis_mm: Estimate | None
    contrast: Estimate
    contrast_to_noise: float
    confidence: float
    reasons: tuple[str, ...]
    given: Literal["point", "box"] | None = None
    caveats: tuple[str, ...] = ()
    side: Side | None = None


@dataclass(frozen=True, slots=True)
class Suspect:
    """What may be a deposit and can't be told from bone, or not be outlined: a point by a reader is asked for.

    Parameters
    ----------
    centroid_px : (column, row)
    box_px : (column, row, column, row)
        First and last pixel.
    unlike_bone : float
        0 to 1, by which suspects are ranked.
    because : str
        Why it is no deposit of the list.
    """

    centroid_px: Point2
    box_px: tuple[int, int, int, int]
    unlike_bone: float
    because: str
