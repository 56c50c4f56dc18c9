"""analysis.json: every variant is valid, and what is not known is null."""

from __future__ import annotations

import csv
import json
import math
from dataclasses import replace

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders import build_analysis
from calcimeter.model.analysis import CTAnalysis, Edit
from calcimeter.model.calibration import Calibration
from calcimeter.model.lesion import Category
from calcimeter.model.measures import Estimate
from calcimeter.report.background import edit_sentence
from calcimeter.report.record import analysis_record, load_schema, rounded, write_json
from calcimeter.report.table import COLUMNS, write_table

VARIANTS = {
    "dicom": build_analysis(),
    "nifti": build_analysis(dicom=False, orientation="odd"),
    "oblique": build_analysis(orientation="oblique"),
    "no lesion": build_analysis(lesions=False),
    "no skeleton": build_analysis(skeleton=False),
    "nothing": build_analysis(dicom=False, lesions=False, skeleton=False),
}


@pytest.fixture(scope="module")
def validator() -> jsonschema.Draft202012Validator:
    schema = load_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


@pytest.mark.parametrize("name", VARIANTS)
@pytest.mark.parametrize("all_categories", [False, True])
def test_every_variant_is_valid_against_the_schema(name, all_categories, validator):
    record = analysis_record(VARIANTS[name], all_categories=all_categories)
    validator.validate(json.loads(json.dumps(record, allow_nan=False)))


def test_the_schema_notices_any_field_that_is_missing(validator):
    record = analysis_record(VARIANTS["dicom"])
    for at in _objects(record):
        for key in list(at):
            if at is record["findings"] or at is record["provenance"]["settings"] or _is_step(record, at):
                continue
            value = at.pop(key)
            assert not validator.is_valid(record), f"{key} may be missing"
            at[key] = value
    validator.validate(record)


def test_the_schema_lets_additions_pass(validator):
    record = analysis_record(VARIANTS["dicom"])
    record["lesions"][0]["something_new"] = 1
    validator.validate(record)


def test_status_says_whether_there_are_caveats(validator):
    record = analysis_record(VARIANTS["dicom"])
    assert record["status"] == "ok_with_caveats"
    assert "BONES_NOT_NAMED" in {c["code"] for c in record["caveats"]}
    record["status"] = "ok"
    assert not validator.is_valid(record)


def test_caveats_of_the_study_are_caveats_of_the_result_and_stand_once():
    codes = [c["code"] for c in analysis_record(VARIANTS["nifti"])["caveats"]]
    assert "KVP_UNKNOWN" in codes
    assert codes == sorted(set(codes))


def test_soft_tissue_stands_first_and_what_was_set_aside_only_on_request():
    analysis = VARIANTS["dicom"]
    listed = [lesion["category"] for lesion in analysis_record(analysis)["lesions"]]
    assert listed == ["soft_tissue", "soft_tissue", "uncertain", "vascular"]
    everything = analysis_record(analysis, all_categories=True)["lesions"]
    assert [lesion["id"] for lesion in everything] == [1, 2, 3, 4, 5]


def test_the_burden_of_nothing_is_zero_and_has_no_interval():
    burden = analysis_record(VARIANTS["no lesion"])["burden"]
    assert list(burden) == ["soft_tissue", "uncertain", "vascular"]
    for part in burden.values():
        assert part == {"lesions": 0, "volume_mm3": {"value": 0.0, "low": None, "high": None}, "mass_mg_ha": None}


def test_the_burden_sums_volumes_and_has_an_interval_only_where_every_lesion_has_one():
    analysis = VARIANTS["dicom"]
    soft = analysis.of_category(Category.SOFT_TISSUE)
    total = analysis_record(analysis)["burden"]["soft_tissue"]["volume_mm3"]
    assert total["value"] == pytest.approx(sum(x.amount.volume_mm3.value for x in soft), rel=1e-5)
    assert total["low"] is None
    first_only = replace(analysis, lesions=soft[:1])
    whole = analysis_record(first_only)["burden"]["soft_tissue"]["volume_mm3"]
    assert whole["low"] < whole["value"] < whole["high"]


def test_mass_is_summed_where_it_is_known():
    analysis = VARIANTS["dicom"]
    weighed = tuple(replace(x, amount=replace(x.amount, mass_mg_ha=Estimate(10.0 * x.id))) for x in analysis.lesions)
    calibrated = replace(analysis, lesions=weighed, calibration=Calibration("nominal", 0.86, 0.2))
    burden = analysis_record(calibrated)["burden"]
    assert burden["soft_tissue"]["mass_mg_ha"]["value"] == 30.0
    part = replace(calibrated, lesions=(weighed[0], analysis.lesions[1]))
    assert analysis_record(part)["burden"]["soft_tissue"]["mass_mg_ha"] is None


def test_findings_are_keyed_by_name():
    findings = analysis_record(VARIANTS["no lesion"])["findings"]
    assert findings["mineralized"]["present"] is False
    assert findings["multifocal"]["present"] is None


def test_what_is_not_ranked_is_null():
    record = analysis_record(VARIANTS["dicom"])
    assert [record[x] for x in ("differential", "red_flags", "next_tests")] == [None, None, None]


def test_changes_by_a_reader_stand_in_the_provenance(validator):
    analysis = VARIANTS["dicom"]
    edit = Edit(("2.25.1001",), "set", category=Category.JOINT, side="left", why="inside the capsule")
    record = analysis_record(replace(analysis, provenance=replace(analysis.provenance, edits=(edit,))))
    validator.validate(json.loads(json.dumps(record)))
    assert record["provenance"]["edits"][0]["category"] == "joint"
    assert not record["provenance"]["edits"][0]["side_unknown"]

    unknown = Edit(("2.25.1001",), "set", side_unknown=True)
    record = analysis_record(replace(analysis, provenance=replace(analysis.provenance, edits=(unknown,))))
    validator.validate(json.loads(json.dumps(record)))
    assert record["provenance"]["edits"][0]["side_unknown"]
    assert edit_sentence(unknown) == "One lesion set to side not known."


@given(st.floats(allow_nan=False, allow_infinity=False, min_value=-1e12, max_value=1e12))
def test_rounding_keeps_six_digits_and_shows_no_noise(value):
    short = rounded(value)
    assert abs(short - value) <= max(5.1e-6 * abs(value), 5.1e-7)
    assert len(repr(short).replace("-", "").replace(".", "").split("e")[0].strip("0")) <= 6
    assert math.copysign(1, short) == 1 or short < 0


def test_nothing_that_is_not_finite_is_written(tmp_path):
    record = analysis_record(VARIANTS["dicom"])
    record["search"]["examined_mm3"] = float("nan")
    with pytest.raises(ValueError, match="JSON"):
        write_json(record, tmp_path / "analysis.json")


@pytest.mark.parametrize("name", VARIANTS)
def test_the_table_has_a_row_a_lesion_and_the_numbers_of_the_record(name, tmp_path):
    record = analysis_record(VARIANTS[name])
    write_table(record, tmp_path / "lesions.csv")
    with (tmp_path / "lesions.csv").open(newline="") as file:
        reader = csv.DictReader(file)
        rows = list(reader)
    assert reader.fieldnames == list(COLUMNS)
    assert [int(row["id"]) for row in rows] == [lesion["id"] for lesion in record["lesions"]]
    for row, lesion in zip(rows, record["lesions"], strict=True):
        assert float(row["volume_mm3"]) == lesion["volume_mm3"]["value"]
        assert float(row["centroid_superior_mm"]) == lesion["centroid_mm"][2]
        assert row["mass_mg_ha"] == ""  # null, not 0
        assert row["caveats"] == ";".join(lesion["caveats"])


def _objects(value):
    if isinstance(value, dict):
        yield value
        value = list(value.values())
    if isinstance(value, list):
        for inner in value:
            yield from _objects(inner)


def _is_step(record: dict, at: dict) -> bool:
    return any(at is step for step in record["provenance"]["settings"].values())


def test_equal_analyses_give_equal_records():
    analysis: CTAnalysis = build_analysis()
    assert json.dumps(analysis_record(analysis)) == json.dumps(analysis_record(VARIANTS["dicom"]))
