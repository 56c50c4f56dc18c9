"""The Agatston score as literature defines it, and every trap that other programs fall into."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from ct_cases import anatomy_of, box_region, dense_of, study_of, volume_of

from calcimeter.ct.agatston import score_agatston
from calcimeter.ct.given import take_outlines
from calcimeter.model.caveat import caveat
from calcimeter.model.volume import Region

SHAPE = (8, 30, 30)
INNER = (slice(2, 5), slice(10, 14), slice(10, 15))
"""Three slices of 4 x 5 voxels."""


def score(values, spacing=(3.0, 1.0, 1.0), *, contrast=None, threshold_hu=130.0, **study):
    """The score of everything dense in a volume, as one deposit."""
    volume = volume_of(values, spacing)
    dense = dense_of(volume, threshold_hu)
    outline = box_region((0, 0, 0), SHAPE)
    deposits = take_outlines(study_of(volume), ((1, outline),), dense)
    known = replace(study_of(volume), **{"kvp": 120.0, **study})
    (found,) = score_agatston(known, deposits, dense, anatomy_of(SHAPE, contrast=contrast))
    return found


def block(hu, where=INNER, background=50):
    values = np.full(SHAPE, background)
    values[where] = hu
    return values


@pytest.mark.parametrize(
    ("hu", "weight"),
    [(130, 0), (131, 1), (198, 1), (199, 2), (298, 2), (299, 3), (398, 3), (399, 4), (3000, 4)],
)
def test_area_times_weight_summed_over_slices(hu, weight):
    """130 HU are not over the search threshold of 130; from 199, 299 and 399 HU on the next weight counts."""
    assert score(block(hu)) == pytest.approx(3 * 20 * weight)


@pytest.mark.parametrize("step_mm", [0.6, 1.0, 1.5, 3.0, 5.0])
def test_the_distance_of_slices_is_normalized_to_3_mm(step_mm):
    """Trap: without it the score is inflated threefold at 1 mm."""
    assert score(block(250), (step_mm, 1.0, 1.0)) == pytest.approx(3 * 20 * 2 * step_mm / 3)


def test_the_area_is_in_mm2_and_not_in_pixels():
    assert score(block(250), (3.0, 0.5, 0.8)) == pytest.approx(3 * 20 * 0.4 * 2)


def test_each_slice_has_the_weight_of_its_own_highest_value():
    """Trap: one weight for the whole object in 3-D."""
    values = block(150)
    values[3, 11, 11] = 450

    assert score(values) == pytest.approx(20 * (1 + 4 + 1))


def test_each_component_of_a_slice_has_its_own_weight():
    values = block(150, (slice(3, 4), slice(5, 7), slice(5, 7)))
    values[3, 20:22, 20:23] = 450

    assert score(values) == pytest.approx(4 * 1 + 6 * 4)


def test_voxels_that_meet_at_a_corner_are_two_components():
    """Trap: connectivity changes what the highest value weighs."""
    values = block(150, (slice(3, 4), slice(5, 7), slice(5, 7)))
    values[3, 7:9, 7:9] = 450

    assert score(values) == pytest.approx(4 * 1 + 4 * 4)


@pytest.mark.parametrize(("pixel_mm", "counts"), [(0.4, False), (0.49, False), (0.5, True), (0.6, True)])
def test_a_component_counts_from_1_mm2_on(pixel_mm, counts):
    """Four pixels; exactly 1 mm2 counts, where others drop it."""
    values = block(500, (slice(3, 4), slice(5, 7), slice(5, 7)))

    assert score(values, (3.0, pixel_mm, pixel_mm)) == pytest.approx(16 * pixel_mm**2 if counts else 0.0)


@pytest.mark.parametrize(("kvp", "hu"), [(70, 318), (80, 271), (100, 222), (120, 199), (135, 183)])
def test_the_published_thresholds_of_a_voltage_are_taken(kvp, hu):
    """The second threshold, met exactly and missed by one."""
    assert score(block(hu), kvp=float(kvp)) == pytest.approx(3 * 20 * 2)
    assert score(block(hu - 1), kvp=float(kvp)) == pytest.approx(3 * 20 * 1)


def test_at_a_lower_voltage_fainter_voxels_do_not_count():
    values = block(170)
    values[INNER[0], 11, 11] = 300

    assert score(values, kvp=80.0) == pytest.approx(3 * 1 * 2)


def test_at_a_higher_voltage_the_fringe_under_the_search_threshold_counts():
    """119 HU at 135 kV: one voxel around what is dense, edge to edge; not what lies apart."""
    values = block(150)
    values[2:5, 9, 10:15] = 125
    values[2:5, 8, 10:15] = 125
    values[2:5, 20, 20] = 125

    assert score(values, kvp=135.0) == pytest.approx(3 * 25)


def test_in_noise_that_raises_the_search_threshold_the_fringe_still_counts():
    values = block(250)
    values[2:5, 9, 10:15] = 140

    assert score(values, threshold_hu=160.0) == pytest.approx(3 * 25 * 2)


@pytest.mark.parametrize("kvp", [60.0, 90.0, 110.0, 125.0, 130.0, 140.0, None])
def test_between_and_beyond_the_published_voltages_there_is_no_score(kvp):
    assert score(block(300), kvp=kvp) is None


def test_images_of_one_photon_energy_have_no_score():
    assert score(block(300), monoenergetic_kev=70.0) is None


def test_with_contrast_medium_there_is_no_score():
    pool = np.zeros(SHAPE, dtype=bool)
    pool[0, 0, 0] = True

    assert score(block(300), contrast=pool) is None
    assert score(block(300), caveats=(caveat("CONTRAST_GIVEN"),)) is None


def test_nothing_dense_is_a_score_of_0_and_not_an_absence():
    assert score(block(60)) == 0.0


def test_no_deposit_has_no_score():
    volume = volume_of(block(300))
    assert score_agatston(study_of(volume), (), dense_of(volume), anatomy_of(SHAPE)) == ()


def test_what_is_dense_beside_a_deposit_is_not_its():
    """Bone one voxel away: over the search threshold, and of another deposit."""
    values = block(150)
    values[2:5, 9, 10:15] = 1000
    volume = volume_of(values, (3.0, 1.0, 1.0))
    dense = dense_of(volume)
    own = Region((2, 10, 10), np.ones((3, 4, 5), dtype=bool))
    deposits = take_outlines(study_of(volume), ((1, own),), dense)

    (found,) = score_agatston(replace(study_of(volume), kvp=120.0), deposits, dense, anatomy_of(SHAPE))

    assert found == pytest.approx(3 * 20)
