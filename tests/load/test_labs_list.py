"""The ``labs:`` list of a case file."""

from __future__ import annotations

import datetime as dt
import json

import pytest
import yaml

from calcimeter.errors import AmbiguousResult, UnknownUnit, UnreadableInput, UsageError
from calcimeter.load.labs import lab_results, load_labs
from calcimeter.model.case import LabResult


def test_the_forms_of_the_contract() -> None:
    items = yaml.safe_load("""
- {analyte: phosphate, value: 2.23, unit: mmol/L, date: 2019-05-02, reference: [0.8, 1.5]}
- {analyte: pth_intact, value: 900, unit: pg/mL, comparator: ">"}
- {analyte: calcium, interpretation: normal}
- {analyte: calcium, value: 1.2, unit: mmol/L, kind: total}
- {analyte: crp, value: 12, unit: mg/l, reference: [null, 5], date: "2019-05-02"}
""")

    assert lab_results(items) == (
        LabResult("phosphate", 2.23, "mmol/L", None, None, dt.date(2019, 5, 2), (0.8, 1.5), "labs, item 1"),
        LabResult("pth_intact", 900.0, "pg/mL", ">", source="labs, item 2"),
        LabResult("calcium", interpretation="normal", source="labs, item 3"),
        LabResult("calcium", 1.2, "mmol/L", source="labs, item 4", kind="total"),
        LabResult("crp", 12.0, "mg/L", None, None, dt.date(2019, 5, 2), (None, 5.0), "labs, item 5"),
    )


@pytest.mark.parametrize(
    ("item", "kind", "words"),
    [
        ({"analyte": "phosphat", "value": 1, "unit": "mmol/L"}, UsageError, "'phosphat' is not known; .*phosphate"),
        ({"analyte": "PTH", "value": 1, "unit": "pg/mL"}, UsageError, "'PTH' is not known; nearest: pth_intact$"),
        (
            {"analyte": "uric_acid", "value": 1, "unit": "mg/dL"},
            UsageError,
            "'uric_acid' is not known; nearest: urate$",
        ),
        ({"analyte": ["calcium"], "value": 1, "unit": "mg/dL"}, UsageError, "is not known; nearest: calcium"),
        ({"analyte": "phosphate", "valeu": 1}, UsageError, "'valeu' is not known; nearest: value"),
        ({"value": 1}, UsageError, "names no analyte"),
        (3, UsageError, "is no mapping"),
        ({"analyte": "phosphate"}, UsageError, "neither a value nor low, normal or high"),
        ({"analyte": "phosphate", "value": 2.23}, UnknownUnit, "without a unit; expected one of mmol/L, mg/dL"),
        ({"analyte": "phosphate", "value": 2.23, "unit": "mmo/L"}, UnknownUnit, "nearest: mmol/L"),
        ({"analyte": "phosphate", "value": "1,234", "unit": "mg/dL"}, AmbiguousResult, "can be 1.234 or 1234"),
        ({"analyte": "phosphate", "value": ">2", "unit": "mg/dL"}, UsageError, "bound goes into 'comparator'"),
        ({"analyte": "phosphate", "value": True, "unit": "mg/dL"}, UsageError, "expected a number"),
        ({"analyte": "phosphate", "value": -1, "unit": "mg/dL"}, UsageError, "expected a number of 0 or more"),
        ({"analyte": "phosphate", "value": float("nan"), "unit": "mg/dL"}, UsageError, "expected a number"),
        ({"analyte": "phosphate", "value": float("inf"), "unit": "mg/dL"}, UsageError, "expected a number"),
        ({"analyte": "phosphate", "value": 2, "unit": "mg/dL", "comparator": "~"}, UsageError, "'~' is not known"),
        ({"analyte": "phosphate", "interpretation": "hihg"}, UsageError, "nearest: high"),
        ({"analyte": "phosphate", "value": 2, "unit": "mg/dL", "date": "5/6/2019"}, AmbiguousResult, "day and month"),
        ({"analyte": "phosphate", "value": 2, "unit": "mg/dL", "reference": [5, 2]}, UsageError, "low before high"),
        ({"analyte": "phosphate", "value": 2, "unit": "mg/dL", "reference": "2-5"}, UsageError, "list of two"),
        ({"analyte": "calcium", "value": 4.8, "unit": "mg/dL"}, AmbiguousResult, "ionized calcium or a critically low"),
        (
            {"analyte": "phosphate", "value": 2, "unit": "mg/dL", "kind": "total"},
            UsageError,
            "only be total",
        ),
        (
            {"analyte": "calcium", "value": 2.3, "unit": "mg/dL", "kind": "total"},
            AmbiguousResult,
            "which no patient has",
        ),
        ({"analyte": "calcium_ionized", "value": 1.2, "unit": "mg/dL"}, AmbiguousResult, "which no patient has"),
        ({"analyte": "tubular_phosphate_reabsorption", "value": 0.97, "unit": "%"}, AmbiguousResult, "no patient has"),
        ({"analyte": "creatinine", "value": 0.9, "unit": "umol/L"}, AmbiguousResult, "which no patient has"),
    ],
)
def test_what_is_not_understood_is_named_with_its_item(item, kind, words) -> None:
    with pytest.raises(kind, match=f"labs, item 2.*{words}"):
        lab_results([{"analyte": "calcium", "interpretation": "low"}, item])


def test_calcium_at_the_limit_is_believed() -> None:
    (calcium,) = lab_results([{"analyte": "calcium", "value": 5.5, "unit": "mg/dL"}])
    (bound,) = lab_results([{"analyte": "calcium", "value": 5, "unit": "mg/dL", "comparator": ">"}])

    assert calcium.value == 5.5
    assert bound.comparator == ">"


ITEMS = [
    {"analyte": "phosphate", "value": 2.23, "unit": "mmol/L", "date": "2019-05-02", "reference": [0.8, 1.5]},
    {"analyte": "pth_intact", "value": 900, "unit": "pg/mL", "comparator": ">"},
    {"analyte": "calcium", "interpretation": "normal"},
]


@pytest.mark.parametrize("said", [ITEMS, {"labs": ITEMS}], ids=["list", "under its key"])
@pytest.mark.parametrize("name", ["labs.yaml", "labs.YML", "labs.json", "labs.txt"])
def test_a_list_in_a_file_of_its_own_is_that_of_a_case_file(tmp_path, said, name) -> None:
    is_yaml = name.lower().endswith(("yaml", "yml"))
    path = tmp_path / name
    path.write_text(yaml.safe_dump(said) if is_yaml else json.dumps(said), encoding="utf-8")

    found = load_labs(path)

    assert found.results == lab_results(ITEMS)
    assert found.notes == ()


@pytest.mark.parametrize(
    ("content", "kind", "words"),
    [
        ("subject: {age_years: 54}\nlabs: []", UsageError, "met the key 'subject'.*calcimeter case"),
        ("phosphate", UsageError, "holds no list; expected such as labs:"),
        ("labs: []", UnreadableInput, "a list without a result"),
        ("- {analyte: phosphat, value: 1, unit: mmol/L}", UsageError, "'phosphat' is not known; .*phosphate"),
        ("- {analyte: phosphate, value: 1, unit: mmol/kg}", UnknownUnit, "mmol/kg"),
    ],
)
def test_a_file_of_a_list_says_what_is_wrong(tmp_path, content, kind, words) -> None:
    path = tmp_path / "labs.yaml"
    path.write_text(content, encoding="utf-8")

    with pytest.raises(kind, match=words):
        load_labs(path)
