"""Every rule of classification by itself, on either side of its limits, and the order in which they speak."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from ct_cases import LUMP, anatomy_of, box_region, volume_of

from calcimeter.ct.classify import classify
from calcimeter.ct.settings import ClassifySettings
from calcimeter.model.candidate import Candidate
from calcimeter.model.lesion import Category
from calcimeter.model.volume import Region

SHAPE = (40, 60, 120)
MEDIUM = np.zeros(SHAPE, dtype=bool)
MEDIUM[:3, :3, :3] = True
"""Contrast medium somewhere in the scan."""
VOLUME = volume_of(np.where(MEDIUM, 300, 0))
FAR = float("inf")


def candidate(region=None, **facts):
    return Candidate(region or box_region((20, 30, 40), (4, 4, 4)), replace(LUMP, **facts))


def judged(*candidates, **anatomy):
    return classify(VOLUME, candidates, anatomy_of(SHAPE, **anatomy), ClassifySettings())


def category(anatomy=None, **facts):
    (one,) = judged(candidate(**facts), **(anatomy or {}))
    return one.category


def test_a_lump_in_muscle_away_from_everything_is_calcification_of_soft_tissue():
    (one,) = judged(candidate())

    assert one.category is Category.SOFT_TISSUE
    assert any("52 HU" in reason for reason in one.verdict.reasons)


@pytest.mark.parametrize(("ring_hu", "words"), [(-95.0, "in fat of"), (40.0, "in soft tissue of")])
def test_the_tissue_around_is_named(ring_hu, words):
    (one,) = judged(candidate(ring_hu=ring_hu))

    assert any(words in reason for reason in one.verdict.reasons)


def test_without_tissue_around_nothing_is_said_of_it():
    (one,) = judged(candidate(ring_hu=None))

    assert one.category is Category.SOFT_TISSUE
    assert not any(" HU" in reason for reason in one.verdict.reasons)


def test_a_lump_cut_by_the_border_is_less_sure():
    (whole,), (cut,) = judged(candidate(limb_share=1.0)), judged(candidate(limb_share=1.0, at_border=True))

    assert cut.category is Category.SOFT_TISSUE
    assert cut.verdict.confidence < whole.verdict.confidence


@pytest.mark.parametrize(("noise_hu", "peak_hu", "stands"), [(10, 159, False), (10, 161, True), (30, 219, False)])
def test_a_peak_under_three_standard_deviations_over_the_threshold_does_not_stand_by_itself(noise_hu, peak_hu, stands):
    (one,) = judged(candidate(peak_hu=float(peak_hu)), noise_hu=float(noise_hu))

    assert (one.verdict is not None) == stands


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"contrast_mm": 2.0}, Category.CONTRAST),
        ({"contrast_mm": 2.0, "mean_hu": 500.0}, Category.UNCERTAIN),
        ({"contrast_mm": 8.0}, Category.CONTRAST),
        ({"contrast_mm": 8.0, "volume_mm3": 60.0}, Category.UNCERTAIN),
        ({"contrast_mm": 14.0, "volume_mm3": 60.0}, Category.UNCERTAIN),
        ({"contrast_mm": 20.0}, Category.SOFT_TISSUE),
        ({"gas_mm": 10.0}, Category.CONTRAST),
        ({"gas_mm": 10.0, "volume_mm3": 200.0}, Category.UNCERTAIN),
        ({"gas_mm": 10.0, "mean_hu": 700.0}, Category.UNCERTAIN),
        ({"gas_mm": 30.0}, Category.UNCERTAIN),
        ({"gas_mm": 60.0}, Category.SOFT_TISSUE),
    ],
)
def test_what_lies_beside_contrast_medium_or_gas_is_that_or_uncertain_and_never_soft_tissue(facts, expected):
    assert category({"contrast": MEDIUM}, **facts) is expected


def test_what_lies_beside_gas_in_a_scan_without_contrast_medium_is_uncertain():
    assert category(gas_mm=10.0) is Category.UNCERTAIN


@pytest.mark.parametrize(("metal_mm", "expected"), [(0.0, "uncertain"), (4.9, "uncertain"), (6.0, "soft_tissue")])
def test_what_lies_beside_metal_may_be_a_streak(metal_mm, expected):
    assert category(metal_mm=metal_mm) == expected


@pytest.mark.parametrize(
    ("facts", "expected"),
    [({}, Category.METAL), ({"metal_share": 0.8}, Category.UNCERTAIN), ({"volume_mm3": 40.0}, Category.UNCERTAIN)],
)
def test_only_a_speck_no_farther_from_metal_than_its_edge_is_metal(facts, expected):
    """What is larger may be ossification beside a prosthesis."""
    (one,) = judged(candidate(**({"metal_mm": 1.0, "metal_share": 1.0, "volume_mm3": 5.0} | facts)))

    assert one.category is expected


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"at_border": True, "bone_mm": 5.0}, Category.UNCERTAIN),
        ({"at_border": True, "bone_mm": 9.0}, Category.UNCERTAIN),
        ({"at_border": True, "bone_mm": 9.0, "limb_share": 1.0}, Category.SOFT_TISSUE),
        ({"bone_mm": 5.0, "volume_mm3": 400.0}, Category.UNCERTAIN),
        ({"bone_mm": 5.0, "volume_mm3": 600.0}, Category.SOFT_TISSUE),
        ({"bone_mm": 7.0, "volume_mm3": 400.0}, Category.SOFT_TISSUE),
        ({"bone_mm": 1.0, "bone_contact": 0.2, "volume_mm3": 400.0}, Category.UNCERTAIN),
        ({"at_border": True, "bone_mm": 30.0, "max_hu": 800.0}, Category.UNCERTAIN),
        ({"at_border": False, "bone_mm": 30.0, "max_hu": 800.0}, Category.SOFT_TISSUE),
    ],
)
def test_what_is_small_or_cut_beside_bone_is_uncertain_and_what_is_large_is_not(facts, expected):
    assert category(**facts) is expected


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({}, Category.UNCERTAIN),
        ({"core_hu": 600.0}, Category.SOFT_TISSUE),
        ({"core_hu": None}, Category.SOFT_TISSUE),
        ({"max_hu": 600.0}, Category.SOFT_TISSUE),
        ({"volume_mm3": 900.0}, Category.SOFT_TISSUE),
    ],
)
def test_a_shell_as_dense_as_cortex_around_a_softer_core_may_be_a_bone(facts, expected):
    assert category(**{"max_hu": 900.0, "core_hu": 100.0, "volume_mm3": 5000.0} | facts) is expected


@pytest.mark.parametrize(
    ("lengths_mm", "max_hu", "ring_hu", "expected"),
    [
        ((20.0, 4.0, 3.0), 500.0, -90.0, Category.VASCULAR),
        ((20.0, 4.0, 3.0), 500.0, 55.0, Category.UNCERTAIN),
        ((20.0, 4.0, 3.0), 250.0, -90.0, Category.UNCERTAIN),
        ((20.0, 8.0, 3.0), 500.0, -90.0, Category.SOFT_TISSUE),
        ((10.0, 2.0, 2.0), 500.0, -90.0, Category.SOFT_TISSUE),
        ((18.0, 6.0, 6.0), 500.0, -90.0, Category.SOFT_TISSUE),
    ],
)
def test_a_thin_line_in_fat_as_dense_as_plaque_is_a_vessel(lengths_mm, max_hu, ring_hu, expected):
    """Longer than 12 mm and 3.5 times its width, no wider than 6 mm; in muscle or fainter it may be anything."""
    assert category(lengths_mm=lengths_mm, max_hu=max_hu, ring_hu=ring_hu) is expected


def test_a_thin_line_on_bone_is_no_vessel():
    assert category(lengths_mm=(30.0, 4.0, 3.0), bone_mm=3.0, volume_mm3=600.0) is Category.SOFT_TISSUE
    assert category(lengths_mm=(30.0, 4.0, 3.0), bone_mm=3.0, volume_mm3=100.0) is Category.UNCERTAIN


def test_what_lies_inside_the_rib_cage_is_uncertain_while_organs_have_no_names():
    chest = {"lungs_mm3": 2e6}

    assert category(chest, bone_around=0.8) is Category.UNCERTAIN
    assert category(chest, bone_around=0.3) is Category.SOFT_TISSUE
    assert category({}, bone_around=0.8) is Category.SOFT_TISSUE


def test_what_is_small_and_very_dense_in_a_trunk_may_be_a_stone_or_a_phlebolith():
    stone = {"volume_mm3": 400.0, "max_hu": 900.0, "core_hu": 800.0}

    assert category({"bowel_mm3": 5000.0}, **stone) is Category.UNCERTAIN
    assert category({"lungs_mm3": 2e6}, **stone) is Category.UNCERTAIN
    assert category({"bowel_mm3": 5000.0}, **stone | {"volume_mm3": 3000.0}) is Category.SOFT_TISSUE
    assert category({"bowel_mm3": 5000.0}, **stone | {"max_hu": 450.0}) is Category.SOFT_TISSUE
    assert category({}, **stone) is Category.SOFT_TISSUE


@pytest.mark.parametrize(("volume_mm3", "peak_hu"), [(20.0, 185.0), (20.0, 195.0), (40.0, 185.0)])
def test_what_is_small_and_faint_may_be_noise(volume_mm3, peak_hu):
    """Under 30 mm3 a peak of six standard deviations of 10 HU over the threshold is asked for."""
    faint = volume_mm3 < 30 and peak_hu < 190

    assert category(volume_mm3=volume_mm3, peak_hu=peak_hu) is (Category.UNCERTAIN if faint else Category.SOFT_TISSUE)


def test_place_speaks_before_shape_and_shape_before_density():
    """A dense thin line: beside contrast medium it may be a leak, away from it a vessel."""
    line = {"lengths_mm": (30.0, 4.0, 3.0), "max_hu": 900.0, "mean_hu": 600.0, "volume_mm3": 300.0, "ring_hu": -90.0}

    assert category({"bowel_mm3": 5000.0, "contrast": MEDIUM}, contrast_mm=5.0, **line) is Category.UNCERTAIN
    assert category({"bowel_mm3": 5000.0}, **line) is Category.VASCULAR


@pytest.mark.parametrize("facts", [{}, {"contrast_mm": 1.0}, {"metal_mm": 1.0}, {"bone_mm": 1.0, "volume_mm3": 60.0}])
def test_every_verdict_has_its_reason_and_a_confidence_below_certainty(facts):
    (one,) = judged(candidate(**facts))

    assert one.verdict.reasons
    assert all(reason and "\n" not in reason for reason in one.verdict.reasons)
    assert 0.5 <= one.verdict.confidence < 1


def test_a_chain_of_bowel_loops_is_contrast_as_far_as_gaps_stay_under_25_mm():
    """The first loop lies beside gas, the next 15 mm on, another 15 mm on, the last 40 mm farther."""
    loops = [candidate(box_region((20, 30, c), (5, 5, 5)), gas_mm=35.0) for c in (5, 25, 45, 90)]
    loops[0] = replace(loops[0], facts=replace(loops[0].facts, gas_mm=5.0))

    found = judged(*loops, contrast=MEDIUM)

    assert [one.category for one in found] == [Category.CONTRAST] * 3 + [Category.UNCERTAIN]


def test_a_dense_or_small_neighbor_of_a_bowel_loop_is_not_taken_for_contrast():
    loop = candidate(box_region((20, 30, 5), (5, 5, 5)), gas_mm=5.0)
    dense = candidate(box_region((20, 30, 20), (5, 5, 5)), gas_mm=30.0, mean_hu=600.0)
    small = candidate(box_region((20, 40, 5), (3, 3, 3)), gas_mm=30.0, volume_mm3=27.0)

    assert [one.category for one in judged(loop, dense, small, contrast=MEDIUM)] == [Category.CONTRAST] + [
        Category.UNCERTAIN
    ] * 2


def line_along_columns(first, last):
    return box_region((20, 30, first), (2, 2, last - first))


def vessel_along_columns(first, last, **facts):
    """A dense thin line in fat."""
    lengths_mm = (float(last - first), 3.0, 3.0)
    return candidate(
        line_along_columns(first, last), **{"lengths_mm": lengths_mm, "max_hu": 500.0, "ring_hu": -90.0} | facts
    )


def test_beads_on_the_line_of_a_calcified_vessel_belong_to_it():
    vessel = vessel_along_columns(10, 40)
    on_line = candidate(line_along_columns(52, 55), volume_mm3=20.0)
    aside = candidate(box_region((20, 45, 52), (2, 2, 3)), volume_mm3=20.0)
    large = candidate(box_region((18, 28, 60), (6, 6, 8)), volume_mm3=400.0)

    found = judged(vessel, on_line, aside, large)

    assert [one.category for one in found] == [
        Category.VASCULAR,
        Category.VASCULAR,
        Category.SOFT_TISSUE,
        Category.SOFT_TISSUE,
    ]


def test_a_bead_beyond_the_reach_of_a_vessel_stays_what_it_is():
    vessel = vessel_along_columns(2, 22)
    far = candidate(line_along_columns(112, 115), volume_mm3=20.0)

    assert judged(vessel, far)[1].category is Category.SOFT_TISSUE


def test_a_dense_line_in_muscle_is_a_vessel_where_a_bead_lies_on_its_continuation():
    line, bead = vessel_along_columns(10, 40, ring_hu=55.0), candidate(line_along_columns(52, 55), volume_mm3=20.0)

    assert [one.category for one in judged(line, bead)] == [Category.VASCULAR, Category.VASCULAR]
    assert [one.category for one in judged(line)] == [Category.UNCERTAIN]


def test_faint_objects_never_join_contrast_or_a_vessel_by_themselves():
    vessel = vessel_along_columns(10, 40)
    faint = candidate(line_along_columns(52, 55), volume_mm3=20.0, peak_hu=140.0)

    assert judged(vessel, faint)[1].verdict is None


def test_regions_and_facts_stay_as_they_were_and_nothing_gives_nothing():
    one = candidate()
    (same,) = judged(one)

    assert same.region is one.region
    assert same.facts == one.facts
    assert isinstance(same.region, Region)
    assert judged() == ()
