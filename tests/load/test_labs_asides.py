"""Blood results from CSV: of which fluid a row is and whose, wherever the table says it."""

from __future__ import annotations

import pytest

from calcimeter.errors import AmbiguousResult, Refused
from calcimeter.load.labs.csv_table import read_csv

URINE = "line {}: calcium is of another fluid by what stands beside it; not used"


def _read(text: str):
    return read_csv(text.encode())


def _brief(found):
    return [(one.analyte, one.value, one.unit) for one in found.results]


@pytest.mark.parametrize(
    "name",
    [
        "Calcium (urine)",
        "Calcium (U)",
        "Calcium (Urin)",
        "calcium [24 h urine]",
        "Calcium (synovial fluid)",
        "Calcium (dialysate)",
        "Magnesium (erythrocytes)",
        "ALP (bone-specific)",
        "PTH (fragments)",
        "Calcium (target)",
        "Calcium dialysate/plasma",
        "Calcium U/24h",
    ],
)
def test_what_stands_in_brackets_and_is_no_unit_makes_another_name(name: str) -> None:
    found = _read(f"date,analyte,value,unit\n2019-05-02,{name},2.4,mmol/L\n")

    assert found.results == ()
    assert found.unknown == (("line 2", 1),)


@pytest.mark.parametrize("name", ["Calcium (mmol/L)", "Calcium (serum)", "Calcium (total)", "Calcium (ISE)"])
def test_a_unit_a_method_and_words_for_blood_in_brackets_change_nothing(name: str) -> None:
    assert _brief(_read(f"date,analyte,value,unit\n2019-05-02,{name},2.4,mmol/L\n")) == [("calcium", 2.4, "mmol/L")]


def test_two_spellings_of_one_unit_in_name_and_column_agree() -> None:
    assert _brief(_read("analyte,value,unit\nPTH (pg/mL),65,ng/L\n")) == [("pth_intact", 65.0, "ng/L")]


@pytest.mark.parametrize("name", ["Calcium (mg/dL)", "Calcium [mmol/24h]"])
def test_a_unit_in_the_name_that_contradicts_the_column_is_refused(name: str) -> None:
    with pytest.raises(
        AmbiguousResult, match=r"line 2: met calcium with the unit .* in its name and 'mmol/L' beside it"
    ):
        _read(f"analyte,value,unit\n{name},2.4,mmol/L\n")


@pytest.mark.parametrize(
    "header",
    ["Probe", "Probenart", "Untersuchungsmaterial", "System", "Prélèvement", "Campione", "Tipo de muestra", "Amostra"],
)
@pytest.mark.parametrize("fluid", ["Urin", "Dialysate", "Blut im Urin", "Synovial fluid, blood-stained"])
def test_the_specimen_is_known_by_its_column_in_several_languages(header: str, fluid: str) -> None:
    table = "date;analyte;value;unit;{}\n2019-05-02;Calcium;5,0;mmol/L;{}\n"

    assert _read(table.format(header, fluid)).unknown == (("line 2", 1),)
    assert _brief(_read(table.format(header, "Ser/Plas"))) == [("calcium", 5.0, "mmol/L")]


def test_a_sample_that_is_a_number_says_nothing_of_the_fluid() -> None:
    assert _brief(_read("analyte;value;unit;Probe\nCalcium;2,3;mmol/L;4711\n")) == [("calcium", 2.3, "mmol/L")]


@pytest.mark.parametrize("header", ["Typ", "comment", "panel", "long common name"])
def test_a_fluid_in_a_column_without_a_known_role_leaves_the_row_out(header: str) -> None:
    found = _read(f"analyte,value,unit,{header}\nCalcium,5.0,mmol/L,spot urine\nCalcium,2.3,mmol/L,seen by a doctor\n")

    assert _brief(found) == [("calcium", 2.3, "mmol/L")]
    assert found.notes == (URINE.format(2),)


def test_a_remark_about_urine_and_the_name_of_an_analyte_are_no_fluid() -> None:
    table = "analyte,value,unit,comment,title\nCalcium,2.3,mmol/L,no urine was handed in today,\n"
    table += "ESR,12,mm/h,,Erythrocyte sedimentation rate\n"

    assert _brief(_read(table)) == [("calcium", 2.3, "mmol/L"), ("esr", 12.0, "mm/h")]


def test_a_heading_of_a_fluid_counts_until_one_of_blood() -> None:
    found = _read(
        "analyte;value;unit\nSerum;;\nCalcium;2,4;mmol/L\n24h Urin\nCalcium;5,0;mmol/L\nElektrolyte;;\n"
        "Calcium;6,0;mmol/L\nBlut;;\nPhosphat;1,2;mmol/L\n"
    )

    assert _brief(found) == [("calcium", 2.4, "mmol/L"), ("phosphate", 1.2, "mmol/L")]
    assert found.notes == (URINE.format(5), URINE.format(7))


def test_a_heading_over_the_table_counts_and_one_of_an_analyte_does_not() -> None:
    assert _read("Urine\nanalyte,value,unit\nCalcium,5.0,mmol/L\n").notes == (URINE.format(3),)
    assert _brief(_read("analyte,value,unit\nUrine protein,,\nCalcium,2.3,mmol/L\n")) == [("calcium", 2.3, "mmol/L")]


def test_a_row_of_a_wide_table_that_says_urine_is_no_blood() -> None:
    found = _read("date,kind,Calcium (mmol/L),PTH (ng/L)\n2019-05-02,Serum,2.4,50\n2019-05-03,Urine,5.0,\n")

    assert _brief(found) == [("calcium", 2.4, "mmol/L"), ("pth_intact", 50.0, "ng/L")]


@pytest.mark.parametrize(
    "header", ["Patienten-Nr", "Pat.-Nr.", "name", "case", "Fall-Nr.", "Hospital No", "Nachname", "Paziente", "Nom"]
)
def test_two_persons_in_one_table_are_refused_whatever_their_column_is_called(header: str) -> None:
    with pytest.raises(Refused, match="results of 2 persons"):
        _read(f"{header};analyte;value;unit\n111;Phosphat;2,3;mmol/L\n222;Calcium;2,4;mmol/L\n")


def test_every_column_of_persons_counts() -> None:
    with pytest.raises(Refused, match="results of 2 persons"):
        _read("patient,forename,analyte,value,unit\nX,A,PTH,50,pg/mL\nX,B,PTH,60,pg/mL\n")


def test_a_column_of_names_is_one_of_analytes_where_it_holds_them() -> None:
    found = _read("test,name,value,unit\nCA,Calcium,2.3,mmol/L\nPO4,Phosphate,1.2,mmol/L\n")

    assert [one.analyte for one in found.results] == ["calcium", "phosphate"]


def test_one_code_under_two_names_is_of_two_persons() -> None:
    with pytest.raises(Refused, match="results of 2 persons"):
        _read("loinc,name,value,unit\n17861-6,John,2.3,mmol/L\n17861-6,Jane,2.4,mmol/L\n")


def test_what_a_column_of_ids_was_taken_for_is_said_unless_it_counts_rows() -> None:
    table = "ID,analyte,value,unit\n{},PTH,50,pg/mL\n{},Phosphate,1.2,mmol/L\n"

    (note,) = _read(table.format(111, 222)).notes
    assert note.startswith("a column of ids has 2 values")
    assert _read(table.format(1, 2)).notes == ()
    assert _read(table.format(111, 111)).notes == ()
