"""Foci of retained tracer: found where they are, on their side, and not where nothing is."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from calcimeter.model.caveat import caveat
from calcimeter.phantom.neck import Camera, make_neck, neck_of
from calcimeter.pipeline import analyze_scintigraphy
from neck_cases import analyzed, study_of


def codes(analysis):
    return {one.code for one in analysis.caveats}


def test_an_adenoma_at_the_lower_right_pole_is_found_there():
    analysis = analyzed("scintigraphy")
    truth = make_neck(neck_of("scintigraphy")).truth["foci"][0]

    (focus,) = analysis.foci
    assert analysis.verdict == "focus"
    assert (focus.side, focus.pole) == ("right", "lower")
    assert math.dist(focus.position_mm, truth["position_mm"]) < 4.0  # half the blur of the camera
    assert focus.retention > 1.3
    assert focus.ratio_delayed > focus.ratio_early > 0
    assert focus.z_score > 4
    assert "FOCUS_MAY_BE_NODULE" in codes(analysis)
    (finding,) = analysis.findings()
    assert (finding.name, finding.present) == ("parathyroid_focus", True)


@pytest.mark.parametrize("name", ["scintigraphy-negative", "scintigraphy-nodule"])
def test_without_retained_tracer_nothing_is_called_a_focus(name):
    analysis = analyzed(name)

    assert analysis.verdict == "no_focus"
    assert analysis.foci == ()
    assert analysis.findings()[0].present is False


def test_an_ectopic_gland_near_the_midline_has_no_side():
    neck = neck_of("scintigraphy-ectopic")
    gland = neck.glands[0]
    middle = replace(gland, source=replace(gland.source, center_mm=(2.0, -68.0, 45.0)))
    focus = analyze_scintigraphy(study_of(make_neck(replace(neck, glands=(middle,))))).foci[0]

    assert (focus.side, focus.pole) == ("midline", "ectopic")


def with_head_moved(toward_left_mm):
    neck = neck_of("scintigraphy-negative")
    others = [replace(one, moved_mm=(toward_left_mm, 0.0)) if one.center_mm[1] > 40 else one for one in neck.others]
    return analyze_scintigraphy(study_of(make_neck(replace(neck, others=tuple(others)))))


def test_a_head_that_was_turned_between_the_images_is_told_and_makes_no_focus():
    still, turned = with_head_moved(4.0), with_head_moved(12.0)

    assert "HEAD_MOVED" not in codes(still)
    assert "HEAD_MOVED" in codes(turned)
    assert (still.verdict, turned.verdict) == ("no_focus", "no_focus")


def test_tracer_that_comes_later_was_not_retained():
    neck = neck_of("scintigraphy")
    gland = neck.glands[0]
    # Three times the tracer late: no gland gains so much.
    later = replace(gland, source=replace(gland.source, uptake=8.0, kept=3.0))

    assert analyze_scintigraphy(study_of(make_neck(replace(neck, glands=(later,))))).foci == ()


def test_an_ectopic_gland_has_a_side_and_no_lobe():
    focus = analyzed("scintigraphy-ectopic").foci[0]

    assert (focus.side, focus.pole) == ("left", "ectopic")
    assert not focus.in_lobe


def test_a_nodule_that_holds_its_tracer_carries_the_caveat():
    analysis = analyzed("scintigraphy-retaining-nodule")

    assert analysis.foci[0].side == "left"
    assert "FOCUS_MAY_BE_NODULE" in codes(analysis)


def test_seen_from_behind_the_side_is_the_patients():
    # Through 86 mm of neck a third of the counts is left: the camera counts longer.
    camera = Camera(view="posterior", sensitivity=0.8)
    analysis = analyzed("scintigraphy", camera)
    truth = make_neck(neck_of("scintigraphy"), camera).truth["foci"][0]

    focus = analysis.foci[0]
    assert (focus.side, focus.pole) == ("right", "lower")
    assert math.dist(focus.position_px, truth["position_px"]) * camera.pixel_mm < 5.0


def test_of_an_unknown_view_no_focus_has_a_side():
    reference = make_neck(neck_of("scintigraphy"))
    analysis = analyze_scintigraphy(study_of(reference, view=None, caveats=(caveat("VIEW_UNKNOWN"),)))

    assert analysis.verdict == "focus"
    assert analysis.foci[0].side is None
    assert analysis.foci[0].position_mm is None
    assert analysis.thyroid == ()


def test_the_washout_of_the_lobes_is_corrected_for_decay_and_time():
    camera = Camera(duration_s=(600.0, 900.0), sensitivity=0.5)
    analysis = analyzed("scintigraphy-negative", camera)

    for _, lobe in analysis.thyroid:
        assert lobe.washout == pytest.approx(0.55, abs=0.05)  # the phantom's lobes keep 0.45


@pytest.mark.parametrize("change", [{"sensitivity": 0.004}, {"sensitivity": 0.0005}])
def test_with_few_counts_the_answer_is_that_it_can_not_be_told(change):
    analysis = analyzed("scintigraphy-negative", replace(Camera(), **change))

    assert analysis.verdict == "indeterminate"
    assert analysis.findings()[0].present is None


@pytest.mark.parametrize("code", ["VIEW_NOT_USABLE", "VIEWS_DIFFER"])
def test_a_view_that_shows_no_lobes_is_not_read(code):
    reference = make_neck(neck_of("scintigraphy"))
    analysis = analyze_scintigraphy(study_of(reference, caveats=(caveat(code),)))

    assert analysis.verdict == "indeterminate"
    assert analysis.foci == ()


def test_without_a_delayed_image_retention_can_not_be_told():
    study = study_of(make_neck(neck_of("scintigraphy")), caveats=(caveat("NO_DELAYED_IMAGE"),))
    alone = analyze_scintigraphy(replace(study, delayed=None))
    soon = analyze_scintigraphy(study_of(make_neck(neck_of("scintigraphy")), interval_min=10.0))

    assert (alone.verdict, soon.verdict) == ("indeterminate", "indeterminate")
    assert "NO_DELAYED_IMAGE" in codes(soon)


@pytest.mark.parametrize("name", ["scintigraphy", "scintigraphy-negative", "scintigraphy-nodule"])
def test_undated_images_the_wrong_way_round_are_told_by_a_thyroid_that_seems_to_gain_tracer(name):
    study = replace(study_of(make_neck(neck_of(name)), interval_min=None), caveats=(caveat("TIMES_UNKNOWN"),))
    right, wrong = (
        analyze_scintigraphy(one) for one in (study, replace(study, early=study.delayed, delayed=study.early))
    )

    assert "PHASES_UNSURE" not in codes(right)
    assert wrong.verdict == "indeterminate"
    assert "PHASES_UNSURE" in codes(wrong)
    assert "COUNTS_LOW" not in codes(wrong)


def test_an_early_image_counted_for_a_shorter_time_is_not_taken_for_the_delayed_one():
    reference = make_neck(neck_of("scintigraphy"), Camera(duration_s=(200.0, 1200.0)))
    analysis = analyze_scintigraphy(study_of(reference, interval_min=None, caveats=(caveat("TIMES_UNKNOWN"),)))

    assert "PHASES_UNSURE" not in codes(analysis)


def test_noise_without_a_neck_has_no_thyroid():
    reference = make_neck(neck_of("scintigraphy"))
    noise = np.random.default_rng(1).poisson(30.0, (2, 128, 128)).astype(np.float64)
    analysis = analyze_scintigraphy(study_of(replace(reference, counts=(noise[0], noise[1]))))

    assert analysis.verdict == "indeterminate"
    assert "THYROID_NOT_FOUND" in codes(analysis)


def test_the_shift_between_the_images_is_found():
    analysis = analyzed("scintigraphy-negative", Camera(shift_mm=(12.0, -9.0), sensitivity=0.5))

    down, right = analysis.alignment.shift_px
    assert (right * 2.4, -down * 2.4) == pytest.approx((12.0, -9.0), abs=0.7)
