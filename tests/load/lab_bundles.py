"""FHIR R4 bundles as hospital systems send them; persons and numbers are invented."""

from __future__ import annotations

import json
from typing import Any

UCUM = "http://unitsofmeasure.org"
LOINC = "http://loinc.org"


def quantity(value: Any, unit: str, **more: Any) -> dict[str, Any]:
    return {"value": value, "unit": unit, "system": UCUM, "code": unit, **more}


def coded(code: str, text: str = "") -> dict[str, Any]:
    return {"coding": [{"system": LOINC, "code": code, "display": text}], "text": text}


def observation(code: dict[str, Any], value: dict[str, Any] | None, **more: Any) -> dict[str, Any]:
    found: dict[str, Any] = {
        "resourceType": "Observation",
        "status": "final",
        "code": code,
        "subject": {"reference": "Patient/1"},
        "effectiveDateTime": "2019-05-02T08:15:00+02:00",
    }
    if value is not None:
        found["valueQuantity"] = value
    return found | more


def patient(**more: Any) -> dict[str, Any]:
    return {
        "resourceType": "Patient",
        "id": "1",
        "name": [{"family": "Muster", "given": ["Eva"]}],
        "gender": "female",
        "birthDate": "1965-05-02",
    } | more


def bundle(*resources: dict[str, Any], **more: Any) -> bytes:
    content = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": one} for one in resources]}
    return json.dumps(content | more).encode()


CALCIUM = observation(coded("17861-6", "Calcium"), quantity(8.4, "mg/dL"))
PHOSPHATE = observation(coded("14879-1", "Phosphate"), quantity(2.23, "mmol/L"))
PTH = observation(coded("2731-8", "PTH intact"), quantity(900, "pg/mL", comparator=">"))
RANGE = {"low": quantity(2.5, "mg/dL"), "high": quantity(4.5, "mg/dL")}

GOOD: dict[str, bytes] = {
    "patient and three results": bundle(patient(), CALCIUM, PHOSPHATE, PTH),
    "a single Observation": json.dumps(PHOSPHATE).encode(),
    "a list of resources": json.dumps([patient(), PHOSPHATE]).encode(),
    "with a range and an interpretation": bundle(
        observation(
            coded("2777-1"),
            quantity(7.1, "mg/dL"),
            referenceRange=[RANGE],
            interpretation=[{"coding": [{"code": "H"}]}],
        )
    ),
    "components of a panel": bundle(
        observation(
            {"text": "Renal panel"},
            None,
            component=[
                {"code": coded("2160-0"), "valueQuantity": quantity(8.2, "mg/dL")},
                {"code": coded("3094-0"), "valueQuantity": quantity(56, "mg/dL")},
                {"code": coded("2951-2", "Sodium"), "valueQuantity": quantity(139, "mmol/L")},
            ],
        )
    ),
    "local codes and spelled units": bundle(
        observation(
            {"coding": [{"system": "urn:local", "code": "KREA", "display": "Kreatinin i.S."}]},
            {"value": 812, "unit": "µmol/l"},
        )
    ),
    "taken back, cancelled, absent, preliminary": bundle(
        CALCIUM | {"status": "entered-in-error"},
        PTH | {"status": "cancelled"},
        observation(coded("1751-7", "Albumin"), None, dataAbsentReason={"text": "hemolyzed"}),
        PHOSPHATE | {"status": "preliminary"},
    ),
    "one page of several": bundle(PHOSPHATE, link=[{"relation": "next", "url": "urn:next"}]),
    "a bound as text": bundle(observation(coded("2731-8"), None, valueString="> 900 pg/mL")),
    "serum and urine": bundle(
        PHOSPHATE,
        observation(coded("14682-9"), quantity(60, "umol/L")),
        observation(coded("13539-2"), quantity(4.1, "mmol/L")),
        observation(coded("14683-7"), quantity(3.7, "mmol/L")),
    ),
    "a birth date to the year": bundle(patient(birthDate="1965", gender="unknown"), PHOSPHATE),
}
"""Name -> a file that is read."""

NO_LOINC = {"text": "Calcium"}

BROKEN: dict[str, tuple[bytes, str]] = {
    "XML": (b"<Bundle xmlns='http://hl7.org/fhir'/>", "met XML, expected FHIR as JSON"),
    "cut short": (bundle(PHOSPHATE)[:-40], "line 1: met JSON that is cut short or damaged"),
    "no resource": (b'{"labs": []}', "met JSON without a resourceType"),
    "no Observation": (bundle(patient()), "met FHIR without an Observation"),
    "two persons": (bundle(patient(), patient(id="2"), PHOSPHATE), "met results of 2 persons"),
    "two subjects": (
        bundle(PHOSPHATE, CALCIUM | {"subject": {"reference": "Patient/2"}}),
        "met results of 2 persons",
    ),
    "code against unit": (
        bundle(observation(coded("14879-1"), {"value": 2.2, "unit": "mg/dL", "system": UCUM, "code": "mmol/L"})),
        "entry 1: met phosphate with the unit 'mg/dL' and the code 'mmol/L'",
    ),
    "no unit": (bundle(observation(coded("14879-1"), {"value": 2.2})), "entry 1: met phosphate without a unit"),
    "an unknown unit": (
        bundle(PHOSPHATE, observation(coded("2777-1"), {"value": 2.2, "unit": "mmol"})),
        "entry 2: met the unit 'mmol' for phosphate, .*nearest: mmol/L",
    ),
    "total or ionized": (
        bundle(observation(NO_LOINC, quantity(4.8, "mg/dL"))),
        "entry 1: met a calcium of 4.8 mg/dL, which is that of ionized calcium or",
    ),
    "two codes": (
        bundle(
            observation(
                {"coding": [{"system": LOINC, "code": "2777-1"}, {"system": LOINC, "code": "17861-6"}]},
                quantity(7.1, "mg/dL"),
            )
        ),
        r"entry 1: met codes of different results \(calcium, phosphate\)",
    ),
    "code against name": (
        bundle(observation(coded("2777-1", "Calcium"), quantity(7.1, "mg/dL"))),
        "entry 1: met the code of phosphate beside the name of calcium",
    ),
    "no number": (bundle(PHOSPHATE).replace(b"2.23", b"NaN"), "met NaN as a number"),
    "a number as text": (
        bundle(observation(coded("2777-1"), quantity("7.1", "mg/dL"))),
        "entry 1: met phosphate of '7.1'",
    ),
    "a negative number": (bundle(observation(coded("2777-1"), quantity(-7.1, "mg/dL"))), "entry 1: met phosphate of"),
    "an unknown comparator": (
        bundle(observation(coded("2777-1"), quantity(7.1, "mg/dL", comparator="ad"))),
        "entry 1: met the comparator 'ad'",
    ),
    "two interpretations": (
        bundle(PHOSPHATE | {"interpretation": [{"coding": [{"code": "H"}]}, {"coding": [{"code": "L"}]}]}),
        "entry 1: met two interpretations, high and low",
    ),
    "a day that does not exist": (
        bundle(PHOSPHATE | {"effectiveDateTime": "2019-02-30"}),
        "entry 1: met a date or time that does not exist",
    ),
    "a range the wrong way": (
        bundle(PHOSPHATE | {"referenceRange": [{"low": {"value": 1.5}, "high": {"value": 0.8}}]}),
        "entry 1: met a reference range from 1.5 to 0.8",
    ),
    "a birth after the result": (bundle(patient(birthDate="2020-01-01"), PHOSPHATE), "before the date of birth"),
}
"""Name -> a file that is refused, and what the message says."""
