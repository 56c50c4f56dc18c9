"""What became of deposits: every state, and what speaks against saying so."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from study_cases import ball, hip, study

from calcimeter.errors import Refused, UsageError
from calcimeter.follow.register import Registration
from calcimeter.follow.response import compare_registered, compare_studies
from calcimeter.follow.settings import FollowSettings
from calcimeter.geometry.rigid import Rigid
from calcimeter.model.comparison import Fit
from calcimeter.model.lesion import Category

PLACE = (140.0, 60.0, 120.0)
BESIDE = (140.0, 60.0, 60.0)


NOWHERE = Rigid.shift(np.zeros(3))
IN_PLACE = Registration(NOWHERE, {}, frozenset(), Fit(1, 0.3, 1.0, 0.3, 0.05))
SLIDING = replace(IN_PLACE, fit=Fit(0, 0.3, 1.0, 0.3, 0.002))


def compared(before, after, earlier=None, later=None, registration=IN_PLACE):
    """Two studies of one patient who lies as before."""
    studies = study(before, **(earlier or {})), study(after, **(later or {}))
    return compare_registered(*studies, registration, FollowSettings())


def around(place, hu, radius=12.0):
    """Coarse HU of a study: muscle, and something else around a place."""
    empty = study()
    index = np.indices(empty.body.shape).reshape(3, -1).T
    points = index @ empty.affine_lps[:3, :3].T + empty.affine_lps[:3, 3]
    near = np.linalg.norm(points - place, axis=1) <= radius
    return np.where(near, hu, 50.0).reshape(empty.body.shape).astype(np.float32)


def states(comparison):
    return [(change.earlier, change.later, change.state) for change in comparison.changes]


def test_a_deposit_that_stays_is_stable():
    found = compared([ball(1, PLACE)], [ball(1, PLACE)])
    assert states(found) == [((1,), (1,), "stable")]
    assert found.response == "stable"
    assert found.changes[0].change_mm3 == 0


@pytest.mark.parametrize(
    ("radius", "state", "response"), [(10, "grown", "progression"), (6, "shrunk", "partial_response")]
)
def test_more_than_the_detectable_change_is_change(radius, state, response):
    found = compared([ball(1, PLACE)], [ball(1, PLACE, radius)])
    assert states(found) == [((1,), (1,), state)]
    assert found.response == response
    expected = 4 / 3 * np.pi * (radius**3 - 8**3)
    assert found.changes[0].change_mm3 == pytest.approx(expected)
    assert found.changes[0].change_percent == pytest.approx(100 * expected / (4 / 3 * np.pi * 8**3))


def test_the_detectable_change_rests_on_both_intervals():
    found = compared([ball(1, PLACE, half=0.03)], [ball(1, PLACE, half=0.04)])
    assert found.changes[0].detectable_change_mm3 == pytest.approx(0.05 * 4 / 3 * np.pi * 8**3)


@pytest.mark.parametrize(
    ("later", "code"),
    [
        ({"spacing_mm": (5.0, 1.0, 1.0)}, "COMPARED_THICKNESS"),
        ({"kernel": "BONE"}, "COMPARED_KERNEL"),
        ({"kvp": 100.0}, "COMPARED_KVP"),
    ],
)
def test_scans_that_differ_widen_it_and_say_so(later, code):
    alike = compared([ball(1, PLACE)], [ball(1, PLACE)])
    differ = compared([ball(1, PLACE)], [ball(1, PLACE)], later=later)
    assert differ.changes[0].detectable_change_mm3 > alike.changes[0].detectable_change_mm3
    assert code in {caveat.code for caveat in differ.caveats}


def test_all_gone_is_complete_resolution_with_the_limit_stated():
    found = compared([ball(1, PLACE), ball(2, BESIDE)], [])
    assert [change.state for change in found.changes] == ["vanished", "vanished"]
    assert found.response == "complete_resolution"
    assert found.later_limit_mm3 == 25.0
    assert found.volume_later_mm3.value == 0
    assert found.changes[0].change_percent == -100


def test_after_all_is_gone_the_volume_reaches_up_to_what_the_later_scan_may_hide():
    found = compared([ball(1, PLACE), ball(2, BESIDE)], [])
    assert (found.volume_later_mm3.low, found.volume_later_mm3.high) == (0.0, 2 * 25.0)
    assert found.volume_earlier_mm3.low > 0


def test_before_one_is_new_the_volume_reaches_up_to_what_the_earlier_scan_may_hide():
    found = compared([], [ball(1, PLACE)], earlier={"detection_limit_mm3": 40.0})
    assert (found.volume_earlier_mm3.value, found.volume_earlier_mm3.low, found.volume_earlier_mm3.high) == (0, 0, 40)


def test_the_mass_of_what_vanished_may_be_off_by_what_the_later_scan_may_hide():
    """A sphere of 300 HU and 25 mm3, at 0.8 mg per ml and HU: 6 mg."""
    calibrated = {"mg_ha_per_ml_per_hu": 0.8}
    (change,) = compared([ball(1, PLACE, mass=100.0)], [], calibrated, calibrated).changes
    assert change.mass_change_mg_ha == -100
    assert change.detectable_mass_mg_ha == pytest.approx(np.hypot(10.0, 6.0))


def test_a_new_deposit_is_progression_and_has_no_percent():
    found = compared([ball(1, PLACE)], [ball(1, PLACE, 6), ball(2, BESIDE)])
    assert states(found)[1] == ((), (2,), "new")
    assert found.changes[1].change_percent is None
    assert found.response == "progression"
    assert found.new == 1


def test_two_that_grow_together_have_merged():
    found = compared([ball(1, (140, 60, 130)), ball(2, (140, 60, 105))], [ball(1, (140, 60, 118), 20)])
    assert states(found) == [((1, 2), (1,), "merged")]
    assert found.changes[0].tracking_uid == "2.25.1"


def test_one_that_falls_apart_has_split_and_its_first_piece_keeps_the_name():
    before, after = [ball(7, (140, 60, 118), 20)], [ball(1, (140, 60, 130)), ball(2, (140, 60, 105))]
    found = compared(before, after)
    assert states(found) == [((7,), (1, 2), "split")]
    assert found.kept_uids({1: "2.25.1", 2: "2.25.2"}) == {"2.25.1": "2.25.7"}


def test_a_piece_that_has_the_name_from_a_study_between_keeps_it_and_no_other_gets_it():
    before, after = [ball(7, (140, 60, 118), 20)], [ball(1, (140, 60, 130)), ball(2, (140, 60, 105))]
    assert compared(before, after).kept_uids({1: "2.25.1", 2: "2.25.7"}) == {}


@pytest.mark.parametrize(
    ("hu", "state", "response"),
    [(112.0, "not_comparable", "not_comparable"), (64.0, "vanished", "complete_resolution")],
)
def test_a_deposit_that_paled_below_the_threshold_has_not_vanished(hu, state, response):
    found = compared([ball(1, PLACE)], [], later={"hu": around(PLACE, hu)})
    assert [change.state for change in found.changes] == [state]
    assert found.response == response


def test_mineral_that_paled_in_the_lower_part_of_a_cyst_has_not_vanished():
    lower = (PLACE[0], PLACE[1], PLACE[2] - 9)
    found = compared([ball(1, PLACE, 12.0)], [], later={"hu": around(lower, 112.0, 12.0)})
    assert [change.state for change in found.changes] == ["not_comparable"]


def test_a_deposit_that_was_too_faint_before_is_not_new():
    found = compared([], [ball(1, PLACE)], earlier={"hu": around(PLACE, 112.0)})
    assert [change.state for change in found.changes] == ["not_comparable"]
    assert found.new is None


def test_what_bone_lends_to_its_neighborhood_is_nothing_left():
    bones = np.ones(study().body.shape, dtype=bool)
    bones[..., 34:36] = False  # a gap of 8 mm around the middle of the deposit
    found = compared([ball(1, PLACE, 4.0)], [], later={"hu": around(PLACE, 150.0), "bones_mask": bones})
    assert [change.state for change in found.changes] == ["vanished"]


def test_a_deposit_fainter_than_what_the_other_scan_was_searched_for_has_not_vanished():
    before = [ball(1, PLACE, mean_hu=190.0)]
    assert states(compared(before, [], later={"threshold_hu": 200.0})) == [((1,), (), "not_comparable")]
    assert states(compared(before, [], later={"threshold_hu": 150.0})) == [((1,), (), "vanished")]


def test_neighbors_stay_two():
    before = [ball(1, (140, 60, 120), 10), ball(2, (140, 60, 136), 3)]
    after = [ball(1, (140, 60, 120), 10), ball(2, (140, 60, 136), 3)]
    assert [state for _, _, state in states(compared(before, after))] == ["stable", "stable"]


def test_outside_the_view_is_not_gone():
    found = compared([ball(1, PLACE), ball(2, BESIDE)], [ball(1, BESIDE)], later={"size_mm": (90, 200, 200)})
    assert states(found) == [((1,), (), "not_in_view"), ((2,), (1,), "stable")]
    assert found.response == "not_comparable"
    assert found.changes[0].change_mm3 is None
    assert "COMPARED_VIEWS_DIFFER" in {caveat.code for caveat in found.caveats}


def test_volumes_are_not_known_where_a_deposit_is_not_followed():
    """Of two deposits one is outside the later view: a sum over the other would read as all that is there."""
    found = compared([ball(1, PLACE), ball(2, BESIDE)], [ball(1, BESIDE)], later={"size_mm": (90, 200, 200)})
    assert (found.volume_earlier_mm3, found.volume_later_mm3) == (None, None)
    assert found.new == 0
    assert "COMPARED_VOLUME_UNKNOWN" in {caveat.code for caveat in found.caveats}


def test_with_nothing_followed_no_volume_and_no_number_of_new_ones_is_told():
    found = compared([ball(1, PLACE, half=None)], [ball(1, BESIDE, 3)], earlier={"detection_limit_mm3": 500.0})
    assert found.response == "not_comparable"
    assert (found.volume_earlier_mm3, found.volume_later_mm3, found.new) == (None, None, None)
    assert {"COMPARED_VOLUME_UNKNOWN", "COMPARED_NEW_UNKNOWN"} <= {caveat.code for caveat in found.caveats}


def test_where_outlines_were_given_nobody_looked_for_new_ones():
    not_searched = {"searched": False, "detection_limit_mm3": None}
    followed = compared([ball(1, PLACE)], [ball(1, PLACE)], later=not_searched)
    assert followed.new is None
    assert followed.volume_later_mm3.value == pytest.approx(4 / 3 * np.pi * 8**3)
    assert "COMPARED_NEW_UNKNOWN" in {caveat.code for caveat in followed.caveats}
    assert compared([], [], later=not_searched).volume_later_mm3 is None


def test_nothing_in_two_searched_scans_is_a_volume_of_nothing():
    found = compared([], [])
    assert found.volume_earlier_mm3.value == found.volume_later_mm3.value == found.new == 0
    assert not {caveat.code for caveat in found.caveats} & {"COMPARED_VOLUME_UNKNOWN", "COMPARED_NEW_UNKNOWN"}


def test_growth_of_those_that_are_followed_is_told_as_theirs():
    before, after = [ball(1, PLACE), ball(2, BESIDE)], [ball(1, BESIDE, 12)]
    found = compared(before, after, later={"size_mm": (90, 200, 200)})
    assert found.response == "progression"
    assert found.because.startswith("of those that can be followed")
    assert found.volume_later_mm3 is None


def test_the_empty_corner_of_a_round_view_is_not_examined():
    body = np.ones((50, 50, 50), dtype=bool)
    body[:, :25, 28:] = False
    assert states(compared([ball(1, PLACE)], [], later={"body": body}))[0][2] == "not_in_view"


def test_a_place_that_was_not_searched_is_not_empty():
    found = compared([ball(1, PLACE)], [], later={"searched": False, "detection_limit_mm3": None})
    assert states(found)[0][2] == "not_comparable"
    assert "not searched" in found.changes[0].because


def test_what_the_other_scan_could_have_missed_is_not_gone():
    assert states(compared([ball(1, PLACE, 3)], [], later={"detection_limit_mm3": 500.0}))[0][2] == "not_comparable"
    assert states(compared([], [ball(1, PLACE, 3)], earlier={"detection_limit_mm3": 500.0}))[0][2] == "not_comparable"


def test_what_was_taken_for_something_else_is_not_gone():
    found = compared([ball(1, PLACE)], [ball(1, PLACE, category=Category.VASCULAR)])
    assert states(found) == [((1,), (), "not_comparable")]
    assert "vascular" in found.changes[0].because
    assert found.response == "not_comparable"


def test_what_was_taken_for_bone_is_not_gone():
    bone = np.zeros((50, 50, 50), dtype=bool)
    bone[25:35, 10:20, 30:40] = True
    found = compared([ball(1, PLACE)], [], later={"bones_mask": bone})
    assert states(found)[0][2] == "not_comparable"


def test_something_uncertain_in_its_place_is_no_resolution():
    found = compared([ball(1, PLACE)], [ball(1, PLACE, 5, category=Category.UNCERTAIN)])
    assert states(found) == [((1,), (1,), "shrunk")]
    assert found.response == "partial_response"


def test_a_change_of_category_alone_is_no_growth():
    found = compared([ball(1, PLACE, category=Category.UNCERTAIN)], [ball(1, PLACE)])
    assert found.response == "stable"


def test_a_new_uncertain_deposit_is_not_counted_but_told():
    found = compared([ball(1, PLACE)], [ball(1, PLACE), ball(2, BESIDE, category=Category.UNCERTAIN)])
    assert found.new == 0
    assert "COMPARED_UNCERTAIN_NEW" in {caveat.code for caveat in found.caveats}


def test_a_volume_without_interval_is_not_comparable():
    found = compared([ball(1, PLACE, half=None)], [ball(1, PLACE)])
    assert states(found)[0][2] == "not_comparable"
    assert found.changes[0].because == "a volume has no 95 % interval"
    assert found.changes[0].detectable_change_mm3 is None


def test_a_deposit_cut_by_the_border_is_not_comparable():
    found = compared([ball(1, PLACE, caveats=("TOUCHES_BORDER",))], [ball(1, PLACE, 6)])
    assert states(found)[0][2] == "not_comparable"


def test_what_the_border_cuts_is_neither_new_nor_gone():
    cut = [ball(1, PLACE, caveats=("TOUCHES_BORDER",))]
    assert states(compared([], cut))[0][2] == states(compared(cut, []))[0][2] == "not_comparable"


def test_along_a_shaft_nothing_is_said_to_be_gone_or_new():
    assert states(compared([ball(1, PLACE)], [], registration=SLIDING))[0][2] == "not_comparable"
    found = compared([], [ball(1, PLACE)], registration=SLIDING)
    assert states(found)[0][2] == "not_comparable"
    assert found.response == "not_comparable"
    assert "COMPARED_BY_SHAFT" in {caveat.code for caveat in found.caveats}


def test_no_deposit_at_either_date_is_stable():
    found = compared([], [])
    assert found.response == "stable"
    assert found.changes == ()


def test_mass_is_compared_only_with_one_kind_of_calibration():
    before, after = [ball(1, PLACE, mass=1000.0)], [ball(1, PLACE, mass=800.0)]
    assert compared(before, after).changes[0].mass_change_mg_ha == pytest.approx(-200)
    found = compared(before, after, later={"calibration": "rod"})
    assert found.changes[0].mass_change_mg_ha is None
    assert "COMPARED_CALIBRATION" in {caveat.code for caveat in found.caveats}


def test_dates_in_the_wrong_order_are_refused():
    with pytest.raises(UsageError, match="order"):
        compare_studies(study(), study(date=dt.date(2018, 1, 1)))


def test_days_are_counted_and_unknown_dates_told():
    assert compared([], [], later={"date": dt.date(2019, 10, 31)}).interval_days == 182
    found = compared([], [], later={"date": None})
    assert found.interval_days is None
    assert "COMPARED_WITHOUT_DATE" in {caveat.code for caveat in found.caveats}


def test_two_patients_are_refused_by_header_and_by_skeleton():
    with pytest.raises(UsageError, match="two patients"):
        compare_studies(study(patient="a"), study(patient="b"))
    with pytest.raises(Refused, match="skeletons"):
        compare_studies(study(), study(bones=hip(otherwise_mm=25.0)))


radii = st.lists(st.floats(4, 9), min_size=0, max_size=3)


@settings(max_examples=25, deadline=None)
@given(radii, radii)
def test_every_deposit_is_told_of_exactly_once(one, other):
    places = [(140, 60, 40), (140, 60, 80), (140, 60, 120)]
    before = [ball(k, places[k - 1], r) for k, r in enumerate(one, start=1)]
    after = [ball(k, places[k - 1], r) for k, r in enumerate(other, start=1)]
    found = compared(before, after)
    assert sorted(n for change in found.changes for n in change.earlier) == list(range(1, len(one) + 1))
    assert sorted(n for change in found.changes for n in change.later) == list(range(1, len(other) + 1))
    back = compared(after, before)
    opposite = {"new": "vanished", "vanished": "new", "grown": "shrunk", "shrunk": "grown"}
    told = {change.later or change.earlier: opposite.get(change.state, change.state) for change in found.changes}
    assert {change.earlier or change.later: change.state for change in back.changes} == told


def test_the_whole_way_from_two_studies():
    found = compare_studies(study([ball(1, PLACE), ball(2, BESIDE)]), study([ball(1, PLACE, 6)]))
    assert [state for _, _, state in states(found)] == ["shrunk", "vanished"]
    assert found.fit.held >= FollowSettings().match.held
