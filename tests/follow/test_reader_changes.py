"""What a reader took out at one date, and two results that differ by more than the patient."""

from __future__ import annotations

import numpy as np
import pytest
from study_cases import ball, left_aside, study

from calcimeter.follow.register import Registration
from calcimeter.follow.response import compare_registered
from calcimeter.follow.settings import FollowSettings
from calcimeter.geometry.rigid import Rigid
from calcimeter.model.comparison import Fit
from calcimeter.model.result import REJECTED

PLACE = (140.0, 60.0, 120.0)
BESIDE = (140.0, 60.0, 60.0)
NOWHERE = Rigid.shift(np.zeros(3))
IN_PLACE = Registration(NOWHERE, {}, frozenset(), Fit(1, 0.3, 1.0, 0.3, 0.05))


def compared(before, after, earlier=None, later=None):
    """Two studies of one patient who lies as before."""
    studies = study(before, **(earlier or {})), study(after, **(later or {}))
    return compare_registered(*studies, IN_PLACE, FollowSettings())


def taken_out(what=REJECTED, center=PLACE, radius=8.0):
    """A study whose reader took something out."""
    one = left_aside(what, center, radius, by_reader=True)
    return {"aside": (one,), "codes": frozenset({"EDITED_BY_READER"})}


def codes(comparison):
    return {caveat.code for caveat in comparison.caveats}


@pytest.mark.parametrize(("what", "words"), [(REJECTED, "rejected by a reader"), ("bone", "called bone by a reader")])
def test_what_a_reader_took_out_at_the_later_date_has_not_vanished(what, words):
    found = compared([ball(1, PLACE)], [], later=taken_out(what))
    (change,) = found.changes
    assert (change.state, found.response) == ("not_comparable", "not_comparable")
    assert words in change.because
    assert "COMPARED_EDITED" in codes(found)


def test_what_a_reader_took_out_at_the_earlier_date_is_not_new():
    found = compared([], [ball(1, PLACE)], earlier=taken_out())
    assert [change.state for change in found.changes] == ["not_comparable"]
    assert (found.response, found.new) == ("not_comparable", None)


def test_what_a_reader_took_out_elsewhere_speaks_against_nothing():
    found = compared([ball(1, PLACE)], [], later=taken_out(center=BESIDE))
    assert found.response == "complete_resolution"
    assert "COMPARED_EDITED" in codes(found)


def test_a_deposit_of_which_a_reader_took_out_a_piece_has_not_shrunk():
    piece = taken_out(center=(140.0, 60.0, 130.0), radius=3.0)
    found = compared([ball(1, PLACE, 12)], [ball(1, PLACE, 8)], later=piece)
    assert [change.state for change in found.changes] == ["not_comparable"]
    assert "reader" in found.changes[0].because


def test_what_the_other_scan_set_aside_in_its_place_is_not_gone():
    found = compared([ball(1, PLACE)], [], later={"aside": (left_aside("contrast", PLACE),)})
    assert [change.state for change in found.changes] == ["not_comparable"]
    assert "taken for contrast" in found.changes[0].because


def test_a_clip_where_a_mass_was_taken_out_is_no_mass():
    found = compared([ball(1, PLACE, 12)], [], later={"aside": (left_aside("metal", PLACE, 3.0),)})
    assert found.response == "complete_resolution"


def test_a_scan_beside_itself_says_why_nothing_changed():
    own = {"input_sha256": "aa"}
    found = compared([ball(1, PLACE)], [ball(1, PLACE)], own, own)
    assert found.because.endswith("both results are of the same images")
    assert found.is_of_same_images
    assert not compared([ball(1, PLACE)], [ball(1, PLACE)]).is_of_same_images


@pytest.mark.parametrize(
    ("later", "code"),
    [
        ({"version": "0.0.9"}, "COMPARED_VERSIONS"),
        ({"settings": "other"}, "COMPARED_SETTINGS"),
        ({"input_sha256": "aa"}, "COMPARED_SAME_IMAGES"),
    ],
)
def test_results_that_differ_by_more_than_the_patient_or_by_nothing_say_so(later, code):
    own = {"version": "0.1.0", "settings": "own", "input_sha256": "aa"}
    apart = {**own, "input_sha256": "bb"}
    assert codes(compared([], [], own, {**apart, **later})) - codes(compared([], [], own, apart)) == {code}


def test_deidentified_headers_do_not_vouch_for_patient_and_days():
    told = compared([ball(1, PLACE)], [ball(1, PLACE)], later={"deidentified": True})
    assert "COMPARED_DEIDENTIFIED" in codes(told)
    assert "COMPARED_DEIDENTIFIED" not in codes(compared([ball(1, PLACE)], [ball(1, PLACE)]))
