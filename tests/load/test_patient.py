"""Age, sex, history and blood results as they are told on the command line."""

from __future__ import annotations

import pytest

from calcimeter.errors import UsageError
from calcimeter.load.patient import load_patient
from calcimeter.model.case import Case, Patient, Subject

CSV = "analyte,value,unit,sex,age\nPhosphate,2.2,mmol/L,M,54\n"


def test_nothing_told_is_an_empty_case():
    assert load_patient() == Patient(Case())


def test_subject_and_history_are_read_as_they_are_typed():
    case = load_patient(subject="age=54, sex=M", history="dialysis,trauma=no").case

    assert case.subject == Subject(54.0, "M")
    assert dict(case.history) == {"dialysis": True, "trauma": False}


def test_python_may_give_them_as_mappings():
    case = load_patient(subject={"age_years": 3, "sex": "F"}, history={"burn": True}).case

    assert case.subject == Subject(3.0, "F")
    assert dict(case.history) == {"burn": True}


@pytest.mark.parametrize(
    ("subject", "history", "complaint"),
    [
        ("age=old", None, "expected years"),
        ("agee=54", None, "age"),
        ("age=54,age=55", None, "twice"),
        ("age=-4", None, "expected a number"),
        ("age=540", None, "expected 0 to"),
        ("sex=X", None, "M"),
        ("", None, "met nothing"),
        (None, "dialisis", "dialysis"),
        (None, "trauma=perhaps", "yes or no"),
        (None, "trauma,trauma=no", "twice"),
    ],
)
def test_what_is_not_understood_is_refused_with_what_was_expected(subject, history, complaint):
    with pytest.raises(UsageError, match=complaint):
        load_patient(subject=subject, history=history)


def test_blood_results_of_another_sex_or_age_are_refused(tmp_path):
    file = tmp_path / "labs.csv"
    file.write_text("Sex,Age,Test,Result,Unit\nM,54,Phosphate,2.2,mmol/L\n")
    if load_patient(file).case.subject != Subject(54.0, "M"):
        pytest.skip("this form of table tells no age and sex")

    with pytest.raises(UsageError, match="another sex"):
        load_patient(file, subject="sex=F")
    with pytest.raises(UsageError, match="another age"):
        load_patient(file, subject="age=30")
    assert load_patient(file, subject="age=55").case.subject == Subject(55.0, "M")


def test_the_results_of_a_file_come_with_the_case(tmp_path):
    file = tmp_path / "labs.csv"
    file.write_text("Test,Result,Unit\nPhosphate,2.2,mmol/L\nSerum rhubarb,3,mg/L\n")
    patient = load_patient(file)

    assert [(x.analyte, x.value, x.unit) for x in patient.case.labs] == [("phosphate", 2.2, "mmol/L")]
    assert patient.notes == ("1 result of an analyte that is not known was not used: line 3",)


def test_neighbors_among_unknown_rows_are_told_together_and_what_a_row_calls_itself_is_not(tmp_path):
    file = tmp_path / "labs.csv"
    rows = ["Phosphate,2.2,mmol/L", *["Eva Muster,1,", "Zinc,3,mg/L", "Phosphate,2.1,mmol/L", "Copper,3,mg/L"]]
    file.write_text("\n".join(["Test,Result,Unit", *rows]))

    assert load_patient(file).notes == ("3 results of unknown analytes were not used: lines 3 to 4, line 6",)


def test_of_hundreds_of_places_the_first_are_told_and_the_rest_is_counted(tmp_path):
    file = tmp_path / "labs.csv"
    file.write_text("\n".join(["Test,Result,Unit", *["Zinc,3,mg/L", "Phosphate,2.2,mmol/L"] * 50]))
    (note,) = load_patient(file).notes

    assert note.startswith("50 results of unknown analytes were not used: line 2, line 4, ")
    assert note.endswith("line 40, 30 places more")
