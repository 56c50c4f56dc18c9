"""What the report says of blood results, differential and next tests: everything that was read, and why."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from builders import build_analysis
from calcimeter.model.case import Case, LabResult, Subject
from calcimeter.model.chemistry import Chemistry
from calcimeter.reason.chemistry import read_chemistry
from calcimeter.reason.rank import rank
from calcimeter.report.reasoning import reasoning_content
from calcimeter.report.record import analysis_record

MAN = Subject(54.0, "M")
FEBRUARY, MAY = dt.date(2019, 2, 13), dt.date(2019, 5, 13)
RENAL = (
    LabResult("calcium", 8.0, "mg/dL", date=FEBRUARY),
    LabResult("calcium", 10.9, "mg/dL", date=MAY),
    LabResult("phosphate", 6.9, "mg/dL", date=MAY),
    LabResult("pth_intact", 900.0, "pg/mL", ">", date=MAY),
    LabResult("creatinine", 7.5, "mg/dL", date=MAY),
)
HUNGRY = (LabResult("calcium", 4.8, "mg/dL", kind="total"),)


def content(labs=(), *, ranked=True, findings=None, **history):
    """The sections of a report on two deposits, with blood results and history."""
    case = Case(MAN, history, labs, findings or {})
    analysis = build_analysis()
    chemistry = read_chemistry(MAN, labs, history) if labs else None
    differential = rank(case, analysis.findings(), chemistry) if ranked else None
    return _content(replace(analysis, chemistry=chemistry, differential=differential))


def _content(analysis):
    red_flags = analysis.red_flags() or ()
    return reasoning_content(analysis.findings(), analysis.differential, analysis.chemistry, red_flags)


def test_without_blood_and_differential_nothing_is_made_up():
    said = content(ranked=False)

    assert said["differential"] == said["red_flags"] == said["next_tests"] == []
    assert said["chemistry"] == said["chemistry_says"] == []
    assert said["prior"] == ""


def test_every_sign_of_the_scan_is_told_with_its_reason_or_named_as_unknown():
    said, findings = content(ranked=False), build_analysis().findings()

    assert len(said["signs"]) == sum(finding.present is not None for finding in findings)
    assert all(word in ("present", "absent") and because for _, word, because in said["signs"])
    unknown = [finding.name.replace("_", " ") for finding in findings if finding.present is None]
    assert unknown
    assert all(name in said["unknown_signs"] for name in unknown)


def test_the_rows_of_the_differential_sum_to_the_whole_and_none_is_certain():
    rows = content(RENAL, dialysis=True)["differential"]

    assert sum(row["share"] for row in rows) == pytest.approx(100.0, abs=0.5)
    assert rows[-1]["title"].endswith("others together")
    assert not any(row["percent"] == "100 %" for row in rows)
    assert len(rows) + int(rows[-1]["title"].split()[0]) - 1 == 23


def test_reasons_carry_their_weight_with_its_sign_and_the_unit_of_what_was_seen():
    case = Case(MAN, {"dialysis": True}, RENAL)
    first = content(RENAL, dialysis=True)["differential"][0]

    assert any(reason.startswith("dialysis +") for reason in first["for"])
    assert all("+" in reason for reason in first["for"])
    assert not any("+" in reason for reason in first["against"])
    ages = [reason for row in content(case.labs)["differential"] for reason in row["for"] if reason.startswith("age")]
    assert all(reason.startswith("age 54 years") for reason in ages)


def test_blood_results_are_told_in_their_units_with_bounds_ranges_pattern_and_trend():
    said = content(RENAL, dialysis=True)
    rows = {row["name"]: row for row in said["chemistry"]}
    words = " ".join(said["chemistry_says"])

    assert rows["intact PTH"]["value"].replace("\u2009", " ").replace("\u00a0", " ") == "> 900 pg/mL"
    assert rows["calcium"]["value"].startswith("2.72")
    assert rows["calcium"]["status"] == "high"
    assert rows["calcium"]["range"] == "2.2–2.6"
    assert "Tertiary hyperparathyroidism: calcium high, phosphate high, PTH high, on dialysis." in words
    assert "primary hyperparathyroidism before the kidney disease looks the same" in words.lower()
    assert "Calcium rising in 89 days" in words
    assert "2019" not in str(said)


def test_an_open_pattern_names_what_is_possible_and_what_would_decide():
    words = content((LabResult("calcium", 2.9, "mmol/L"),))["chemistry_says"]

    assert any(said.startswith("Possible: high calcium independent of PTH or primary") for said in words)
    assert any(said.startswith("What would decide: pth intact") for said in words)


@pytest.mark.parametrize("ranked", [True, False])
def test_a_critical_result_stands_first_and_is_flagged_though_nothing_is_ranked(ranked):
    said = content(HUNGRY, ranked=ranked, parathyroidectomy=True)

    assert said["red_flags"][0] == "Critical result: calcium 4.8 mg/dL."
    assert said["chemistry"][0]["critical"]
    assert said["chemistry"][0]["status"] == "critically low"
    assert any("hungry bone" in words for words in said["chemistry_says"])


def test_the_record_holds_critical_results_though_nothing_is_ranked():
    analysis = build_analysis(lesions=False)
    with_blood = replace(analysis, chemistry=read_chemistry(MAN, HUNGRY))

    assert analysis_record(analysis)["red_flags"] is None
    record = analysis_record(with_blood)
    assert record["differential"] is None
    assert [flag["about"] for flag in record["red_flags"]] == ["calcium"]


def test_what_a_file_held_and_was_not_used_is_told_though_no_result_is_left():
    chemistry = Chemistry(notes=("Zinc: 1 not used",))
    said = _content(replace(build_analysis(), chemistry=chemistry))

    assert said["chemistry_says"] == ["Zinc: 1 not used."]


def test_a_reader_who_disagrees_with_the_measurement_is_heard_and_both_are_told():
    (words,) = content(findings={"mineralized": False})["disagreements"]
    assert words.startswith("Mineralized: a reader saw that it is absent, measured as present")
