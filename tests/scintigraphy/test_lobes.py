"""The thyroid is found where it is, not in salivary glands above it or in what lies below."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy.ndimage import rotate

from calcimeter.phantom.neck import Camera, Neck, Source, make_neck, neck_of
from calcimeter.phantom.neck.camera import position_px, sum_of
from calcimeter.pipeline import analyze_scintigraphy
from calcimeter.scintigraphy.lobes import find_lobes
from calcimeter.scintigraphy.settings import LobeSettings
from neck_cases import analyzed, study_of

CAMERA = Camera()


def off_mm(neck: Neck, camera: Camera = CAMERA, seed: int = 4) -> dict[str, float]:
    """By how much each lobe that was found lies off its own place."""
    counts = np.random.default_rng(seed).poisson(sum_of(neck.sources, camera, delayed=False)).astype(np.float64)
    true = {side: position_px(CAMERA, getattr(neck, side).center_mm[:2], delayed=False) for side in ("right", "left")}
    found = find_lobes(counts, CAMERA.pixel_mm, LobeSettings())
    return {side: math.dist(lobe.center_px, true[side]) * CAMERA.pixel_mm for side, lobe in found}


def with_others(*more: Source, moved_up_mm: float = 0.0) -> Neck:
    neck = neck_of("scintigraphy-negative")
    others = [
        replace(one, center_mm=(one.center_mm[0], one.center_mm[1] + moved_up_mm, one.center_mm[2]))
        if one.center_mm[1] > 40
        else one
        for one in neck.others
    ]
    return replace(neck, others=(*others, *more))


@pytest.mark.parametrize("up_mm", [-12.0, 0.0, 15.0])
def test_salivary_glands_are_not_taken_for_the_thyroid(up_mm):
    off = off_mm(with_others(moved_up_mm=up_mm))

    assert set(off) == {"right", "left"}
    assert max(off.values()) < 6.0  # the blur of the camera


@pytest.mark.parametrize("seed", [5, 6])
def test_a_small_faint_thyroid_is_found_below_bright_salivary_glands(seed):
    neck = with_others()
    lobes = {
        side: replace(lobe, radii_mm=(lobe.radii_mm[0], 18.0, lobe.radii_mm[2]), uptake=3.5)
        for side, lobe in (("right", neck.right), ("left", neck.left))
    }
    off = off_mm(replace(neck, **lobes), replace(CAMERA, sensitivity=0.025), seed)

    assert set(off) == {"right", "left"}
    assert max(off.values()) < 16.0  # few counts: a pair on the right glands, not the outline


def test_glands_in_odd_places_below_are_not_taken_for_the_thyroid():
    # A bright gland in the mediastinum, and a shoulder's edge beside it, look a little like two lobes.
    below = (Source((-16.0, -88.0, 40.0), (8.0, 10.0, 8.0), 20.0, 0.9),)
    off = off_mm(with_others(*below, Source((14.0, -84.0, 40.0), (8.0, 18.0, 8.0), 5.0, 0.7)))

    assert max(off.values()) < 6.0


def test_a_thyroid_beside_the_middle_keeps_its_sides():
    neck = with_others()
    lobes = {
        side: replace(lobe, center_mm=(lobe.center_mm[0] + 9.0, *lobe.center_mm[1:]))
        for side, lobe in (("right", neck.right), ("left", neck.left))
    }
    off = off_mm(replace(neck, **lobes))

    assert set(off) == {"right", "left"}
    assert max(off.values()) < 6.0


@pytest.mark.parametrize("side", ["right", "left"])
def test_glands_of_one_side_of_the_face_are_not_taken_for_the_thyroid(side):
    # The thyroid is faint and the other side's glands are gone: a parotid and a submandibular gland look like a pair.
    sign = -1 if side == "right" else 1
    neck = with_others()
    glands = (
        Source((sign * 62.0, 76.0, 32.0), (9.0, 20.0, 14.0), 12.0, 0.7),
        Source((sign * 26.0, 73.0, 32.0), (9.0, 18.0, 10.0), 12.0, 0.7),
    )
    faint = {name: replace(getattr(neck, name), uptake=3.0) for name in ("right", "left")}
    neck = replace(neck, others=glands, **faint)
    counts = sum_of(neck.sources, CAMERA, delayed=False)
    anywhere = find_lobes(counts, CAMERA.pixel_mm, replace(LobeSettings(), off_middle_mm=1000.0))
    off = off_mm(neck)

    assert sum(lobe.center_px[0] for _, lobe in anywhere) / 2 < position_px(CAMERA, (0.0, 40.0), delayed=False)[0]
    assert set(off) == {"right", "left"}
    assert max(off.values()) < 6.0


def test_washout_is_not_given_where_counts_are_too_few_to_tell_it():
    few = analyzed("scintigraphy-negative", Camera(sensitivity=0.03))

    assert "COUNTS_LOW" in {one.code for one in few.caveats}
    assert [lobe.washout for _, lobe in few.thyroid] == [None, None]
    assert all(lobe.area_mm2 for _, lobe in few.thyroid)


def test_washout_is_not_given_where_the_images_do_not_lie_on_each_other():
    study = study_of(make_neck(neck_of("scintigraphy-negative")))
    assert study.delayed is not None
    # The head lies turned by 24 degrees.
    turned = np.clip(rotate(study.delayed.counts, 24.0, reshape=False, order=1), 0, None).round()
    apart = analyze_scintigraphy(replace(study, delayed=replace(study.delayed, counts=turned)))

    assert "PHASES_MOVED" in {one.code for one in apart.caveats}
    assert {lobe.washout for _, lobe in apart.thyroid} == {None}
