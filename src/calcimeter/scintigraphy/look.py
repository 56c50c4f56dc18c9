"""All steps of a scintigraphy in order: align -> lobes -> search -> measure -> verdict."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from calcimeter.geometry.planar import disk, shifted
from calcimeter.model.grid import FloatArray
from calcimeter.model.scintigram import (
    UNDECIDABLE,
    Alignment,
    Focus,
    LobeMeasures,
    LobeSide,
    ScintigraphyStudy,
)
from calcimeter.scintigraphy.align import align, likeness, moved_apart, refine, still_apart
from calcimeter.scintigraphy.focus import Spot, find_spots, ratio_map
from calcimeter.scintigraphy.lobes import find_lobes, hot_elsewhere
from calcimeter.scintigraphy.measure import least_visible_score, measure_foci, measure_lobes
from calcimeter.scintigraphy.moved import moved_mm
from calcimeter.scintigraphy.settings import ScintigraphySettings
from calcimeter.scintigraphy.washout import Lobes, Washout

Mask = npt.NDArray[np.bool_]

NO_WASHOUT = {"COUNTS_LOW", "PHASES_MOVED"}
"""Caveats under which a lobe's washout is not told: counts too few for it read 4 to 8 points too low on phantoms, and
of two images that do not lie on each other it is that of another place."""


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """What the images hold; ``codes``: why not all of it, or nothing, is told."""

    alignment: Alignment | None = None
    lobes: Lobes = ()
    thyroid: tuple[tuple[LobeSide, LobeMeasures], ...] = ()
    foci: tuple[Focus, ...] = ()
    examined_mm2: float | None = None
    ratio: FloatArray | None = None
    codes: frozenset[str] = frozenset()


def look(study: ScintigraphyStudy, settings: ScintigraphySettings) -> Found:
    """Find lobes and foci.

    Returns
    -------
    Found
        Lobes and foci on the grid of the delayed image, upright. Without what a verdict needs only the caveat that
        says so.
    """
    missing = {one.code for one in study.caveats} & set(UNDECIDABLE)
    if missing or study.delayed is None:
        return Found()
    if study.interval_min is not None and study.interval_min < settings.focus.least_interval_min:
        return Found(codes=frozenset({"NO_DELAYED_IMAGE"}))
    early, delayed, pixel_mm = study.early.upright, study.delayed.upright, study.early.pixel_mm
    if min(early.sum(), delayed.sum()) < settings.focus.least_counts:
        return Found(codes=frozenset({"COUNTS_LOW"}))
    alignment = align(early, delayed, pixel_mm, settings.align)
    lobes = find_lobes(shifted(early, alignment.shift_px), pixel_mm, settings.lobes)
    if not lobes:
        return Found(codes=frozenset({"THYROID_NOT_FOUND"}))
    if likeness(shifted(early, alignment.shift_px), delayed, pixel_mm, settings.align) < settings.align.least_likeness:
        return Found(codes=frozenset({"NO_DELAYED_IMAGE"}))
    around = around_thyroid(lobes, pixel_mm)
    alignment = refine(early, delayed, around, alignment)
    moved = shifted(early, alignment.shift_px)
    lobes = find_lobes(moved, pixel_mm, settings.lobes) or lobes
    hot = hot_regions(moved, delayed, lobes, pixel_mm, settings.focus.halo_mm)
    spots, washout, zones = find_spots(moved, delayed, lobes, hot, pixel_mm, settings)
    alignment = still_apart(early, delayed, around * ~(hot | _covered(spots, around)), alignment, settings.align)
    moved_px = moved_mm(washout, lobes, spots, hot, pixel_mm, settings.align) / pixel_mm
    codes = _codes(lobes, alignment, washout, study, settings) | ({"PHASES_MOVED"} if moved_px else set())
    alignment = replace(alignment, residual_px=max(alignment.residual_px, moved_px))
    foci = measure_foci(spots, washout, lobes, study, settings.focus)
    pinhole = study.early.pinhole or study.delayed.pinhole
    return Found(
        alignment=alignment,
        lobes=lobes,
        thyroid=measure_lobes(washout, lobes, study, washout_told=not codes & NO_WASHOUT),
        foci=foci,
        examined_mm2=None if pinhole else float(zones.whole.sum()) * pixel_mm**2,
        ratio=ratio_map(washout, zones, pixel_mm),
        codes=frozenset(codes | _head(washout, lobes, hot, pixel_mm, settings)),
    )


def _codes(
    lobes: Lobes,
    alignment: Alignment,
    washout: Washout,
    study: ScintigraphyStudy,
    settings: ScintigraphySettings,
) -> set[str]:
    """What speaks against a verdict, and what else is to be said."""
    focus, pixel_mm = settings.focus, study.early.pixel_mm
    unsure = _is_order_unsure(washout, study, settings.washout.most_share)
    seen = least_visible_score(washout, lobes, pixel_mm, focus.widths_mm[1], focus.small_gland)
    met = {
        "PHASES_MOVED": alignment.residual_px * pixel_mm > settings.align.largest_residual_mm,
        "ONE_LOBE_FOUND": len(lobes) == 1,
        "PHASES_UNSURE": unsure,
        # Images the wrong way round show the noise of the early one: it says nothing of whether counts suffice.
        "COUNTS_LOW": not unsure and seen < focus.local_score + focus.power,
    }
    return {code for code, holds in met.items() if holds}


def _is_order_unsure(washout: Washout, study: ScintigraphyStudy, most_share: float) -> bool:
    """Whether no header tells which image is the early one, and every lobe counts more in the one given as delayed."""
    early_s, delayed_s = study.early.duration_s, study.delayed.duration_s if study.delayed else None
    times = early_s / delayed_s if early_s and delayed_s else 1.0
    return study.interval_min is None and min(washout.by_lobe) * times > most_share


def _head(washout: Washout, lobes: Lobes, hot: Mask, pixel_mm: float, settings: ScintigraphySettings) -> set[str]:
    """Whether the salivary glands, above the thyroid, lie elsewhere in the delayed image than the neck does."""
    top = min(int(np.nonzero(lobe.mask.any(axis=1))[0].min()) for _, lobe in lobes)
    head = np.where(np.arange(len(hot))[:, None] < top, hot, 0.0)
    apart_mm = moved_apart(washout.early, washout.delayed, head) * pixel_mm
    return {"HEAD_MOVED"} if apart_mm > settings.align.head_mm else set()


def around_thyroid(lobes: Lobes, pixel_mm: float) -> FloatArray:
    """1 on the thyroid and near it."""
    from scipy.ndimage import distance_transform_edt

    thyroid = np.any([lobe.mask for _, lobe in lobes], axis=0)
    return np.asarray((distance_transform_edt(~thyroid) * pixel_mm < 12.0).astype(np.float64))


def hot_regions(early: FloatArray, delayed: FloatArray, lobes: Lobes, pixel_mm: float, halo_mm: float) -> Mask:
    """Salivary glands and heart in either image, with the blur around them."""
    from scipy.ndimage import distance_transform_edt

    thyroid = np.any([lobe.mask for _, lobe in lobes], axis=0)
    hot = hot_elsewhere(early, thyroid, pixel_mm) | hot_elsewhere(delayed, thyroid, pixel_mm)
    if not hot.any():
        return hot
    near = distance_transform_edt(~hot) * pixel_mm < halo_mm
    return np.asarray(near & ~thyroid)


def _covered(spots: tuple[Spot, ...], around: FloatArray) -> Mask:
    covered = np.zeros(around.shape, np.bool_)
    for spot in spots:
        covered |= disk(covered.shape, spot.place, 1.2 * spot.width_px)
    return covered
