"""Whether the neck moved between the images or within one: asked of what is seen, with and without foci.

A lobe that lies elsewhere in the delayed image leaves a rim of false retention at its edge, and a rim looks like a
focus. So a move and a focus are two explanations of the same counts, and both are tried.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from calcimeter.scintigraphy.focus import Spot
from calcimeter.scintigraphy.lobe_fit import (
    LEAST_SHARE,
    Fit,
    Scene,
    apart,
    doubled,
    pole_mm,
    scene_of,
    starts,
    together,
)
from calcimeter.scintigraphy.settings import AlignSettings
from calcimeter.scintigraphy.washout import Lobes, Washout

Mask = npt.NDArray[np.bool_]

LEAST_PIXELS = 60
"""To be explained; with fewer nothing is told."""


def moved_mm(
    washout: Washout, lobes: Lobes, spots: tuple[Spot, ...], hot: Mask, pixel_mm: float, settings: AlignSettings
) -> float:
    """By how much a lobe lies elsewhere than the early image, laid on the delayed one, has it.

    Each lobe may move and turn by itself; a neck that is turned does both to both. It is compared with a move of
    all lobes together, by which no image is spoiled. Foci are explained beside the move and not left out, for they are
    found on the very part that moved. Where a move alone explains the counts nearly as well as foci do, it is a move.
    A jump within an image doubles the lobes in it.

    Parameters
    ----------
    spots : tuple of Spot
        What was found.

    Returns
    -------
    float
        The farthest of middle and poles of the lobes, or the distance between the two places of an image; 0 where no
        move is told.
    """
    scene = scene_of(washout, lobes, spots, hot, pixel_mm)
    if len(scene.other) < LEAST_PIXELS:
        return 0.0
    told = [0.0]
    still, moved = together(scene), apart(scene, starts(scene))
    told.append(_told(scene, still.left - moved.left, moved, settings.told_chi2, settings))
    if len(scene.foci):
        alone = scene.alone
        least = together(alone).left
        moved = apart(alone, [*starts(scene), moved.poses])
        needed = max(settings.told_chi2, settings.as_well * (least - still.left))
        told.append(_told(scene, least - moved.left, moved, needed, settings))
    share = max(float(np.mean(washout.by_lobe)), LEAST_SHARE)
    for one in (scene, scene_of(_exchanged(washout, share), lobes, spots, hot, pixel_mm)):
        gain, jump_mm = doubled(one)
        told.append(jump_mm if gain >= settings.told_chi2 and jump_mm >= settings.jump_mm else 0.0)
    return max(told)


def _told(scene: Scene, gain: float, moved: Fit, needed: float, settings: AlignSettings) -> float:
    """How far the lobes lie beside what moves them together; 0 where it is too little, or chance."""
    beside = moved.poses - [*moved.poses[:, :2].mean(axis=0), 0.0]
    farthest = max(pole_mm(part, pose, scene.pixel_mm) for part, pose in zip(scene.parts, beside, strict=True))
    return farthest if gain >= needed and farthest >= settings.move_mm else 0.0


def _exchanged(washout: Washout, share: float) -> Washout:
    """The early image explained by the delayed one: where the patient jumped in the early one, it is the blurred."""
    return replace(
        washout,
        early=washout.delayed,
        delayed=washout.early,
        background_early=washout.background_delayed,
        variance=washout.variance / share**2,
    )
