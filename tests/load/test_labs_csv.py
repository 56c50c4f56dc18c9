"""Blood results from CSV: what was written is what is read, and what can be read in two ways is refused."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lab_exports import BROKEN, GOOD

from calcimeter.errors import AmbiguousResult, CalcimeterError, UsageError
from calcimeter.load.labs import load_labs
from calcimeter.load.labs.csv_table import read_csv
from calcimeter.load.labs.written import points_in, read_number, read_range, read_value
from calcimeter.model.case import Subject

MAY, DECEMBER = dt.date(2019, 5, 2), dt.date(2019, 12, 20)


def brief(results):
    return [(one.analyte, one.comparator, one.value, one.unit) for one in results]


@pytest.mark.parametrize("name", GOOD)
def test_an_export_is_read_from_a_file(tmp_path, name) -> None:
    path = tmp_path / "export.txt"
    path.write_bytes(GOOD[name])

    assert load_labs(path).results


@pytest.mark.parametrize(("data", "words"), BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_export_is_refused_with_its_line(data, words) -> None:
    with pytest.raises(CalcimeterError, match=words) as caught:
        read_csv(data)

    said = str(caught.value)
    assert caught.value.exit_code in (2, 3)
    assert "\n" not in said
    assert not re.search(r"Muster|2019|0[25]/0[25]", said)


def test_american_results_with_codes_ranges_and_a_bound() -> None:
    found = read_csv(GOOD["long, LOINC, American"])

    assert brief(found.results) == [
        ("calcium", None, 8.4, "mg/dL"),
        ("phosphate", None, 7.1, "mg/dL"),
        ("pth_intact", ">", 900.0, "pg/mL"),
        ("albumin", None, 3.6, "g/dL"),
        ("creatinine", None, 8.2, "mg/dL"),
    ]
    calcium, _, pth = found.results[:3]
    assert (calcium.kind, calcium.reference, calcium.interpretation) == ("total", (8.6, 10.3), "low")
    assert (pth.date, pth.time, pth.source) == (dt.date(2019, 5, 13), dt.time(7, 40), "line 4")
    assert found.unknown == (("line 7", 1),)


def test_german_results_with_decimal_commas_and_latin_1() -> None:
    found = read_csv(GOOD["long, German, Latin-1, decimal commas"])

    assert brief(found.results) == [
        ("calcium", None, 2.05, "mmol/L"),
        ("phosphate", None, 2.23, "mmol/L"),
        ("creatinine", None, 812.0, "umol/L"),
        ("alkaline_phosphatase", None, 212.0, "U/L"),
        ("pth_intact", None, 98.4, "pmol/L"),
        ("urate", None, 0.42, "mmol/L"),
    ]
    assert found.results[0].reference == (2.2, 2.6)
    assert found.results[0].date == MAY
    assert found.subject == Subject(None, "M")
    assert found.notes == ("the file is not UTF-8 and was read as Latin-1",)


def test_a_wide_table_has_a_result_in_every_filled_cell() -> None:
    found = read_csv(GOOD["wide, units in the headers"])

    assert [(one.analyte, one.value, one.date) for one in found.results if one.date == dt.date(2019, 10, 23)] == [
        ("calcium", 2.44, dt.date(2019, 10, 23)),
        ("phosphate", 1.71, dt.date(2019, 10, 23)),
        ("egfr", 8.0, dt.date(2019, 10, 23)),
    ]
    assert {one.unit for one in found.results if one.analyte == "pth_intact"} == {"ng/L"}
    assert found.results[0].date == dt.date(2019, 5, 1)
    assert found.unknown == (("column 6", 2),)


def test_a_cumulative_table_has_a_column_a_date() -> None:
    found = read_csv(GOOD["cumulative, a column a date"])

    assert [(one.comparator, one.value, one.date) for one in found.results if one.analyte == "pth_intact"] == [
        (None, 905.0, MAY),
        (">", 1900.0, dt.date(2019, 6, 14)),
        (None, 1240.0, DECEMBER),
    ]
    assert brief(found.results)[:3] == [("calcium_albumin_corrected", None, x, "mmol/L") for x in (2.31, 2.4, 2.71)]
    assert found.unknown == (("line 5", 2),)


def test_rows_of_units_and_ranges_belong_to_their_columns() -> None:
    found = read_csv(GOOD["wide, a row of units and a row of ranges"])

    assert brief(found.results)[:4] == [
        ("calcium", None, 2.28, "mmol/L"),
        ("phosphate", None, 0.91, "mmol/L"),
        ("albumin", None, 41.0, "g/L"),
        ("creatinine", None, 62.0, "umol/L"),
    ]
    assert found.results[3].reference == (45.0, 90.0)
    assert len(found.results) == 8


def test_urea_nitrogen_keeps_its_own_mass() -> None:
    found = read_csv(GOOD["ward database"])

    assert ("urea", None, 56.0, "mg{N}/dL") in brief(found.results)
    assert ("calcium_ionized", None, 1.11, "mmol/L") in brief(found.results)
    assert [one.interpretation for one in found.results] == [None] * 6


def test_nothing_is_lost_in_silence() -> None:
    found = read_csv(GOOD["Excel with sep, words in place of numbers"])

    assert brief(found.results) == [("phosphate", None, 2.1, "mmol/L"), ("calcium", None, 1.31, "mmol/L")]
    assert found.results[1].kind == "total"
    assert found.unknown == (("line 6", 1), ("line 7", 1))
    assert found.notes == (
        "line 3: phosphate has no value",
        "line 8: pth_intact was cancelled or taken back by the laboratory; not used",
    )


def test_urine_is_never_taken_for_blood() -> None:
    found = read_csv(GOOD["serum and urine, times of day"])

    assert brief(found.results) == [("phosphate", None, 2.23, "mmol/L"), ("creatinine", None, 60.0, "umol/L")]
    assert brief(found.urine) == [("phosphate", None, 4.1, "mmol/L"), ("creatinine", None, 3.7, "mmol/L")]
    assert found.urine[0].time == dt.time(8, 10)
    assert found.unknown == (("line 6", 1), ("line 7", 1))


def test_every_row_is_a_result_or_is_named() -> None:
    for name in ("long, LOINC, American", "ward database", "long, Spanish", "serum and urine, times of day"):
        rows = GOOD[name].count(b"\n") - 1
        found = read_csv(GOOD[name])
        assert len(found.results) + len(found.urine) + sum(count for _, count in found.unknown) == rows, name


def test_age_and_sex_come_from_the_table_and_nothing_else_of_the_person() -> None:
    data = b"name,dob,sex,test,value,unit,date\nEva Muster,1965-05-02,F,PTH,50,pg/mL,2019-05-02\n"

    found = read_csv(data)

    assert found.subject == Subject(54.0, "F")
    assert "Muster" not in repr(found)


def test_a_date_of_the_file_tells_the_order_of_day_and_month() -> None:
    rows = b"test,value,unit,date\nPTH,50,pg/mL,02/05/2019\nPTH,60,pg/mL,"

    assert read_csv(rows + b"23/10/2019\n").results[0].date == MAY
    assert read_csv(rows + b"10/23/2019\n").results[0].date == dt.date(2019, 2, 5)


def test_a_unit_behind_the_number_is_its_unit() -> None:
    found = read_csv(b"Lab,Result\nCalcium total,8.4 mg/dL\nPTH,> 900 pg/mL\nPhosphate,7.1 mg/dL (H)\n")

    assert brief(found.results) == [
        ("calcium", None, 8.4, "mg/dL"),
        ("pth_intact", ">", 900.0, "pg/mL"),
        ("phosphate", None, 7.1, "mg/dL"),
    ]


def test_a_flag_without_a_number_is_a_result() -> None:
    (calcium,) = read_csv(b"analyte,value,unit,interpretation\ncalcium,,,normal\n").results

    assert (calcium.value, calcium.interpretation) == (None, "normal")


def test_a_table_of_levels_alone_needs_no_column_of_values(tmp_path) -> None:
    path = tmp_path / "labs.csv"
    path.write_text("analyte,interpretation\ncalcium,normal\nphosphate,high\nsodium,low\n")

    found = load_labs(path)

    assert [(one.analyte, one.value, one.interpretation) for one in found.results] == [
        ("calcium", None, "normal"),
        ("phosphate", None, "high"),
    ]
    assert found.unknown == (("line 4", 1),)


def test_the_u_of_a_unit_is_not_urine() -> None:
    (alp,) = read_csv(b"test,loinc,value,unit\nAlk Phos (U/L),6768-6,90,U/L\n").results

    assert alp.analyte == "alkaline_phosphatase"


def test_a_column_of_names_beside_codes_is_not_read() -> None:
    found = read_csv(b"Name,LOINC,Value,Unit\nEva Muster,2777-1,2.2,mmol/L\nEva Muster,2951-2,139,mmol/L\n")

    assert brief(found.results) == [("phosphate", None, 2.2, "mmol/L")]
    assert found.unknown == (("line 3", 1),)


@pytest.mark.parametrize(
    ("unit", "shown"), [("mmol/L", "2.2-2.6 mmol/l"), ("mmol/l", "(2.2 - 2.6) mmol/L"), ("MMOL/L", "2.2-2.6 mmol/L")]
)
def test_a_unit_behind_a_range_may_be_spelled_otherwise(unit, shown) -> None:
    found = read_csv(f"Test,Result,Unit,Range\nCalcium,2.4,{unit},{shown}\n".encode())

    assert (found.results[0].reference, found.notes) == ((2.2, 2.6), ())


def test_a_micro_sign_is_a_u_behind_a_range() -> None:
    found = read_csv("Test,Result,Unit,Range\nCreatinine,80,\u00b5mol/L,60-100 umol/l\n".encode())

    assert found.results[0].reference == (60.0, 100.0)


@pytest.mark.parametrize(
    ("said", "month"),
    [
        ("3 Nov 2019", 11),
        ("3-Sept-2019", 9),
        ("March 3, 2019", 3),
        ("3. M\u00e4rz 2019", 3),
        ("3. Mai 2019", 5),
        ("3 Okt 2019", 10),
        ("3 ao\u00fbt 2019", 8),
        ("3 d\u00e9c. 2019", 12),
        ("3 enero 2019", 1),
        ("3 luglio 2019", 7),
    ],
)
def test_a_month_is_known_by_its_whole_name(said, month) -> None:
    (pth,) = read_csv(f'test,value,unit,date\nPTH,50,pg/mL,"{said}"\n'.encode()).results

    assert pth.date == dt.date(2019, month, 3)


@pytest.mark.parametrize("said", ["3 marraskuu 2019", "3 Mayor 2019", "3 Decades 2019", "3 stycznia 2019"])
def test_a_word_that_begins_like_a_month_is_none(said) -> None:
    with pytest.raises(AmbiguousResult, match="line 2: met a date in a form that is not read") as met:
        read_csv(f"test,value,unit,date\nPTH,50,pg/mL,{said}\n".encode())

    assert "2019" not in str(met.value)


@pytest.mark.parametrize(
    ("name", "unit", "expected"),
    [
        ("eGFR", "mL/min/1.73_m2", "mL/min/{1.73_m2}"),
        ("eGFR", "ml/min per 1.73 m2", "mL/min/{1.73_m2}"),
        ("ESR", "mm/1st h", "mm/h"),
        ("Phosphat anorg.", "mmol/l", "mmol/L"),
        ("Alk. Phosphatase", "U/l", "U/L"),
    ],
)
def test_names_and_units_as_reports_shorten_them_are_known(name, unit, expected) -> None:
    value = 2 if unit == "mmol/l" else 45
    (result,) = read_csv(f"Test,Result,Unit\n{name},{value},{unit}\n".encode()).results

    assert result.unit == expected


def test_a_time_that_holds_a_date_is_one() -> None:
    (pth,) = read_csv(b"test,value,unit,collection time\nPTH,50,pg/mL,2019-05-02 08:15\n").results

    assert (pth.date, pth.time) == (MAY, dt.time(8, 15))


def test_the_example_of_the_page_is_read() -> None:
    page = (Path(__file__).parents[2] / "docs" / "blood-results.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"^```csv\n(.*?)^```", page, re.DOTALL | re.MULTILINE)

    assert [one.analyte for one in read_csv(example.encode()).results] == ["calcium", "phosphate", "pth_intact"]


def test_a_missing_file_is_wrong_usage(tmp_path) -> None:
    with pytest.raises(UsageError, match="can't be read"):
        load_labs(tmp_path / "none.csv")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2.23", 2.23),
        ("2,23", 2.23),
        ("0,912", 0.912),
        ("0.912", 0.912),
        ("1,234.5", 1234.5),
        ("1.234,5", 1234.5),
        ("1 234", 1234.0),
        ("1'234,5", 1234.5),
        ("1,234,567", 1234567.0),
        ("12.3456", 12.3456),
        ("1e3", 1000.0),
        ("abc", None),
        ("5-7", None),
    ],
)
def test_a_number_means_one_thing(text, value) -> None:
    assert read_number(text, "decimal", "line 1") == value


@pytest.mark.parametrize("text", ["1,234", "12,345", "1.2.3", "1,23,4", "-2"])
def test_what_means_two_things_or_none_is_refused(text) -> None:
    with pytest.raises(AmbiguousResult, match="line 1: "):
        read_number(text, "decimal", "line 1")


@given(st.integers(0, 10**7), st.integers(0, 4), st.sampled_from(".,"))
def test_a_number_is_read_as_written_or_refused(digits, places, mark) -> None:
    value = digits / 10**places
    text = f"{value:.{places}f}".replace(".", mark)
    try:
        assert read_number(text, "decimal", "line 1") == pytest.approx(value)
    except AmbiguousResult:
        assert mark == ","
        assert places == 3


def test_points_are_unclear_beside_decimal_commas() -> None:
    assert points_in(["2,23", "1.234"], may_be_thousands=False) == "unclear"
    assert points_in(["2.23", "1.234"], may_be_thousands=True) == "decimal"
    assert points_in(["1.234"], may_be_thousands=True) == "unclear"
    assert points_in(["1.234"], may_be_thousands=False) == "decimal"


def test_flags_bounds_and_ranges() -> None:
    found = read_value("> 900 H", "decimal", "line 1")
    assert found is not None
    assert (found.number, found.comparator, found.flag) == (900.0, ">", "high")
    assert read_value("900+", "decimal", "line 1") is None
    assert read_value("-", "decimal", "line 1").is_missing
    assert read_range("0,8 bis 1,5", "decimal", "line 1") == (0.8, 1.5)
    assert read_range("[0.8, 1.5]", "decimal", "line 1") == (0.8, 1.5)
    assert read_range("[0,8]", "decimal", "line 1") is None
    assert read_range("\u2264 5", "decimal", "line 1") == (None, 5.0)
    assert read_range("men 1-2", "decimal", "line 1") is None


def test_a_comparator_that_contradicts_the_value_is_refused() -> None:
    table = "Test,Comparator,Result,Units\nPTH,{},>900,pg/mL\n"

    assert read_csv(table.format(">").encode()).results[0].comparator == ">"
    with pytest.raises(AmbiguousResult, match="comparator"):
        read_csv(table.format("<").encode())
