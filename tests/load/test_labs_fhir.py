"""Blood results from FHIR R4: of the patient only age and sex, of an Observation all that it says."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from lab_bundles import BROKEN, GOOD, PHOSPHATE, bundle, coded, observation, patient, quantity

from calcimeter.errors import AmbiguousResult, CalcimeterError
from calcimeter.load.labs import load_labs
from calcimeter.load.labs.fhir import read_fhir
from calcimeter.model.case import Subject


def brief(results):
    return [(one.analyte, one.comparator, one.value, one.unit) for one in results]


@pytest.mark.parametrize("name", GOOD)
def test_a_bundle_is_read_from_a_file(tmp_path, name) -> None:
    path = tmp_path / "bundle"
    path.write_bytes(GOOD[name])

    found = load_labs(path)

    assert found.results
    assert "Muster" not in repr(found)


@pytest.mark.parametrize(("data", "words"), BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_bundle_is_refused_with_its_entry(data, words) -> None:
    with pytest.raises(CalcimeterError, match=words) as caught:
        read_fhir(data)

    assert caught.value.exit_code in (2, 3)
    assert not re.search(r"Muster|2019|1965", str(caught.value))


def test_values_units_comparators_dates_and_kind() -> None:
    found = read_fhir(GOOD["patient and three results"])

    assert brief(found.results) == [
        ("calcium", None, 8.4, "mg/dL"),
        ("phosphate", None, 2.23, "mmol/L"),
        ("pth_intact", ">", 900.0, "pg/mL"),
    ]
    calcium = found.results[0]
    assert (calcium.kind, calcium.date, calcium.time) == ("total", dt.date(2019, 5, 2), dt.time(8, 15))
    assert calcium.source == "entry 2"
    assert found.subject == Subject(54.0, "F")


def test_the_laboratory_has_its_say() -> None:
    (phosphate,) = read_fhir(GOOD["with a range and an interpretation"]).results

    assert phosphate.reference == (2.5, 4.5)
    assert phosphate.interpretation == "high"


def test_a_range_in_another_unit_is_converted() -> None:
    in_mg = {"low": quantity(2.5, "mg/dL"), "high": quantity(4.5, "mg/dL")}
    (phosphate,) = read_fhir(bundle(PHOSPHATE | {"referenceRange": [in_mg]})).results

    assert phosphate.reference == pytest.approx((0.807, 1.453), abs=1e-3)


def test_of_several_ranges_only_the_normal_one_counts() -> None:
    normal = {"low": {"value": 0.8}, "high": {"value": 1.5}, "type": {"coding": [{"code": "normal"}]}}
    target = {"low": {"value": 1.1}, "high": {"value": 1.8}, "type": {"coding": [{"code": "treatment"}]}}

    (phosphate,) = read_fhir(bundle(PHOSPHATE | {"referenceRange": [target, normal]})).results
    assert phosphate.reference == (0.8, 1.5)

    found = read_fhir(bundle(PHOSPHATE | {"referenceRange": [target, target]}))
    assert found.results[0].reference is None
    assert found.notes == ("entry 1: the reference range of phosphate is not understood and was not used",)


def test_components_are_results_of_their_own() -> None:
    found = read_fhir(GOOD["components of a panel"])

    assert brief(found.results) == [("creatinine", None, 8.2, "mg/dL"), ("urea", None, 56.0, "mg{N}/dL")]
    assert found.results[1].source == "entry 1, component 2"
    assert found.unknown == (("entry 1, component 3", 1),)


def test_what_holds_no_result_is_named() -> None:
    found = read_fhir(GOOD["taken back, cancelled, absent, preliminary"])

    assert brief(found.results) == [("phosphate", None, 2.23, "mmol/L")]
    assert found.notes == (
        "entry 1: calcium is marked as entered in error; not used",
        "entry 2: pth_intact is cancelled; not used",
        "entry 3: albumin has no value (hemolyzed)",
        "entry 4: phosphate is preliminary",
    )


def test_a_code_that_is_not_known_is_never_taken_by_its_name() -> None:
    found = read_fhir(bundle(PHOSPHATE, observation(coded("12345-6", "Phosphate"), quantity(30, "mmol/d"))))

    assert brief(found.results) == [("phosphate", None, 2.23, "mmol/L")]
    assert found.unknown == (("entry 2", 1),)


def test_urine_stays_apart() -> None:
    found = read_fhir(GOOD["serum and urine"])

    assert brief(found.results) == [("phosphate", None, 2.23, "mmol/L"), ("creatinine", None, 60.0, "umol/L")]
    assert brief(found.urine) == [("phosphate", None, 4.1, "mmol/L"), ("creatinine", None, 3.7, "mmol/L")]


def test_a_bound_in_words_an_off_scale_flag_and_a_birth_year() -> None:
    assert brief(read_fhir(GOOD["a bound as text"]).results) == [("pth_intact", ">", 900.0, "pg/mL")]
    beyond = observation(coded("2731-8"), quantity(1900, "pg/mL"), interpretation=[{"coding": [{"code": ">"}]}])
    assert brief(read_fhir(bundle(beyond)).results) == [("pth_intact", ">", 1900.0, "pg/mL")]

    found = read_fhir(GOOD["a birth date to the year"])
    assert found.subject == Subject(pytest.approx(53.8, abs=0.1), None)
    assert found.notes == ("the birth date is not given to the day; the age is uncertain by up to half a year",)


def test_loinc_is_known_by_its_oid_and_words_stand_in_place_of_numbers() -> None:
    oid = {"coding": [{"system": "urn:oid:2.16.840.1.113883.6.1", "code": "2777-1"}]}
    told = observation(oid, None, valueCodeableConcept={"text": "High"})
    free = observation(oid, None, valueString="see comment")

    found = read_fhir(bundle(told, free))

    assert [(one.analyte, one.value, one.interpretation) for one in found.results] == [("phosphate", None, "high")]
    assert found.notes == ("entry 2: phosphate has a value that is no number",)


def test_a_range_in_words_is_read_with_its_unit() -> None:
    for unit in ("mmol/L", "mmol/l"):
        (phosphate,) = read_fhir(bundle(PHOSPHATE | {"referenceRange": [{"text": f"0.8 - 1.5 {unit}"}]})).results
        assert phosphate.reference == (0.8, 1.5)


def test_a_page_of_several_says_so() -> None:
    assert read_fhir(GOOD["one page of several"]).notes == (
        "the Bundle is one page of several; results on the others are not known here",
    )


def test_a_date_without_a_day_gives_an_undated_result() -> None:
    found = read_fhir(bundle(patient(), PHOSPHATE | {"effectiveDateTime": "2019-05"}))

    assert found.results[0].date is None
    assert found.subject == Subject(None, "F")
    assert found.notes == ("entry 2: phosphate has no full date; it counts as undated",)


def test_a_comparator_that_contradicts_the_interpretation_is_refused() -> None:
    above = {**PHOSPHATE, "interpretation": [{"coding": [{"code": ">"}]}]}

    assert read_fhir(bundle(above)).results[0].comparator == ">"
    with pytest.raises(AmbiguousResult, match="beside the interpretation"):
        read_fhir(bundle({**above, "valueQuantity": {**above["valueQuantity"], "comparator": "<"}}))
