"""Which of the borders around a point is taken for the deposit's, and when none is."""

from dataclasses import replace

import numpy as np
import pytest
from film_cases import shadow, study

from calcimeter.model.radiograph import Marks
from calcimeter.radiograph.borders import border_of, likelihood, weighed
from calcimeter.radiograph.edge import fit_edge
from calcimeter.radiograph.look import look
from calcimeter.radiograph.outline import _fitting
from calcimeter.radiograph.settings import RadiographSettings

SETTINGS = RadiographSettings()


def at(values, point):
    return look(study(values), Marks(points=(point,)), SETTINGS)


def circle(radius, middle=(130.0, 118.0)):
    turn = np.linspace(0, 2 * np.pi, 180, endpoint=False)
    return np.array(middle) + radius * np.stack([np.cos(turn), np.sin(turn)], axis=1)


def judged(values, line):
    values = values.astype(np.float32)
    return likelihood(border_of(values, fit_edge(values, line, SETTINGS.edge)), SETTINGS.judge)


def test_a_true_border_is_likelier_than_one_within_or_around_it():
    values = shadow((30.0, 30.0))
    within, true, around = (judged(values, circle(radius)) for radius in (15.0, 30.0, 50.0))
    assert true > 0.9
    assert max(within, around) < 0.1


def test_a_border_open_on_one_side_is_less_likely_than_a_closed_one():
    values = shadow((30.0, 30.0), power=0.0)
    rows, columns = np.indices(values.shape)
    opened = values + 100.0 * ((columns > 158) & (np.abs(rows - 118) < 18))
    assert judged(opened, circle(30.0)) < judged(values, circle(30.0))


def seen(values, radius):
    values = values.astype(np.float32)
    return border_of(values, fit_edge(values, circle(radius), SETTINGS.edge))


def sized(border, share):
    """The same border, said to be of another size, where it is seen worse."""
    return replace(border, area_px=share * border.area_px, edge=replace(border.edge, weakest=0.9 * border.edge.weakest))


def doubtful():
    """A border that is as likely as not."""
    border = seen(shadow(), 25.0)
    return replace(border, edge=replace(border.edge, score=4.0, weakest=1.0))


def test_borders_of_about_its_size_make_one_likelier_and_others_do_not():
    border = doubtful()
    alone, near, far = (
        weighed([border, *more], SETTINGS.judge)[0] for more in ([], [sized(border, 0.92)], [sized(border, 0.7)])
    )
    assert far.likelihood < alone.likelihood < near.likelihood
    assert alone.others < near.others < far.others
    assert alone.disagreement == 0 < near.disagreement < 0.08
    assert near.rival == 0 < far.rival


def test_of_borders_of_one_size_the_one_seen_best_is_meant():
    """One of another shape has what speaks for the size, and lies nearer to a third that speaks for it too."""
    best, third = seen(shadow(), 25.0), doubtful()
    crooked = replace(sized(third, 0.96), center_px=(best.center_px[0] + 9.0, best.center_px[1]), even=0.1)
    third = replace(third, area_px=0.9 * best.area_px, edge=replace(best.edge, weakest=0.8 * best.edge.weakest))
    meant = weighed([best, crooked, third], SETTINGS.judge)
    assert max(meant, key=lambda one: one.likelihood).border is crooked
    assert meant[0].border is best


def test_likelihoods_of_borders_and_of_none_amount_to_one():
    border = doubtful()
    for meant in weighed([border, sized(border, 0.7), sized(border, 1.4)], SETTINGS.judge):
        assert 0 < meant.likelihood + meant.others < 1


def test_what_is_the_same_counts_once():
    border = seen(shadow(), 25.0)
    once, twice = (weighed([border] * n, SETTINGS.judge) for n in (1, 2))
    assert len(once) == len(twice) == 1
    assert once[0].likelihood == twice[0].likelihood


def test_a_level_and_a_contrast_change_no_likelihood():
    values = shadow((30.0, 30.0))
    assert judged(3 * values - 200, circle(30.0)) == pytest.approx(judged(values, circle(30.0)), abs=1e-3)


@pytest.mark.parametrize("point", [(118.0, 118.0), (130.0, 118.0), (146.0, 118.0)])
def test_a_point_in_a_lobe_leads_to_the_whole(point):
    large, small = shadow((32.0, 32.0), (120.0, 118.0)), shadow((20.0, 20.0), (148.0, 118.0), noise=0.0)
    rows, columns = np.indices(large.shape)
    ground = 500 + 0.15 * columns - 0.1 * rows
    whole = np.maximum(large, small)
    inside = (np.hypot(columns - 120, rows - 118) < 32) | (np.hypot(columns - 148, rows - 118) < 20)
    assert (whole - ground)[inside].mean() > 50
    (deposit,) = at(whole, point).deposits
    assert deposit.area_px.value == pytest.approx(inside.sum(), rel=0.08)


def test_a_plate_before_a_wider_body_is_not_taken_for_the_whole_nor_the_whole_for_it():
    values = shadow((36.0, 36.0), power=0.0) + shadow((18.0, 18.0), power=0.0, noise=0.0) - 500
    found = at(values, (130.0, 118.0))
    assert not found.deposits
    assert "another size" in found.suspects[0].because


def test_an_outline_that_is_hardly_seen_says_so_or_is_refused():
    for seed in range(1, 5):
        for deposit in at(shadow(noise=45.0, seed=seed), (130.0, 118.0)).deposits:
            assert "OUTLINE_UNSURE" in deposit.caveats
            assert deposit.confidence < SETTINGS.measure.sure_outline


def test_borders_that_fit_a_box_hardly_worse_than_the_best_one_are_weighed_too():
    box = (110.0, 98.0, 150.0, 138.0)
    lines = [circle(20.5), circle(24.0), circle(20.0), circle(17.0), circle(20.3)]
    assert _fitting(lines, box, SETTINGS.outline) == [2, 4]
