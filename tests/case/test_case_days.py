"""Days from the first study: no calendar date is left."""

from __future__ import annotations

import datetime as dt
import math

import pytest
from case_cases import DAY, change, pair, seen, study

from calcimeter.case.days import counted_from, days_from, first_of, is_order_known
from calcimeter.case.deposits import join_deposits
from calcimeter.case.left import is_nothing_left
from calcimeter.case.timeline import draw_up
from calcimeter.model.case import Case, LabResult, StatedLesion, Subject, Treatment, before_treatment
from calcimeter.reason.chemistry import read_chemistry

LABS = tuple(
    LabResult("calcium", value, "mmol/L", date=DAY + dt.timedelta(days=days), reference=(2.2, 2.6))
    for days, value in ((-10, 2.04), (40, 1.95), (200, 2.34))
)


def test_days_count_from_the_first_and_what_has_no_date_has_no_day():
    later = DAY + dt.timedelta(days=7)
    assert first_of([None, later, DAY]) == DAY
    assert days_from(DAY, later) == 7
    assert days_from(DAY, None) is None
    assert first_of([None]) is None


def test_blood_of_treated_patients_is_left_out_of_what_the_differential_rests_on():
    operated = Treatment("parathyroidectomy", DAY + dt.timedelta(days=30))
    undated = LabResult("phosphate", 2.1, "mmol/L")
    assert before_treatment((*LABS, undated), [operated]) == (LABS[0], undated)
    assert before_treatment(LABS, [Treatment("parathyroidectomy")]) == LABS


def test_without_a_date_nobody_knows_what_was_before_treatment():
    operated = Treatment("parathyroidectomy", DAY)
    assert is_order_known(LABS, [operated])
    assert is_order_known((), [Treatment("parathyroidectomy")])
    assert not is_order_known(LABS, [operated, Treatment("cinacalcet")])
    assert not is_order_known((*LABS, LabResult("phosphate", 2.1, "mmol/L")), [operated])


def test_days_of_blood_count_from_the_first_study_and_may_lie_before_it():
    chemistry = counted_from(read_chemistry(Subject(54, "M"), LABS), LABS, DAY)
    assert [one.day for one in chemistry.results] == [-10, 40, 200]
    assert chemistry.values["calcium"].day == 200
    assert chemistry.trends["calcium"].first.day == -10
    assert chemistry.trends["calcium"].days == 210


def test_a_deposit_that_vanished_ends_at_nothing_up_to_what_could_have_been_missed():
    studies = [study(1, seen(1)), study(2, day=180)]
    pairs = [pair(1, 2, change([1], [], "vanished"), response="complete_resolution")]
    timeline = draw_up(
        studies, join_deposits(studies, pairs, ()), pairs, None, [("excision", 20), ("cinacalcet", None)]
    )
    (line,) = timeline.volumes
    assert [(point.day, point.volume_mm3.value, point.state) for point in line.points] == [
        (0, 130e3, None),
        (180, 0.0, "vanished"),
    ]
    assert line.points[1].volume_mm3.high == 15.0
    assert timeline.treatments == (("excision", 20),)
    assert timeline.days == (0, 180)


def test_pieces_of_one_deposit_are_added_up_with_their_intervals():
    studies = [study(1, seen(1)), study(2, seen(2, 1, volume=50e3), seen(2, 2, volume=30e3), day=90)]
    pairs = [pair(1, 2, change([1], [1, 2], "split", (130e3, 80e3)))]
    (line,) = draw_up(studies, join_deposits(studies, pairs, ()), pairs, None, ()).volumes
    last = line.points[-1].volume_mm3
    half = 0.02 * math.hypot(50e3, 30e3)
    assert (last.value, last.low, last.high) == pytest.approx((80e3, 80e3 - half, 80e3 + half))
    assert line.points[-1].state == "split"


def test_blood_with_two_days_is_a_line_and_a_single_result_is_not():
    labs = (*LABS, LabResult("phosphate", 2.1, "mmol/L", date=DAY))
    chemistry = counted_from(read_chemistry(Subject(54, "M"), labs), labs, DAY)
    assert [line.analyte for line in draw_up([], [], [], chemistry, ()).blood] == ["calcium"]


def left_of(*studies, pairs, case=None):
    deposits = join_deposits(studies, pairs, ())
    return not is_nothing_left(case or Case(), studies, deposits, draw_up(studies, deposits, pairs, None, ()))


def test_nothing_is_left_only_where_every_deposit_is_known_to_have_vanished():
    gone = [pair(1, 2, change([1], [], "vanished"))]
    before, after = study(1, seen(1)), study(2, day=180)
    sternum = study(3, seen(3, site="sternum", side="midline"), day=3, region="thorax")
    again = study(4, seen(4, kind="radiograph"), kind="radiograph", day=300)
    assert not left_of(before, after, pairs=gone)
    assert left_of(before, after, pairs=[])
    assert left_of(before, after, sternum, pairs=gone)  # nobody followed it
    assert left_of(before, after, again, pairs=gone)
    assert left_of(before, after, pairs=gone, case=Case(lesions=(StatedLesion(site="knee"),)))
    assert left_of(study(1), pairs=[])  # nothing was found: nothing has vanished
