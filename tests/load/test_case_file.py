"""Case files: what is read, what is refused and how, and that writing and reading give the same."""

from __future__ import annotations

import datetime as dt
import json
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calcimeter.errors import UsageError
from calcimeter.knowledge.places import places
from calcimeter.knowledge.vocabulary import vocabulary
from calcimeter.load.case_file import case_of, case_record, dump_case, load_case
from calcimeter.load.case_text.phrases import phrases
from calcimeter.model.case import Case

PAGE = Path(__file__).resolve().parents[2] / "docs" / "case-file.md"
EXAMPLE = re.search(r"^```yaml\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)[1]


@pytest.fixture
def write(tmp_path):
    def written(text, name="case.yaml"):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return written


def test_the_case_of_the_docs_is_read_whole(write):
    case = load_case(write(EXAMPLE))
    assert (case.subject.age_years, case.subject.sex) == (54, "M")
    assert dict(case.history) == {"chronic_kidney_disease": True, "trauma": False}
    assert [lab.analyte for lab in case.labs] == ["phosphate", "pth_intact", "calcium"]
    assert case.labs[0].date == dt.date(2019, 5, 2)
    assert case.sites == ("hip", "sternum")
    assert (case.lesions[0].side, case.lesions[0].long_axis_cm) == ("left", 10)
    assert case.foci[0].pole == "lower"
    assert case.studies[1].paths == ("mibi_early.dcm", "mibi_delayed.dcm")
    assert case.treatments[0].what == "parathyroidectomy"
    assert case.consent is True
    assert case.diagnosis == "secondary_tumoral_calcinosis"


def test_writing_and_reading_give_the_same_case_as_yaml_and_as_json(write):
    case = load_case(write(EXAMPLE + "\nsources: {subject.age_years: [312, 314]}\n"))
    assert load_case(write(dump_case(case), "again.yaml")) == case
    assert load_case(write(json.dumps(case_record(case)), "again.json")) == case
    assert dump_case(case) == dump_case(case)


def test_an_empty_case_is_a_case(write):
    assert load_case(write("{}", "empty.json")) == Case()
    assert case_of({"history": None, "labs": None, "subject": {"age_years": None, "sex": None}}) == Case()
    assert case_record(Case()) == {}


def test_null_is_not_known():
    assert case_of({"findings": {"bone_erosion": None, "periarticular": False}}).findings == {"periarticular": False}


@pytest.mark.parametrize(
    ("said", "complaint"),
    [
        ({"histroy": {}}, "'histroy' is not known; nearest: history"),
        ({"history": {"dialisis": True}}, "nearest: dialysis"),
        ({"findings": {"fluid_level": True}}, "fluid_calcium_level"),
        ({"findings": {"periarticular": "yes"}}, "findings, periarticular: met 'yes', expected true, false or null"),
        ({"findings": {"periarticular": 1}}, "expected true, false or null"),
        ({"findings": ["periarticular"]}, "findings: expected such as"),
        ({"sites": ["Hip"]}, "'Hip' is not known; nearest: hip"),
        ({"sites": "hip"}, "sites: expected a list"),
        ({"subject": {"age": 54}}, "nearest: age_years"),
        ({"subject": {"age_years": "54"}}, "expected a number of 0 or more"),
        ({"subject": {"age_years": -1}}, "expected a number of 0 or more"),
        ({"subject": {"age_years": 540}}, "expected 0 to 130"),
        ({"subject": {"age_years": float("nan")}}, "expected a number of 0 or more"),
        ({"subject": {"sex": "male"}}, "'male' is not known"),
        ({"subject": 54}, "subject: expected such as"),
        ({"labs": [{"analyte": "phosphat", "interpretation": "high"}]}, "nearest: phosphate"),
        ({"labs": [{"analyte": "phosphate", "value": 2.2, "unit": "mmol"}]}, "mmol"),
        ({"lesions": [{"site": "hip", "side": "links"}]}, "lesion 1, side: 'links' is not known"),
        ({"lesions": [{"site": "hip", "long_axis_cm": 0}]}, "what is not known is null"),
        ({"lesions": [{"long_axis_cm": 350}]}, "lesion 1, long_axis_cm: met 350, expected centimeters, 100 at most"),
        ({"lesions": [{"short_axis_cm": 350}]}, "lesion 1, short_axis_cm: met 350, expected centimeters"),
        (
            {"lesions": [{"long_axis_cm": 3, "short_axis_cm": 8}]},
            "lesion 1: met a short axis of 8 cm over a long axis of 3 cm; exchange them",
        ),
        (
            {"lesions": [{"bone": "sternum", "part": "greater_trochanter"}]},
            "lesion 1: met greater_trochanter of sternum; it is a part of femur: correct one of them",
        ),
        ({"lesions": [{"modality": "CT scan"}]}, "lesion 1, modality: 'CT scan' is not known; nearest: CR, DX, CT, MR"),
        ({"lesions": [{"modality": "MRI"}]}, "lesion 1, modality: 'MRI' is not known; nearest: MR"),
        ({"lesions": [{"modality": "sonography"}]}, "nearest: CR, DX, CT, MR, US, NM, PT"),
        ({"lesions": [{"modality": 3}]}, "lesion 1, modality: expected text"),
        ({"lesions": [{"size": 3}]}, "lesion 1: 'size' is not known"),
        ({"foci": [{"organ": "tyroid"}]}, "nearest: thyroid"),
        ({"foci": [{"side": "left"}]}, "focus 1, organ"),
        ({"studies": [{"path": []}]}, "expected one path, or"),
        ({"studies": [{"path": "ct", "date": "yesterday"}]}, "expected a day as 2019-05-02"),
        ({"treatments": [{"what": "surgery"}]}, "treatment 1, what"),
        ({"diagnosis": "tumoral_calcinosis"}, "secondary_tumoral_calcinosis"),
        ({"sources": {"x": [1]}}, "sources: expected such as"),
        ({"consent": "given"}, "consent: met 'given'"),
        ([], "the case is no mapping"),
    ],
)
def test_what_is_not_of_the_form_is_refused_with_what_was_met_and_expected(said, complaint):
    with pytest.raises(UsageError, match=re.escape(complaint)):
        case_of(said)


@pytest.mark.parametrize("said", ["CT", "ct", "Ct"])
def test_a_modality_is_known_in_any_case(said):
    case = case_of({"sites": ["hip"], "lesions": [{"site": "hip", "modality": said, "long_axis_cm": 4}]})

    assert case.lesions[0].modality == "CT"
    assert case_of(case_record(case)) == case


@pytest.mark.parametrize(
    ("name", "text", "complaint"),
    [
        ("case.yaml", "subject: {age_years: 54\n", "is not YAML (line"),
        ("case.yaml", "a: b: c", "is not YAML (line 1)"),
        ("case.json", '{"subject": ', "is not JSON (line 1)"),
        ("case.yaml", "", "the case is no mapping"),
        (
            "case.yaml",
            "history:\n  dialysis: true\n  dialysis: false\n",
            "'dialysis' stands twice in one place (line 3)",
        ),
        ("case.json", '{"sites": ["hip"], "sites": []}', "'sites' stands twice in one place"),
        ("case.yaml", "a: &a [*a]", "'a' is not known"),
        ("case.json", "[" * 100_000, "nested too deep"),
    ],
)
def test_a_file_that_is_no_case_is_refused_in_one_line(write, name, text, complaint):
    with pytest.raises(UsageError, match=re.escape(complaint)):
        load_case(write(text, name))


@pytest.mark.parametrize(
    "day", ["2000-13-45", "2001-02-29", "2000-02-30T10:00:00", "2000-02-03 25:00:00", "!!timestamp x"]
)
def test_a_day_that_does_not_exist_is_called_that_with_its_line_and_not_told_again(write, day):
    with pytest.raises(UsageError) as refused:
        load_case(write(f"studies:\n  - path: ct\n    date: {day}\n"))
    message = str(refused.value)
    assert "met a day that does not exist (line 3), expected one such as 2019-05-02" in message
    assert "not YAML" not in message
    assert day not in message


def test_a_day_in_quotes_that_is_none_is_not_told_again():
    with pytest.raises(UsageError, match="met what is no day") as met:
        case_of({"studies": [{"path": "ct", "date": "13.03.1947"}]})

    assert "1947" not in str(met.value)


def test_a_day_that_does_not_exist_is_refused_as_a_key_too(write):
    with pytest.raises(UsageError, match=re.escape("does not exist (line 2)")):
        load_case(write("history:\n  2000-13-45: true\n"))


def test_a_file_that_is_not_there_is_wrong_usage_without_its_path(tmp_path):
    with pytest.raises(UsageError) as refused:
        load_case(tmp_path / "SECRETNAME.yaml")
    assert "SECRETNAME" not in str(refused.value)


TERMS = vocabulary()


@settings(max_examples=40, deadline=None, derandomize=True)
@given(
    st.dictionaries(st.sampled_from(TERMS["history"]), st.booleans(), max_size=5),
    st.dictionaries(st.sampled_from(TERMS["findings"]), st.booleans(), max_size=5),
    st.lists(st.sampled_from(TERMS["sites"]), unique=True, max_size=4),
    st.none() | st.floats(0, 120),
)
def test_any_case_survives_being_written(history, findings, sites, age):
    import yaml

    case = case_of({"history": history, "findings": findings, "sites": sites, "subject": {"age_years": age}})
    assert case_of(yaml.safe_load(dump_case(case))) == case


def test_every_part_of_the_vocabulary_belongs_to_bones_of_it() -> None:
    parts = places()["parts_of"]

    assert set(parts) == set(vocabulary()["bone_parts"])
    assert {bone for bones in parts.values() for bone in bones} <= set(vocabulary()["bones"])


def test_every_place_that_texts_name_is_one_that_a_case_file_takes() -> None:
    named = [{key: one[key] for key in ("site", "bone", "part") if key in one} for one in phrases()["places"]]

    assert len(case_of({"lesions": named}).lesions) == len(named)
