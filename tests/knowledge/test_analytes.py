"""What the table of analytes says is complete, consistent, and has a source for every number."""

from __future__ import annotations

import itertools
import json
import tomllib
from importlib.resources import files
from pathlib import Path

import pytest

from calcimeter.knowledge.analyte_names import by_loinc, by_name
from calcimeter.knowledge.analytes import AgeRange, analytes, urine
from calcimeter.units import convert

FOLDER = files("calcimeter.knowledge")
TABLE = tomllib.loads(FOLDER.joinpath("analytes.toml").read_text(encoding="utf-8"))


def tables_with_numbers(found, path=""):
    """Every table that holds a number itself."""
    if isinstance(found, list):
        for place, one in enumerate(found):
            yield from tables_with_numbers(one, f"{path}[{place}]")
    if isinstance(found, dict):
        if any(isinstance(one, int | float) and not isinstance(one, bool) for one in found.values()):
            yield path, found
        for key, one in found.items():
            yield from tables_with_numbers(one, f"{path}.{key}")


def test_the_analytes_are_those_of_the_vocabulary() -> None:
    vocabulary = json.loads(FOLDER.joinpath("vocabulary.json").read_text(encoding="utf-8"))

    assert sorted(analytes()) == sorted(vocabulary["analytes"])


def test_every_number_and_code_has_a_source_that_is_named() -> None:
    used = {one["source"] for _, one in tables_with_numbers(TABLE)}
    used |= {one["loinc"]["source"] for one in TABLE["analytes"].values() if "loinc" in one}

    assert not [path for path, one in tables_with_numbers(TABLE) if one.get("source") not in TABLE["sources"]]
    assert used == set(TABLE["sources"])


def test_ranges_of_one_sex_do_not_overlap_and_lie_within_what_is_plausible() -> None:
    for analyte in analytes().values():
        low, high = analyte.plausible
        for one in analyte.ranges:
            assert low <= (one.low if one.low is not None else low) <= (one.high or high) <= high
        for sex in ("M", "F"):
            spans = sorted((one.from_years, one.to_years) for one in analyte.ranges if one.sex in (None, sex))
            assert all(before[1] <= after[0] for before, after in itertools.pairwise(spans)), analyte.term


def test_codes_and_names_mean_one_thing() -> None:
    codes = [code for entry in TABLE["analytes"].values() for code in entry.get("loinc", {}).get("codes", ())]
    names = [name for entry in TABLE["analytes"].values() for key in entry if key[:5] == "names" for name in entry[key]]

    assert len(codes) == len(set(codes))
    assert len(names) == len(set(names))
    assert all(by_name(name) is not None for name in names)


@pytest.mark.parametrize(
    ("name", "term", "specimen"),
    [
        ("Calcium, total (S)", "calcium", "blood"),
        ("S-Phosphat", "phosphate", "blood"),
        ("P", "phosphate", "blood"),
        ("P-Calcium", "calcium", "blood"),
        ("Calcium Serum/Plasma", "calcium", "blood"),
        ("TmP/GFR", "tmp_gfr", "blood"),
        ("Ca x P", "calcium_phosphate_product", "blood"),
        ("Kreatinin i.S.", "creatinine", "blood"),
        ("Creatinine [Mass/volume] in Serum or Plasma", "creatinine", "blood"),
        ("1,25-(OH)2-Vitamin D", "vitamin_d_1_25", "blood"),
        ("25-OH Vitamin D", "vitamin_d_25", "blood"),
        ("i-PTH", "pth_intact", "blood"),
        ("HARNSÄURE", "urate", "blood"),
        ("Phosphate, urine", "phosphate", "urine"),
        ("U-Kreatinin", "creatinine", "urine"),
        ("Creatinine, random urine", "creatinine", "urine"),
        ("C-Reactive Protein (CRP)", "crp", "blood"),
        ("Calcium, ionized (Ca2+)", "calcium_ionized", "blood"),
    ],
)
def test_a_name_is_known_whatever_its_form(name, term, specimen) -> None:
    found = by_name(name)
    assert found is not None
    assert (found.term, found.specimen) == (term, specimen)


@pytest.mark.parametrize(
    "name",
    [
        "Calcium, urine",
        "Calcium 24 h urine",
        "Albumin/creatinine ratio",
        "Albumin (urine)",
        "CK-MB",
        "Acid phosphatase",
        "Phosphate, dialysate",
        "Ca/P",
        "P/Ca",
        "Ca P",
        "Calcium/Creatinine",
        "Phosphate/Creatinine, urine",
        "PCR",
        "Creatinine clearance, urine",
        "Urea (BUN)",
        "Calcium (PTH)",
        "Vitamin D",
    ],
)
def test_what_only_looks_like_it_is_not_known(name) -> None:
    assert by_name(name) is None


def test_only_calcium_codes_and_names_that_say_so_are_total() -> None:
    assert by_loinc("17861-6").is_total
    assert not by_loinc("1994-3").is_total
    assert by_name("Gesamtcalcium").is_total
    assert not by_name("Serum calcium").is_total
    assert by_name("Ca2+").is_unclear
    assert by_name("Ca++").is_unclear


def test_phosphate_is_judged_by_age() -> None:
    phosphate = analytes()["phosphate"]
    at_one, at_forty = phosphate.range_for(1.0, None), phosphate.range_for(40.0, None)

    assert isinstance(at_one, AgeRange)
    assert isinstance(at_forty, AgeRange)
    assert at_one.high == 2.10
    assert at_forty.high == 1.50
    assert "age is not known" in phosphate.range_for(None, None)
    assert "sex" in analytes()["creatinine"].range_for(40.0, None)
    assert "laboratory" in analytes()["creatinine"].range_for(16.0, "M")


def test_urine_has_the_masses_of_blood() -> None:
    assert urine()["phosphate"].quantity.molar_mass_g_per_mol == 30.974
    assert urine()["creatinine"].quantity.molar_mass_g_per_mol == 113.12


def test_the_page_of_blood_results_shows_the_table() -> None:
    page = (Path(__file__).parents[2] / "docs" / "blood-results.md").read_text(encoding="utf-8")

    for analyte in analytes().values():
        assert row_of(analyte) in page, row_of(analyte)


def row_of(analyte) -> str:
    """An analyte as a row of the table in the page: term, unit, other units, range of adults, critical values."""
    adult = [one for one in analyte.ranges if one.from_years <= 40 < one.to_years]
    span = "; ".join(f"{one.sex or ''} {in_words(one.low, one.high)}".strip() for one in adult)
    others = ", ".join(f"`{unit}`" for unit in analyte.quantity.usual if unit != analyte.quantity.unit)
    low, high = analyte.critical
    critical = [f"{low:g} or less"] if low is not None else []
    critical += [f"{high:g} or more"] if high is not None else []
    cells = (
        f"`{analyte.term}`",
        f"`{analyte.quantity.unit}`",
        others or "-",
        (span or "-") + (" *" if analyte.assay_bound and adult else ""),
        "; ".join(critical) or "-",
    )
    return f"| {' | '.join(cells)} |"


def in_words(low, high) -> str:
    if low is None:
        return f"up to {high:g}"
    return f"{low:g} or more" if high is None else f"{low:g} to {high:g}"


def test_a_range_in_another_unit_than_the_canonical_stands_out() -> None:
    for analyte in analytes().values():
        scales = [convert(1.0, unit, analyte.quantity) for unit in analyte.quantity.usual]
        ratios = [ratio for scale in scales if (ratio := max(scale, 1.0 / scale)) > 1.001]
        if ratios and analyte.ranges:
            assert analyte.range_factor is not None, analyte.term
            assert 1.0 < analyte.range_factor < min(ratios), analyte.term
