"""Where a search begins: places with a border all around, however faint, and none along a bone."""

from dataclasses import replace

import numpy as np
from film_cases import study

from calcimeter.model.radiograph import Marks
from calcimeter.radiograph.candidates import Candidate, find_candidates
from calcimeter.radiograph.look import HOLLOW, look
from calcimeter.radiograph.settings import CandidateSettings, RadiographSettings
from calcimeter.radiograph.spots import spots

SETTINGS = CandidateSettings(scales=(30.0,), most=40)
SHAPE = (240, 300)
ROWS, COLUMNS = np.indices(SHAPE)
ANYWHERE = np.ones(SHAPE, dtype=bool)


def shaft():
    """A bone far brighter than anything else, from the upper to the lower border."""
    return 500.0 + 300.0 * ((COLUMNS > 215) & (COLUMNS < 265))


def away_from(column, row):
    return np.hypot(COLUMNS - column, ROWS - row)


def shell(column, row, *, rise):
    """A wall around a middle that is hardly brighter than the outside."""
    away = away_from(column, row)
    return rise * np.where(away < 24, 0.1, np.where(away < 30, 1.0, 0.0))


def noise(strength):
    return strength * np.random.default_rng(3).standard_normal(SHAPE)


def test_a_faint_shell_is_the_first_spot_beside_a_bone_ten_times_brighter():
    values = shaft() + 0.2 * COLUMNS + shell(110, 130, rise=30.0) + noise(3.0)
    (place, radius), *_ = spots(values.astype(np.float32), ANYWHERE, SETTINGS)
    assert np.hypot(place[0] - 110, place[1] - 130) < 10
    assert radius == 30


def test_a_place_in_an_even_image_is_no_spot():
    assert spots(np.full(SHAPE, 500.0, dtype=np.float32), ANYWHERE, SETTINGS) == []


def test_no_spot_lies_where_an_image_is_not_usable():
    values = (500.0 + shell(110, 130, rise=30.0)).astype(np.float32)
    usable = away_from(110, 130) > 12
    first, *_ = spots(values, ANYWHERE, SETTINGS)
    assert not usable[round(first[0][1]), round(first[0][0])]
    assert all(usable[round(row), round(column)] for (column, row), _ in spots(values, usable, SETTINGS))


def test_each_scale_has_its_share_of_spots():
    wanted = CandidateSettings(scales=(9.0, 30.0), most=6)
    values = (shaft() + noise(5.0)).astype(np.float32)
    assert [radius for _, radius in spots(values, ANYWHERE, wanted)] == [9.0] * 3 + [30.0] * 3


def ringed(inside):
    """A ring of bone, and what lies in it."""
    away = away_from(140, 120)
    return study(500.0 + 100.0 * ((away < 34) & (away > 22)) + inside * (away <= 22) + noise(4.0))


def test_a_hole_with_bone_around_it_is_no_candidate_and_a_shell_is_one():
    hole, mass = (find_candidates(ringed(inside), RadiographSettings())[0] for inside in (-60.0, 10.0))
    near = [[np.hypot(one.center_px[0] - 140, one.center_px[1] - 120) < 10 for one in found] for found in (hole, mass)]
    assert not any(near[0])
    assert near[1][0]


def test_a_hole_that_was_taken_for_a_candidate_is_named_and_not_measured(monkeypatch):
    monkeypatch.setattr("calcimeter.radiograph.candidates._hollow", lambda image, line: False)
    found = look(ringed(-60.0), Marks(), RadiographSettings(candidates=CandidateSettings(outlined=1)))
    assert [one.because for one in found.suspects] == [HOLLOW]
    assert found.deposits == ()


def test_a_point_in_a_hole_with_bone_around_it_measures_nothing():
    found = look(ringed(-60.0), Marks(points=((140.0, 120.0),)), RadiographSettings())
    assert [one.because for one in found.suspects] == [HOLLOW]
    assert found.deposits == ()


def test_what_is_neither_unlike_bone_nor_has_a_border_is_not_named(monkeypatch):
    """A shaft alone: no border around a place of it is seen all along."""
    bone = Candidate((240.0, 120.0), 25.0, (215, 95, 265, 145), 0.6)
    monkeypatch.setattr("calcimeter.radiograph.look.find_candidates", lambda study, settings: ((bone,), 1))
    film = study(shaft() + noise(4.0))
    assert look(film, Marks(), RadiographSettings()).suspects == ()
    odd = replace(bone, unlike_bone=0.9)
    monkeypatch.setattr("calcimeter.radiograph.look.find_candidates", lambda study, settings: ((odd,), 1))
    (named,) = look(film, Marks(), RadiographSettings()).suspects
    assert named.unlike_bone == 0.9
