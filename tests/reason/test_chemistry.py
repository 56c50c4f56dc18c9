"""Blood results side by side: what is low and high, in order of time, and what is not known stays so."""

from __future__ import annotations

import datetime as dt
import json

import pytest
from chemistry_cases import CHILD, FIRST, MAN, WOMAN, lab, words
from hypothesis import given
from hypothesis import strategies as st

from calcimeter.errors import AmbiguousResult, UnknownUnit, UsageError
from calcimeter.knowledge.analytes import analytes
from calcimeter.model.case import LabResult, Subject
from calcimeter.model.chemistry import Chemistry
from calcimeter.reason.chemistry import read_chemistry
from calcimeter.report.chemistry import chemistry_record


def status(subject: Subject, *labs: LabResult) -> str | None:
    """The status of the only analyte."""
    (value,) = read_chemistry(subject, labs).values.values()
    return value.status


def test_no_results_are_an_empty_record() -> None:
    assert read_chemistry(MAN, ()) == Chemistry()
    assert Chemistry().get("calcium") is None


def test_values_are_in_canonical_units_and_keep_what_was_given() -> None:
    value = read_chemistry(MAN, [lab("phosphate", 7.1, "mg/dL")]).values["phosphate"]

    assert value.value == pytest.approx(2.292, abs=1e-3)
    assert (value.unit, value.given, value.status) == ("mmol/L", (7.1, "mg/dL"), "high")


def test_the_laboratorys_range_stands_before_the_tables() -> None:
    own = read_chemistry(MAN, [lab("phosphate", 1.6, "mmol/L", reference=(0.8, 1.7))]).values["phosphate"]
    table = read_chemistry(MAN, [lab("phosphate", 1.6, "mmol/L")]).values["phosphate"]

    assert (own.status, own.reference, own.reference_from) == ("normal", (0.8, 1.7), "laboratory")
    assert (table.status, table.reference, table.reference_from) == ("high", (0.8, 1.5), "table")
    assert "Harmony" in table.because


def test_a_range_is_converted_with_its_value() -> None:
    value = read_chemistry(MAN, [lab("phosphate", 4.0, "mg/dL", reference=(2.5, 4.5))]).values["phosphate"]

    assert value.status == "normal"
    assert value.reference == pytest.approx((0.807, 1.453), abs=1e-3)


def test_phosphate_of_a_child_is_judged_by_its_age() -> None:
    assert status(CHILD, lab("phosphate", 1.7, "mmol/L")) == "normal"
    assert status(MAN, lab("phosphate", 1.7, "mmol/L")) == "high"
    assert status(Subject(0.25), lab("phosphate", 2.5, "mmol/L")) == "normal"
    assert status(Subject(8.0), lab("phosphate", 1.0, "mmol/L")) == "low"


def test_without_age_or_sex_only_what_every_range_says_is_said() -> None:
    nobody = Subject()
    assert status(nobody, lab("phosphate", 3.5, "mmol/L")) == "high"
    assert status(nobody, lab("phosphate", 1.7, "mmol/L")) is None
    assert status(Subject(54.0), lab("creatinine", 812, "umol/L")) == "high"
    assert status(Subject(54.0), lab("creatinine", 95, "umol/L")) is None
    assert status(nobody, lab("alkaline_phosphatase", 300, "U/L")) is None
    (why,) = read_chemistry(nobody, [lab("phosphate", 1.7, "mmol/L")]).values.values()
    assert "the age is not known" in why.because


def test_the_age_is_that_on_the_day_of_the_result() -> None:
    labs = [lab("phosphate", 1.6, "mmol/L", day=0), lab("phosphate", 1.6, "mmol/L", day=3 * 365)]

    first, last = read_chemistry(Subject(15.0, "F"), labs).results

    assert (first.status, last.status) == ("normal", "high")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("> 900", "high"),
        ("> 65", "high"),
        (">= 65", None),
        ("> 40", None),
        ("< 15", "low"),
        ("<= 15", None),
        ("< 40", None),
        ("< 4", "low"),
    ],
)
def test_a_bound_says_only_what_it_says(value, expected) -> None:
    assert status(MAN, lab("pth_intact", value, "pg/mL")) == expected


def test_a_bound_against_a_range_with_one_end() -> None:
    assert status(MAN, lab("egfr", "> 90", "mL/min/{1.73_m2}")) == "normal"
    assert status(MAN, lab("egfr", "< 15", "mL/min/{1.73_m2}")) == "low"
    assert status(MAN, lab("crp", "< 5", "mg/L")) == "normal"
    assert status(MAN, lab("crp", "< 10", "mg/L")) is None


def test_a_flag_stands_where_there_is_no_range_and_never_against_one() -> None:
    flagged = lab("phosphate", 1.2, "mmol/L", interpretation="high")
    against = lab("phosphate", 1.2, "mmol/L", interpretation="high", reference=(0.8, 1.5))

    assert status(MAN, flagged) == "high"
    value = read_chemistry(MAN, [against]).values["phosphate"]
    assert value.status is None
    assert "contradict" in value.because


def test_words_alone_are_a_status_without_a_number() -> None:
    value = read_chemistry(MAN, words(calcium="normal")).values["calcium"]

    assert (value.value, value.status) == (None, "normal")


def test_the_latest_is_by_date_and_not_by_place() -> None:
    labs = [lab("pth_intact", 40, "pg/mL", day=30), lab("pth_intact", 900, "pg/mL", day=0)]
    chemistry = read_chemistry(MAN, labs)

    assert chemistry.values["pth_intact"].value == 40.0
    assert [value.day for value in chemistry.results] == [0, 30]
    assert chemistry.trends["pth_intact"].direction == "falling"
    assert chemistry.trends["pth_intact"].days == 30


def test_the_time_of_day_decides_within_a_day() -> None:
    early, late = dt.time(8), dt.time(16)
    labs = [lab("pth_intact", 40, "pg/mL", 0, time=late), lab("pth_intact", 900, "pg/mL", 0, time=early)]

    assert read_chemistry(MAN, labs).values["pth_intact"].value == 40.0


@pytest.mark.parametrize("day", [None, 0])
def test_contradicting_results_without_an_order_leave_the_value_open(day) -> None:
    chemistry = read_chemistry(MAN, [lab("pth_intact", 900, "pg/mL", day), lab("pth_intact", 30, "pg/mL", day)])
    value = chemistry.values["pth_intact"]

    assert (value.value, value.status) == (None, None)
    assert "order is not known" in value.because
    assert len(chemistry.results) == 2


def test_results_without_an_order_that_agree_say_what_they_agree_on() -> None:
    chemistry = read_chemistry(MAN, [lab("pth_intact", 900, "pg/mL"), lab("pth_intact", 700, "pg/mL")])

    assert chemistry.values["pth_intact"].status == "high"
    assert chemistry.notes == ("intact PTH: 2 results without dates, their order is not known",)


def test_an_undated_result_never_stands_before_a_dated_one() -> None:
    chemistry = read_chemistry(MAN, [lab("phosphate", 1.0, "mmol/L", day=0), lab("phosphate", 2.0, "mmol/L")])

    assert chemistry.values["phosphate"].value == 1.0
    assert chemistry.notes == ("phosphate: 1 without a date, not used for the latest value",)


def test_a_change_within_a_persons_variation_is_none() -> None:
    small = read_chemistry(MAN, [lab("calcium", 2.30, "mmol/L", 0), lab("calcium", 2.36, "mmol/L", 10)])
    large = read_chemistry(MAN, [lab("calcium", 2.30, "mmol/L", 0), lab("calcium", 2.60, "mmol/L", 10)])

    assert small.trends["calcium"].direction == "unchanged"
    assert large.trends["calcium"].direction == "rising"
    assert large.trends["calcium"].change == pytest.approx(0.30)


def test_a_trend_from_a_bound_says_only_what_is_sure() -> None:
    falling = read_chemistry(MAN, [lab("pth_intact", "> 900", "pg/mL", 0), lab("pth_intact", 40, "pg/mL", 9)])
    unknown = read_chemistry(MAN, [lab("pth_intact", "> 900", "pg/mL", 0), lab("pth_intact", 1200, "pg/mL", 9)])

    assert (falling.trends["pth_intact"].change, falling.trends["pth_intact"].direction) == (None, "falling")
    assert unknown.trends["pth_intact"].direction is None


def test_a_critically_low_total_calcium_is_kept_and_shown_first() -> None:
    labs = [
        lab("phosphate", 0.25, "mmol/L"),
        lab("calcium", 4.9, "mg/dL", kind="total"),
        lab("magnesium", 0.35, "mmol/L"),
    ]
    chemistry = read_chemistry(MAN, labs, {"parathyroidectomy": True})

    assert [value.analyte for value in chemistry.criticals] == ["calcium", "magnesium", "phosphate"]
    assert chemistry.values["calcium"].value == pytest.approx(1.2226, abs=1e-3)
    assert any("hungry bone" in caveat for caveat in chemistry.pattern.caveats)
    assert next(iter(chemistry_record(chemistry))) == "criticals"


def test_a_low_calcium_that_is_not_said_to_be_total_is_refused() -> None:
    with pytest.raises(AmbiguousResult, match=r"line 3: met a calcium of 4\.8 mg/dL.*say which"):
        read_chemistry(MAN, [lab("calcium", 4.8, "mg/dL", source="line 3")])


def test_a_total_that_albumin_explains_is_not_critical() -> None:
    chemistry = read_chemistry(MAN, [lab("calcium", 1.78, "mmol/L"), lab("albumin", 15, "g/L")])

    assert chemistry.derived["calcium_albumin_corrected"].value == pytest.approx(2.28)
    assert chemistry.criticals == ()
    assert "not when corrected for albumin" in chemistry.values["calcium"].caveats[0]


def test_unknown_analytes_and_units_are_errors() -> None:
    with pytest.raises(UsageError, match="'sodium', which is not known"):
        read_chemistry(MAN, [lab("sodium", 140, "mmol/L")])
    with pytest.raises(UnknownUnit, match="line 9: met the unit 'mmol'"):
        read_chemistry(MAN, [lab("phosphate", 2, "mmol", source="line 9")])
    with pytest.raises(UnknownUnit, match="without a unit"):
        read_chemistry(MAN, [lab("phosphate", 2)])


def test_the_record_holds_no_date_and_no_place_and_survives_json() -> None:
    labs = [lab("calcium", 2.3, "mmol/L", 0, source="line 7"), lab("calcium", 2.4, "mmol/L", 12, source="line 8")]
    text = json.dumps(chemistry_record(read_chemistry(MAN, labs)), allow_nan=False)

    assert str(FIRST.year) not in text.replace("2016", "").replace("2021", "")
    assert "line 7" not in text
    assert json.loads(text)["trends"]["calcium"]["days"] == 12


def test_the_later_of_measured_and_derived_is_taken() -> None:
    labs = [lab("egfr", 80, "mL/min/{1.73_m2}", 0), lab("creatinine", 700, "umol/L", 90)]
    later, same = read_chemistry(WOMAN, labs), read_chemistry(WOMAN, [labs[0], lab("creatinine", 120, "umol/L", 0)])

    assert later.get("egfr").derived
    assert not same.get("egfr").derived


TERMS = sorted(set(analytes()) - {"calcium", "calcium_albumin_corrected", "calcium_ionized"})


@given(st.lists(st.tuples(st.sampled_from(TERMS), st.integers(0, 400) | st.none()), max_size=12), st.randoms())
def test_no_result_is_lost_and_the_order_of_the_list_does_not_matter(picks, random) -> None:
    labs = [
        lab(term, sum(analytes()[term].plausible) / 2, analytes()[term].quantity.unit, day)
        for term, day in dict(picks).items()
    ]
    shuffled = list(labs)
    random.shuffle(shuffled)
    chemistry = read_chemistry(MAN, labs)

    assert len(chemistry.results) == len(labs)
    assert chemistry_record(chemistry) == chemistry_record(read_chemistry(MAN, shuffled))


def test_a_creatinine_in_mg_per_dl_with_the_other_unit_behind_it_is_refused_and_never_healthy_kidneys() -> None:
    for subject in (MAN, Subject()):
        with pytest.raises(AmbiguousResult, match="check the unit"):
            read_chemistry(subject, [lab("creatinine", 7.5, "umol/L")])
    assert status(Subject(1.5, "F"), lab("creatinine", 12.0, "umol/L")) == "low"


def test_kidneys_of_a_child_are_judged_by_its_creatinine() -> None:
    labs = [lab("creatinine", 38.0, "umol/L"), *words(phosphate="high", calcium="normal", pth_intact="normal")]

    assert status(CHILD, labs[0]) == "normal"
    assert status(CHILD, lab("creatinine", 90.0, "umol/L")) == "high", "normal in her mother"
    assert read_chemistry(CHILD, labs).pattern.name == "hyperphosphatemia_with_normal_kidneys"
