"""Parathyroid scintigraphy: two planar images of counts, and what is found in them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from calcimeter.errors import GeometryError
from calcimeter.model.analysis import Provenance
from calcimeter.model.caveat import Caveat
from calcimeter.model.finding import Finding
from calcimeter.model.grid import FloatArray
from calcimeter.model.study import SourceFormat

View = Literal["anterior", "posterior", "other"]
Verdict = Literal["focus", "no_focus", "indeterminate"]
LobeSide = Literal["right", "left"]
Pole = Literal["upper", "middle", "lower", "ectopic"]

UNDECIDABLE = {
    "COUNTS_LOW": "there are too few counts to tell",
    "NO_DELAYED_IMAGE": "there is no delayed image of the neck",
    "PHASES_MOVED": "the patient moved between the images or within one",
    "PHASES_UNSURE": "which image is the early one is not told, and the thyroid counts more in the delayed one",
    "THYROID_NOT_FOUND": "no thyroid lobe was found to compare with",
    "VIEW_NOT_USABLE": "the view is neither anterior nor posterior",
    "VIEWS_DIFFER": "the two images show the neck from two sides",
}
"""Caveats under which nothing can be said of a focus, and why."""


@dataclass(frozen=True, slots=True, eq=False)
class Scintigram:
    """One planar image.

    Parameters
    ----------
    counts : ndarray of float64, (rows, columns)
        As the file has it. Rows go toward the feet.
    pixel_mm : float
        Side of a pixel in the plane of the detector; nominal for a pinhole collimator.
    view : {"anterior", "posterior", "other"} or None
        None where the header does not tell it. Anterior: columns go toward the patient's left; posterior: toward the
        right.
    duration_s : float or None
        Counting time.
    after_injection_min : float or None
        From injection to the beginning of the image.
    pinhole : bool
    frame : int
        Number of the frame in its file, from 1.
    header : bytes
        The DICOM file without its pixels; it holds the patient module and goes nowhere but into DICOM results.
    """

    counts: FloatArray
    pixel_mm: float
    view: View | None
    duration_s: float | None
    after_injection_min: float | None
    pinhole: bool
    frame: int
    header: bytes

    def __post_init__(self) -> None:
        if self.counts.ndim != 2 or not np.isfinite(self.counts).all() or (self.counts < 0).any():
            raise GeometryError("met an image of other values than counts, expected whole numbers of 0 or more")
        if not 0 < self.pixel_mm < np.inf:
            raise GeometryError("met an image without the size of its pixels; export it with it")
        self.counts.setflags(write=False)

    @property
    def upright(self) -> FloatArray:
        """Counts as an anterior view shows them: the patient's right at the left; a view not known as it is."""
        return self.counts[:, ::-1] if self.view == "posterior" else self.counts


@dataclass(frozen=True, slots=True, eq=False)
class ScintigraphyStudy:
    """An early and a delayed image of one tracer.

    Parameters
    ----------
    delayed : Scintigram or None
        None where there is none.
    interval_min : float or None
        Between the beginnings of both images.
    tracer : str or None
        "sestamibi", or None where the header does not name it.
    study_uid, series_uid : str or None
        Of the early image.
    """

    early: Scintigram
    delayed: Scintigram | None
    interval_min: float | None
    tracer: str | None
    source_format: SourceFormat
    study_uid: str | None
    series_uid: str | None
    input_sha256: str
    caveats: tuple[Caveat, ...]

    @property
    def view(self) -> View | None:
        """The side from which the neck is seen."""
        return self.early.view


@dataclass(frozen=True, slots=True)
class Alignment:
    """How the delayed image lies on the early one.

    Parameters
    ----------
    shift_px : (float, float)
        Rows and columns by which the early image is moved to lie on the delayed one.
    residual_px : float
        By how much parts of the neck still lie beside each other; a part that moved by itself, or blur.
    """

    shift_px: tuple[float, float]
    residual_px: float


@dataclass(frozen=True, slots=True, eq=False)
class Lobe:
    """One lobe of the thyroid, in an upright image.

    Parameters
    ----------
    mask : ndarray of bool, (rows, columns)
    center_px : (float, float)
        Row and column.
    axis : (float, float)
        Unit vector in rows and columns along the lobe, toward its lower pole.
    half_length_px : float
        From the center to a pole.
    """

    mask: npt.NDArray[np.bool_]
    center_px: tuple[float, float]
    axis: tuple[float, float]
    half_length_px: float


@dataclass(frozen=True, slots=True)
class LobeMeasures:
    """What a lobe did between the images; ``None``: not known.

    Parameters
    ----------
    area_mm2, length_mm : float or None
        None under a pinhole collimator.
    counts_early, counts_delayed : float
        Background-corrected, in the whole lobe.
    washout : float or None
        Share of the tracer that left the lobe between the images, corrected for decay and counting time, foci left out.
    """

    area_mm2: float | None
    length_mm: float | None
    counts_early: float
    counts_delayed: float
    washout: float | None


@dataclass(frozen=True, slots=True, eq=False)
class Focus:
    """One focus of retained tracer.

    Parameters
    ----------
    side : {"right", "left", "midline"} or None
        None where the view is not known.
    pole : {"upper", "middle", "lower", "ectopic"}
        By the long axis of the nearest lobe; ectopic: beside no lobe.
    ratio_early, ratio_delayed : float or None
        Background-corrected counts per pixel, focus over the rest of its lobe (of both lobes where ectopic).
    retention : float or None
        Delayed over early ratio.
    z_score : float
        Significance from counting statistics, corrected for the area searched: the deviation of a standard normal
        variable that has the same chance.
    position_mm : (float, float) or None
        Toward the patient's left and toward the head, from the middle of the image; None where the view is not known
        or the scale is not (pinhole).
    position_px : (float, float)
        Column and row in the delayed image as the file has it, from 0.
    size_mm : float or None
        Diameter of what fits best, resolution taken off; None under a pinhole collimator.
    outline_px : ndarray, (n, 2)
        Closed outline, columns and rows as ``position_px``.
    in_lobe : bool
        Whether it lies over a lobe, where a thyroid nodule can look the same.
    """

    side: Literal["right", "left", "midline"] | None
    pole: Pole
    ratio_early: float | None
    ratio_delayed: float | None
    retention: float | None
    z_score: float
    position_mm: tuple[float, float] | None
    position_px: tuple[float, float]
    size_mm: float | None
    outline_px: FloatArray
    in_lobe: bool


@dataclass(frozen=True, slots=True, eq=False)
class ScintigraphyAnalysis:
    """Everything known of one scintigraphy.

    Parameters
    ----------
    alignment : Alignment or None
        None without a delayed image that could be laid on the early one.
    lobes : mapping-like tuple of (side, Lobe)
        By side as an anterior view shows them: of a view not known "right" is the left of the image.
    thyroid : tuple of (side, LobeMeasures)
        Lobes that were found; empty where the view is not known.
    examined_mm2 : float or None
        Area searched; None under a pinhole collimator and where nothing was searched.
    ratio : ndarray or None
        The delayed image over what even washout would leave of it, upright; 1 where nothing is retained.
    """

    study: ScintigraphyStudy
    alignment: Alignment | None
    lobes: tuple[tuple[LobeSide, Lobe], ...]
    thyroid: tuple[tuple[LobeSide, LobeMeasures], ...]
    foci: tuple[Focus, ...]
    verdict: Verdict
    examined_mm2: float | None
    caveats: tuple[Caveat, ...]
    provenance: Provenance
    ratio: FloatArray | None = None

    def findings(self) -> tuple[Finding, ...]:
        """The statement on a focus; false only where both images could have shown it."""
        return (scintigraphy_finding(self.verdict, self.foci, frozenset(c.code for c in self.caveats)),)


def scintigraphy_finding(verdict: Verdict, foci: tuple[Focus, ...], codes: frozenset[str]) -> Finding:
    """Whether a focus of retained tracer is there, is not, or could not have been seen."""
    name = "parathyroid_focus"
    if verdict == "focus":
        places = [" ".join(word for word in (focus.side, focus.pole) if word) for focus in foci]
        return Finding(name, present=True, because=f"retained tracer: {', '.join(places)}")
    if verdict == "no_focus":
        because = "no retained tracer over neck and what is seen of the mediastinum"
        return Finding(name, present=False, because=because)
    reasons = [UNDECIDABLE[code] for code in sorted(codes & set(UNDECIDABLE))]
    return Finding(name, present=None, because="; ".join(reasons) or "it could not be told")
