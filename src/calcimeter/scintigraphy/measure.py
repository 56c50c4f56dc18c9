"""What is told of every focus and every lobe: side, pole, ratios, washout."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np
import numpy.typing as npt

from calcimeter.geometry.planar import disk
from calcimeter.model.grid import FloatArray
from calcimeter.model.scintigram import Focus, Lobe, LobeMeasures, LobeSide, Pole, ScintigraphyStudy
from calcimeter.scintigraphy.focus import Spot
from calcimeter.scintigraphy.settings import FocusSettings
from calcimeter.scintigraphy.washout import Lobes, Washout

Mask = npt.NDArray[np.bool_]

HALF_LIFE_MIN = 360.4
"""Of technetium-99m, 6.007 h (Decay Data Evaluation Project)."""
CORE = 0.5
"""Radius of what is called the focus, in widths of it: half maximum."""
APART = 1.0
"""Radius of what does not belong to the rest of the lobe, in widths of the focus."""
AROUND = (1.3, 2.2)
"""From where to where the background of a focus beside no lobe is told, in widths of it."""
CORNERS = 48
"""Of an outline."""
THIRD = 1 / 3
"""A lobe's upper, middle and lower third."""


def measure_foci(
    spots: tuple[Spot, ...], washout: Washout, lobes: Lobes, study: ScintigraphyStudy, settings: FocusSettings
) -> tuple[Focus, ...]:
    """The foci among the spots: those that are there early, and whose uptake rises over their lobe's."""
    pixel_mm = study.early.pixel_mm
    spared = np.zeros(washout.early.shape, np.bool_)
    for spot in spots:
        spared |= disk(spared.shape, spot.place, APART * spot.width_px)
    reaches = (settings.ectopic_mm / pixel_mm, settings.midline_mm / pixel_mm)
    foci = []
    for spot in spots:
        focus = _focus(spot, washout, lobes, study, (spared, *reaches))
        if _is_retained(focus, settings.least_retention) and not _came_later(spot, focus, washout, study, settings):
            foci.append(focus)
    return tuple(sorted(foci, key=lambda focus: -focus.z_score))


def _is_retained(focus: Focus, least: float) -> bool:
    """Whether uptake rises over the lobe's; where the rest of the lobe can't tell it, the spot stays a focus.

    What was not there early was not retained: chance, or a salivary gland that moved with the head.
    """
    if focus.retention is not None:
        return focus.retention >= least
    return focus.ratio_early is not None or focus.ratio_delayed is None


def _came_later(spot: Spot, focus: Focus, washout: Washout, study: ScintigraphyStudy, settings: FocusSettings) -> bool:
    """Whether there is more tracer late than what was there early can be, by more than counting makes.

    Decay and counting time taken off, a gland at best holds what it has: what gains is the edge of something else that
    moved, or a background that is not what it was taken for. Where the times are not told this can't be either.
    """
    factor = _decay_and_time(study)
    if factor is None:
        return False
    core = disk(washout.early.shape, spot.place, CORE * spot.width_px)
    before, after = (_net(spot, core, images, ectopic=not focus.in_lobe) for images in _both(washout))
    error = math.sqrt(factor**2 * washout.delayed[core].sum() + settings.most_rise**2 * washout.early[core].sum())
    return factor * after - settings.most_rise * before > settings.clearly * error


def _both(washout: Washout) -> tuple[tuple[FloatArray, FloatArray], tuple[FloatArray, FloatArray]]:
    """Early and delayed image, each with what lies before and behind the lobes."""
    return (washout.early, washout.background_early), (washout.delayed, washout.background_delayed)


def _net(spot: Spot, core: Mask, images: tuple[FloatArray, FloatArray], *, ectopic: bool) -> float:
    """Counts of the focus over its background; beside no lobe what lies around it is its own."""
    image, ground = images
    if not ectopic:
        return float((image - ground)[core].sum())
    around = _around(spot, image.shape)
    return float((image[core] - (image[around].mean() if around.any() else 0.0)).sum())


def measure_lobes(
    washout: Washout, lobes: Lobes, study: ScintigraphyStudy, *, washout_told: bool = True
) -> tuple[tuple[LobeSide, LobeMeasures], ...]:
    """Size, counts and washout of the lobes; nothing where the view is not known, for then no lobe has a side.

    Parameters
    ----------
    washout_told : bool
        False where a caveat of the images leaves no washout to be told: it is None then, as it is without the times.
    """
    assert study.delayed is not None
    if study.view is None:
        return ()
    factor = _decay_and_time(study) if washout_told else None
    pinhole = study.early.pinhole or study.delayed.pinhole
    measured = []
    for k, (side, lobe) in enumerate(lobes):
        net = [float((image - ground)[lobe.mask].sum()) for image, ground in _both(washout)]
        pixel_mm = study.early.pixel_mm
        measures = LobeMeasures(
            area_mm2=None if pinhole else float(lobe.mask.sum()) * pixel_mm**2,
            length_mm=None if pinhole else 2 * lobe.half_length_px * pixel_mm,
            counts_early=net[0],
            counts_delayed=net[1],
            washout=None if factor is None else 1 - washout.by_lobe[k] * factor,
        )
        measured.append((side, measures))
    return tuple(measured)


def least_visible_score(washout: Washout, lobes: Lobes, pixel_mm: float, width_mm: float, share: float) -> float:
    """The local score that a small gland would have on the faintest of the lobes.

    Parameters
    ----------
    share : float
        Counts a pixel at its middle that it adds in the delayed image beyond even washout, of the lobe's early ones.
    """
    sigma_px = width_mm / 2.3548 / pixel_mm
    scores = []
    variance = washout.variance
    for _, lobe in lobes:
        early = float(washout.early[lobe.mask].mean())
        noise = float(variance[lobe.mask].mean())
        # A Gaussian of this height has so much signal to noise under its own matched filter.
        scores.append(share * early * math.sqrt(math.pi * sigma_px**2 / noise))
    return min(scores)


def _focus(
    spot: Spot, washout: Washout, lobes: Lobes, study: ScintigraphyStudy, spared: tuple[Mask, float, float]
) -> Focus:
    assert study.delayed is not None
    side, lobe, distance = _nearest(spot, lobes)
    ectopic = distance > spared[1]
    # Beside no lobe there is no lobe of its own: both together are what it is compared with.
    thyroid = np.any([one.mask for _, one in lobes], axis=0) if ectopic else lobe.mask
    core = disk(thyroid.shape, spot.place, CORE * spot.width_px)
    rest = thyroid & ~spared[0]
    ratios = [_ratio(image - ground, core, rest, around=(ectopic, spot)) for image, ground in _both(washout)]
    known = ratios[0] is not None and ratios[1] is not None and ratios[0] > 0
    pinhole = study.early.pinhole or study.delayed.pinhole
    return Focus(
        side=None if study.view is None else _side_of(spot, lobes, spared[2]) if ectopic else side,
        pole="ectopic" if ectopic else _pole(spot, lobe),
        ratio_early=ratios[0],
        ratio_delayed=ratios[1],
        retention=ratios[1] / ratios[0] if known else None,  # type: ignore[operator]
        z_score=spot.z,
        position_mm=None if study.view is None or pinhole else _position_mm(spot, study),
        position_px=_in_file(np.array([spot.place]), study)[0],
        size_mm=None if pinhole else spot.width_px * study.early.pixel_mm,
        outline_px=np.array(_in_file(_circle(spot), study)),
        in_lobe=not ectopic,
    )


def _nearest(spot: Spot, lobes: Lobes) -> tuple[LobeSide, Lobe, float]:
    """The lobe that a place lies nearest to, and how far from it, in pixels."""
    best = []
    for side, lobe in lobes:
        rows, columns = np.nonzero(lobe.mask)
        best.append((float(np.hypot(rows - spot.place[0], columns - spot.place[1]).min()), side, lobe))
    distance, side, lobe = min(best, key=lambda one: one[0])
    return side, lobe, distance


def _ratio(net: FloatArray, core: Mask, rest: Mask, *, around: tuple[bool, Spot]) -> float | None:
    """Counts a pixel, focus over the rest; None where the rest has none."""
    ectopic, spot = around
    if ectopic:  # the background of the neck does not reach there: what lies around the focus is its own
        wide = _around(spot, net.shape)
        focus = float(net[core].mean()) - (float(net[wide].mean()) if wide.any() else 0.0)
    else:
        focus = float(net[core].mean())
    lobe = float(net[rest].mean()) if rest.sum() else 0.0
    return focus / lobe if lobe > 0 and focus > 0 else None


def _around(spot: Spot, shape: tuple[int, ...]) -> Mask:
    inner, outer = (disk(shape, spot.place, reach * spot.width_px) for reach in AROUND)
    return np.asarray(outer & ~inner)


def _pole(spot: Spot, lobe: Lobe) -> Pole:
    """By thirds of the lobe's own long axis."""
    along = sum((p - c) * a for p, c, a in zip(spot.place, lobe.center_px, lobe.axis, strict=True))
    share = along / lobe.half_length_px
    return "middle" if abs(share) <= THIRD else "lower" if share > 0 else "upper"


def _side_of(spot: Spot, lobes: Lobes, midline_px: float) -> Literal["right", "left", "midline"] | None:
    """The side of the middle between the lobes; None with one lobe, which tells no middle.

    A thyroid does not lie in the middle of its body to the millimeter: what is near it is called midline, not a side.
    """
    if len(lobes) < 2:
        return None
    beyond = spot.place[1] - sum(lobe.center_px[1] for _, lobe in lobes) / 2
    if abs(beyond) < midline_px:
        return "midline"
    return "right" if beyond < 0 else "left"


def _position_mm(spot: Spot, study: ScintigraphyStudy) -> tuple[float, float]:
    """Toward left and head, from the middle of the upright image."""
    rows, columns = study.early.counts.shape
    pixel_mm = study.early.pixel_mm
    return (spot.place[1] - (columns - 1) / 2) * pixel_mm, ((rows - 1) / 2 - spot.place[0]) * pixel_mm


def _in_file(places: FloatArray, study: ScintigraphyStudy) -> list[tuple[float, float]]:
    """Columns and rows in the image as the file has it, of rows and columns in the upright one."""
    last = study.early.counts.shape[1] - 1
    turned = study.view == "posterior"
    return [(float(last - column if turned else column), float(row)) for row, column in places]


def _circle(spot: Spot) -> FloatArray:
    """A closed outline at half maximum."""
    angles = np.linspace(0, 2 * np.pi, CORNERS + 1)
    radius = spot.width_px / 2
    return np.stack([spot.place[0] + radius * np.sin(angles), spot.place[1] + radius * np.cos(angles)], axis=1)


def _decay_and_time(study: ScintigraphyStudy) -> float | None:
    """What turns a share of counts into a share of tracer; None without the times."""
    assert study.delayed is not None
    if study.interval_min is None or not study.early.duration_s or not study.delayed.duration_s:
        return None
    return study.early.duration_s / study.delayed.duration_s * 2 ** (study.interval_min / HALF_LIFE_MIN)
