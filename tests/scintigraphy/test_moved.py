"""A neck that moved between the images, or within one, is told, and its edges are called no focus."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from calcimeter.phantom.neck import Camera, Neck, NeckReference, make_neck, neck_names, neck_of
from calcimeter.phantom.neck.camera import sum_of
from calcimeter.pipeline import analyze_scintigraphy
from neck_cases import analyzed, study_of

PLAIN = neck_of("scintigraphy-negative")


def codes(analysis):
    return {one.code for one in analysis.caveats}


def with_lobes_up(right_mm: float, left_mm: float) -> Neck:
    """Toward the head in the delayed image."""
    up = {"right": right_mm, "left": left_mm}
    return replace(PLAIN, **{side: replace(getattr(PLAIN, side), moved_mm=(0.0, mm)) for side, mm in up.items()})


def jumped(by_mm: tuple[float, float], *, late: bool) -> NeckReference:
    """The patient lies elsewhere for the second half of an image: toward left and head."""
    camera = Camera()
    # The early image as a camera sees it that counts it again: nothing washes out, and no time goes by.
    again = replace(camera, after_injection_min=(20.0, 20.0))
    sources = PLAIN.sources if late else tuple(replace(one, kept=1.0) for one in PLAIN.sources)
    halves = [
        sum_of(sources, replace(camera if late else again, shift_mm=shift_mm), delayed=True) / 2
        for shift_mm in (camera.shift_mm, (camera.shift_mm[0] + by_mm[0], camera.shift_mm[1] + by_mm[1]))
    ]
    other = sum_of(PLAIN.sources, camera, delayed=not late)
    means = (other, halves[0] + halves[1]) if late else (halves[0] + halves[1], other)
    chance = np.random.default_rng(3)
    counts = (chance.poisson(means[0]).astype(np.float64), chance.poisson(means[1]).astype(np.float64))
    return replace(make_neck(PLAIN, camera), counts=counts)


@pytest.mark.parametrize("turn_deg", [-20.0, -12.0, 12.0, 15.0])
def test_a_neck_turned_between_the_images_is_told_and_has_no_focus(turn_deg):
    analysis = analyzed("scintigraphy-negative", Camera(turn_deg=turn_deg))

    assert "PHASES_MOVED" in codes(analysis)
    assert analysis.verdict == "indeterminate"
    assert analysis.alignment.residual_px * 2.4 > 2.5


@pytest.mark.parametrize("turn_deg", [-2.0, 2.0])
def test_a_neck_hardly_turned_is_read(turn_deg):
    assert analyzed("scintigraphy-negative", Camera(turn_deg=turn_deg)).verdict == "no_focus"
    assert analyzed("scintigraphy", Camera(turn_deg=turn_deg)).verdict == "focus"


@pytest.mark.parametrize("up_mm", [(8.0, 0.0), (-12.0, 0.0), (0.0, 10.0), (5.0, -5.0), (-7.0, 7.0)])
def test_a_lobe_that_moved_by_itself_is_told_and_is_no_focus(up_mm):
    analysis = analyze_scintigraphy(study_of(make_neck(with_lobes_up(*up_mm))))

    assert "PHASES_MOVED" in codes(analysis)
    assert analysis.verdict == "indeterminate"


def test_without_asking_for_moves_their_edges_would_be_foci():
    analysis = analyze_scintigraphy(study_of(make_neck(with_lobes_up(5.0, -5.0))))

    # What the question is asked for: the foci are there, and only the move keeps them from being called.
    assert analysis.foci


@pytest.mark.parametrize("late", [True, False])
@pytest.mark.parametrize("by_mm", [(12.0, 0.0), (0.0, 14.0), (-8.5, 8.5)])
def test_a_jump_in_the_middle_of_an_image_is_told(by_mm, late):
    analysis = analyze_scintigraphy(study_of(jumped(by_mm, late=late)))

    assert "PHASES_MOVED" in codes(analysis)
    assert analysis.verdict == "indeterminate"


@pytest.mark.parametrize("late", [True, False])
def test_a_small_jump_is_harmless_and_read(late):
    assert analyze_scintigraphy(study_of(jumped((3.0, 3.0), late=late))).verdict == "no_focus"


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("name", neck_names())
def test_no_move_is_told_of_a_neck_that_lay_still(name, seed):
    assert "PHASES_MOVED" not in codes(analyzed(name, Camera(seed=seed)))


def test_no_move_is_told_of_a_bright_gland_at_each_pole():
    neck = neck_of("scintigraphy")
    gland = neck.glands[0]
    places = [(-21.0, -22.0), (-17.0, 22.0), (21.0, -21.0), (17.0, 22.0)]
    glands = [
        replace(gland, source=replace(gland.source, center_mm=(*place, 38.0), uptake=10.0 + 8.0 * k))
        for k, place in enumerate(places)
    ]
    for some in (glands[3:], glands[2:], glands):
        analysis = analyze_scintigraphy(study_of(make_neck(replace(neck, glands=tuple(some)))))
        assert (analysis.verdict, "PHASES_MOVED" in codes(analysis)) == ("focus", False)


def test_no_move_is_told_of_a_single_lobe():
    alone = replace(PLAIN, left=replace(PLAIN.left, uptake=0.0))

    assert "PHASES_MOVED" not in codes(analyze_scintigraphy(study_of(make_neck(alone))))


def test_a_delayed_image_that_does_not_show_the_neck_is_none():
    reference = make_neck(PLAIN, Camera())
    early, late = reference.counts
    even = np.random.default_rng(5).poisson(np.full(late.shape, late.mean())).astype(np.float64)
    analysis = analyze_scintigraphy(study_of(replace(reference, counts=(early, even))))

    assert analysis.verdict == "indeterminate"
    assert "NO_DELAYED_IMAGE" in codes(analysis)
    assert not analysis.foci
