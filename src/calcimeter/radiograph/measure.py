"""What an outline amounts to: area, axes, contrast, each with an interval, and what speaks against it."""

from __future__ import annotations

import hashlib
from typing import Literal, NamedTuple

import numpy as np

from calcimeter.geometry.closed_path import area_and_center, normals
from calcimeter.geometry.hull import calipers
from calcimeter.geometry.level_line import inside_of
from calcimeter.model.grid import BoolArray, FloatArray
from calcimeter.model.measures import Estimate
from calcimeter.model.radiograph import PlanarAxes, PlanarRegion, Radiograph, RadiographDeposit
from calcimeter.radiograph.outline import Outline
from calcimeter.radiograph.settings import MeasureSettings

Given = Literal["point", "box"]
NORMAL_95 = 1.96
AT_BORDER_PX = 5
"""No outline comes nearer than two pixels to the border of the exposed image: one that was cut off there ends a little
before it."""
LEAST_SURE = 0.6
"""Confidence in an outline that bone may have led astray, or in a box whose border is hardly seen [chosen]."""
TRIANGLE = float(np.sqrt(6))
"""Corners that are joined to one: places of neighbors on an outline go together."""


class Surroundings(NamedTuple):
    """What lies around an outline.

    Parameters
    ----------
    contrast : float
        Mean inside less that of the ring, gray levels.
    contrast_error : float
        Standard error.
    noise : float
        Standard deviation of the ring, slow change taken off.
    spread : float
        Between the 5th and 95th percent of the ring smoothed, slow change taken off: what other things lie there.
    darkest : float
        The darkest tenth inside, smoothed, less the darkest twentieth of the ring: under 0 all around is brighter.
    """

    contrast: float
    contrast_error: float
    noise: float
    spread: float
    darkest: float


def measure(
    study: Radiograph, outline: Outline, confidence: float, given: Given | None, settings: MeasureSettings
) -> RadiographDeposit:
    """One deposit; number and side are told later."""
    area_px, center = area_and_center(outline.line)
    region = region_of(outline.line, study.values.shape)
    around = surroundings(study, outline.line, settings)
    error = _relative_error(outline, area_px, settings)
    codes = _codes(study, region, around, settings)
    if outline.likelihood < settings.sure_outline:
        codes = tuple(sorted({*codes, "OUTLINE_UNSURE"}))
        # A reader's box says that a deposit fills it, whatever its border looks like.
        confidence = min(confidence, LEAST_SURE if given == "box" else outline.likelihood)
    if "DEPOSIT_OVER_BONE" in codes:
        confidence = min(confidence, LEAST_SURE)
        error = float(np.hypot(error, settings.over_bone_error))
    area = _estimate(area_px, error * area_px)
    axes = _axes(outline, error)
    half = NORMAL_95 * around.contrast_error
    return RadiographDeposit(
        id=1,
        tracking_uid=_uid(study, center),
        region=region,
        outline_px=np.concatenate([outline.line, outline.line[:1]]),
        centroid_px=center,
        area_px=area,
        axes=axes,
        area_mm2=study.calibration.area(area),
        long_axis_mm=study.calibration.length(axes.long_px),
        short_axis_mm=study.calibration.length(axes.short_px),
        contrast=Estimate(around.contrast, around.contrast - half, around.contrast + half),
        contrast_to_noise=around.contrast / max(around.noise, 1e-9),
        confidence=confidence,
        reasons=_reasons(outline, around, given),
        given=given,
        caveats=codes,
    )


def surroundings(study: Radiograph, line: FloatArray, settings: MeasureSettings) -> Surroundings:
    """Contrast and noise of an outline against a ring about it; a plane is taken off the ring."""
    from scipy.ndimage import gaussian_filter

    area, _ = area_and_center(line)
    radius = float(np.sqrt(area / np.pi))
    inner, outer = (line + normals(line) * ((share - 1) * radius) for share in settings.ring)
    low = np.clip(np.floor(outer.min(axis=0)).astype(int) - 2, 0, None)
    high = np.minimum(np.ceil(outer.max(axis=0)).astype(int) + 3, study.values.shape[::-1])
    part = (slice(low[1], high[1]), slice(low[0], high[0]))
    shape = (int(high[1] - low[1]), int(high[0] - low[0]))
    inside, near, far = (inside_of([one - low], shape) for one in (line, inner, outer))
    usable = study.exposed[part]
    ring = far & ~near & usable
    values = study.values[part].astype(np.float64)
    plane = _plane(values, ring)
    flat = values - plane
    smooth = gaussian_filter(flat, max(1.0, 0.03 * radius))
    if ring.sum() < 8 or not inside.any():
        return Surroundings(0.0, 0.0, 1.0, 0.0, 0.0)
    fine = flat[ring] - smooth[ring]
    noise = max(_deviation(flat[ring]), float(np.std(fine)))
    low_end, high_end = np.percentile(smooth[ring], (5, 95))
    contrast = float(flat[inside].mean() - np.median(flat[ring]))
    # The ring's smoothed values tell how well its level is known: some ten of them are independent.
    error = float(np.std(smooth[ring]) / np.sqrt(10))
    darkest = float(np.percentile(smooth[inside], 10) - low_end)
    return Surroundings(contrast, error, noise, float(high_end - low_end), darkest)


def region_of(line: FloatArray, shape: tuple[int, int]) -> PlanarRegion:
    """The pixels inside a line of columns and rows, in their box; the nearest pixel where there is none."""
    low = np.clip(np.floor(line.min(axis=0)).astype(int), 0, [shape[1] - 1, shape[0] - 1])
    high = np.clip(np.ceil(line.max(axis=0)).astype(int), low, [shape[1] - 1, shape[0] - 1])
    box = (int(high[1] - low[1] + 1), int(high[0] - low[0] + 1))
    mask: BoolArray = inside_of([line - low], box)
    if not mask.any():
        mask[box[0] // 2, box[1] // 2] = True
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    tight = mask[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    return PlanarRegion((int(low[1] + rows[0]), int(low[0] + columns[0])), np.ascontiguousarray(tight))


def _relative_error(outline: Outline, area_px: float, settings: MeasureSettings) -> float:
    """Standard error of the area, relative: scatter of the edge, its model, other starts, and the rest."""
    edge = outline.edge
    around = float(np.hypot(*np.diff(np.concatenate([outline.line, outline.line[:1]]), axis=0).T).sum())
    scatter = edge.scatter_px * around / area_px / np.sqrt(len(outline.line) / TRIANGLE)
    model = abs(edge.other_area_px - area_px) / area_px / 4
    parts = (scatter, model, outline.disagreement, settings.least_relative_error)
    return float(np.sqrt(sum(part * part for part in parts)))


def _axes(outline: Outline, relative_error: float) -> PlanarAxes:
    """Long and short axis of the line; a length's relative error is half the area's, and its two ends scatter."""
    found = calipers(outline.line)
    ends = outline.edge.scatter_px * np.sqrt(2)
    long, short = (
        _estimate(length, float(np.hypot(ends, relative_error / 2 * length))) for length in (found.long, found.short)
    )
    return PlanarAxes(long, short, found.long_ends, found.short_ends)


def _estimate(value: float, error: float) -> Estimate:
    return Estimate(value, max(value - NORMAL_95 * error, 0.0), value + NORMAL_95 * error)


def _codes(study: Radiograph, region: PlanarRegion, around: Surroundings, settings: MeasureSettings) -> tuple[str, ...]:
    """What speaks against the measures."""
    codes = set()
    (row, column), (height, width) = region.start, region.mask.shape
    first, last = (row - AT_BORDER_PX, column - AT_BORDER_PX), (row + height, column + width)
    grown = tuple(slice(max(a, 0), b + AT_BORDER_PX) for a, b in zip(first, last, strict=True))
    at_border = min(first) < 0 or any(b + AT_BORDER_PX > n for b, n in zip(last, study.values.shape, strict=True))
    if at_border or not study.exposed[grown].all():
        codes.add("DEPOSIT_TOUCHES_EXPOSURE_BORDER")
    if around.spread > settings.over_bone * max(around.contrast, 1e-9):
        codes.add("DEPOSIT_OVER_BONE")
    if around.contrast < settings.low_contrast_to_noise * around.noise:
        codes.add("LOW_CONTRAST_TO_NOISE")
    inside = study.saturated[row : row + height, column : column + width]
    if (inside & region.mask).mean() > 0.02:
        codes.add("DEPOSIT_SATURATED")
    return tuple(sorted(codes))


def _reasons(outline: Outline, around: Surroundings, given: Given | None) -> tuple[str, ...]:
    how = {None: "found by its border, closed and even", "point": "a reader's point lies in it"}
    said = how.get(given, "a reader's box lies around it")
    return (
        said,
        f"its border rises {outline.edge.score:.1f} standard errors over its surroundings",
        f"contrast to noise {around.contrast / max(around.noise, 1e-9):.1f}",
    )


def _uid(study: Radiograph, center: tuple[float, float]) -> str:
    """From the study and the place, as whole tens of pixels: the same for points that lead to the same outline."""
    place = ",".join(str(round(c / 10)) for c in center)
    digest = hashlib.sha256(f"{study.study_uid or study.input_sha256}|{place}".encode()).digest()
    return f"2.25.{int.from_bytes(digest[:16], 'big') >> 1}"


def _plane(values: FloatArray, ring: BoolArray) -> FloatArray:
    """The plane through a ring, bright tenths of it left out: they are bone."""
    rows, columns = np.indices(values.shape)
    table = np.stack([np.ones(values.shape), rows / values.shape[0], columns / values.shape[1]], axis=-1)
    use = ring.copy()
    fitted = np.zeros_like(values)
    for _ in range(3):
        if use.sum() < 8:
            break
        weights, *_ = np.linalg.lstsq(table[use], values[use], rcond=None)
        fitted = table @ weights
        left = values - fitted
        use = ring & (np.abs(left - np.median(left[use])) < 2.5 * _deviation(left[use]) + 1e-9)
    return np.asarray(fitted)


def _deviation(values: FloatArray) -> float:
    """Standard deviation, robust."""
    return 1.4826 * float(np.median(np.abs(values - np.median(values))))
