"""A case is one person: what headers name of others is left out, or nothing is said at all."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import pydicom
import pytest

from calcimeter.case.patients import is_of_another, patient_of
from calcimeter.errors import UsageError
from calcimeter.load.case_file import case_of, case_record
from calcimeter.model.case import Case, LabResult, StudyEntry, Treatment
from calcimeter.report.case.summary import attention
from calcimeter.work_up import analyze_case
from case.case_cases import study
from cli.small_scan import small_scan
from load.ct_files import write_dicom


def of(*patients):
    return [replace(study(number), patient=name) for number, name in enumerate(patients, start=1)]


@pytest.mark.parametrize(
    ("patients", "expected"), [(("a", "a", "b"), "a"), (("b", "", "a", "a"), "a"), (("", ""), ""), (("a", ""), "a")]
)
def test_a_case_is_of_the_patient_that_most_studies_name(patients, expected):
    assert patient_of(of(*patients)) == expected


def test_one_against_one_is_nobody_s_case():
    with pytest.raises(UsageError, match=r"of 2 patients .*studies 1, 4 against 2, 3.*one_patient: true"):
        patient_of(of("a", "b", "b", "a", ""))


def test_a_study_that_names_nobody_is_taken_for_the_patient_s():
    named, unnamed = of("a", "")
    assert is_of_another(named, "b")
    assert not is_of_another(unnamed, "b")
    assert not is_of_another(named, "")
    assert not is_of_another(named, None)


def test_that_several_ids_are_of_one_person_is_read_and_written():
    case = case_of({"one_patient": True})
    assert case.one_patient
    assert case_of(case_record(case)) == case
    assert not case_of({}).one_patient
    assert "one_patient" not in case_record(Case())


def test_a_study_of_another_patient_is_refused_and_the_rest_goes_on(tmp_path):
    case = scans_of(tmp_path, "4711", "0815", "4711")
    delivered = []
    result = analyze_case(case, tmp_path, lambda one, _analysis: delivered.append(one.id))

    assert [one.status == "refused" for one in result.studies] == [False, True, False]
    assert "another patient" in result.studies[1].reason
    assert delivered == [1, 3]
    assert {1, 3} >= {seen.study for deposit in result.deposits for seen in deposit.seen}
    assert "CASE_OTHER_PATIENT" in {one.code for one in result.caveats}
    assert "left out" in attention(result)[0]


def test_the_days_of_somebody_else_are_not_counted_from(tmp_path):
    """The earliest study is another patient's: day 0 is that of the patient's own first study."""
    case = scans_of(tmp_path, "0815", "4711", "4711")
    dates = [dt.date(2019, 1, 1), dt.date(2019, 5, 1), dt.date(2019, 5, 31)]
    dated = tuple(replace(one, date=date) for one, date in zip(case.studies, dates, strict=True))
    labs = (LabResult("calcium", 2.04, "mmol/L", date=dt.date(2019, 5, 11), reference=(2.2, 2.6)),)
    case = replace(case, studies=dated, labs=labs, treatments=(Treatment("excision", dt.date(2019, 5, 21)),))
    result = analyze_case(case, tmp_path)

    assert [one.day for one in result.studies] == [None, 0, 30]
    assert result.chemistry.values["calcium"].day == 10
    assert result.treatments == (("excision", 20),)
    assert "CASE_DAYS_UNKNOWN" not in {one.code for one in result.caveats}
    assert {number for number, _, _ in result.timeline.studies} == {2, 3}


def test_where_the_case_file_says_so_several_ids_are_one_person_and_that_stands_on_top(tmp_path):
    case = replace(scans_of(tmp_path, "4711", "0815"), one_patient=True)
    result = analyze_case(case, tmp_path)

    assert [one.status == "refused" for one in result.studies] == [False, False]
    assert "one person" in attention(result)[0]
    with pytest.raises(UsageError, match="studies 1 against 2"):
        analyze_case(replace(case, one_patient=False), tmp_path)


def scans_of(folder: Path, *patients: str) -> Case:
    for number, patient in enumerate(patients):
        write_dicom(folder / str(number), small_scan())
        for path in (folder / str(number)).rglob("*.dcm"):
            dataset = pydicom.dcmread(path)
            dataset.PatientID = patient
            dataset.save_as(path)
    return Case(studies=tuple(StudyEntry((str(number),)) for number in range(len(patients))))
