"""Reading case reports: the facts of whole texts, each with its place."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from calcimeter.errors import UnreadableInput
from calcimeter.knowledge.vocabulary import vocabulary
from calcimeter.load.case_file import case_of, case_record, dump_case
from calcimeter.load.case_text import read_case_text, read_with_reasons
from calcimeter.load.case_text.phrases import patterns, phrases, plain
from case_facts import TEXTS, expected_of, facts

REFERENCE = Path(__file__).parents[3] / "shared" / "cases" / "eurorad-16448.txt"
TOKENS = (
    "a 54-year-old man woman mother denied no not possible left right both and, with hip knee elbow sternum "
    "greater trochanter calcified mass lump of 3 x 4 cm mm 2,5 1,200 > pg/mL mmol/L (0.8-1.5) PTH calcium phosphate "
    "was were normal elevated respectively CT radiograph showed erosion fluid-calcium level. History: Diagnosis: "
    "Differential diagnosis\n\n ; : gout focus of tracer lower pole thyroid consent obtained underwent "
    "parathyroidectomy years ago family history similar"
)
WORDS = TOKENS.split(" ")
OWN = sorted(TEXTS.glob("*.txt"))

IN_THE_REFERENCE = """
subject: {age_years: 54, sex: M}
history: {chronic_kidney_disease: true, pain: true, restricted_motion: true, palpable_mass: true, slow_growth: true,
  gait_disturbance: true, cardiac_surgery: true, trauma: false, biopsy: true, chalky_discharge: true}
findings: {mineralized: true, periarticular: true, multilobulated: true, fluid_calcium_level: true,
  parathyroid_focus: true, multifocal: true}
sites: [hip, sternum]
lesions:
  - {site: hip, side: left, bone: femur, part: greater_trochanter, long_axis_cm: 10, short_axis_cm: 6.5, modality: CR}
  - {site: sternum, bone: sternum, long_axis_cm: 3, short_axis_cm: 3, modality: CT}
foci: [{organ: thyroid, side: right, pole: lower}]
treatments: [{what: parathyroidectomy}, {what: steroid_injection}]
consent: true
stated_differential: [calcinosis_connective_tissue_disease, hydroxyapatite_deposition_disease, myositis_ossificans,
  secondary_tumoral_calcinosis, parosteal_osteosarcoma]
diagnosis: secondary_tumoral_calcinosis
"""
"""The facts of Eurorad 16448, written down before anything was programmed."""


def _reference_text() -> str:
    if not REFERENCE.exists():
        pytest.skip("the text of Eurorad 16448 is not beside this checkout")
    return REFERENCE.read_text(encoding="utf-8")


def test_twenty_texts_are_read() -> None:
    assert len(OWN) >= 20


@pytest.mark.parametrize("text", OWN, ids=lambda path: path.stem)
def test_a_text_gives_what_a_careful_reader_finds_in_it_and_nothing_else(text: Path) -> None:
    found = facts(case_record(read_case_text(text.read_text(encoding="utf-8"))))
    wanted = facts(case_record(case_of(expected_of(text))))

    assert sorted(wanted - found, key=str) == [], "missed"
    assert sorted(found - wanted, key=str) == [], "not in the text"


def test_the_reference_report_gives_every_fact_and_nothing_else() -> None:
    found = facts(case_record(read_case_text(_reference_text())))

    assert found == facts(case_record(case_of(yaml.safe_load(IN_THE_REFERENCE))))


@pytest.mark.parametrize("text", [*OWN, REFERENCE], ids=lambda path: path.stem)
def test_every_item_points_to_the_words_that_say_it(text: Path) -> None:
    content = _reference_text() if text == REFERENCE else text.read_text(encoding="utf-8")
    case = read_case_text(content)
    terms = {f"{kind}.{term}" for kind in ("history", "findings") for term in getattr(case, kind)}
    terms |= {f"{kind}.{k}" for kind in ("labs", "sites", "treatments") for k in range(len(getattr(case, kind)))}

    assert terms <= set(case.sources)
    for item, (start, end) in case.sources.items():
        said = plain(content)[start:end]
        kind, _, rest = item.partition(".")
        assert said.strip(), item
        if kind in ("history", "findings") and rest not in ("family_history", "multifocal", "bilateral"):
            tables = [table for table in (kind, f"{kind}_absent") if rest in patterns(table)]
            named = any(patterns(table)[rest].search(said) for table in tables)
            treated = rest in ("parathyroidectomy", "kidney_transplant")
            assert named or treated, (item, said)
        elif item.endswith(".side"):
            assert re.search("left|right|both|bilateral|midline|mid-line", said), (item, said)
        elif item.endswith("_cm"):
            assert re.search(r"\d|\b(?:one|two|three|four|five|six|eight|ten|twelve)\b", said), (item, said)
    for k, lab in enumerate(case.labs):
        said = content[slice(*case.sources[f"labs.{k}"])].replace(",", "")
        if lab.value is not None:
            assert f"{lab.value:g}" in said or f"{lab.value}" in said or f"{lab.value:g}".replace(".", "") in said, said
    if case.subject.age_years is not None:
        assert re.search(r"\d|\w", content[slice(*case.sources["subject.age_years"])])


@pytest.mark.parametrize("text", OWN, ids=lambda path: path.stem)
def test_the_same_text_gives_the_same_file_and_the_file_the_same_case(text: Path) -> None:
    content = text.read_text(encoding="utf-8")
    case = read_case_text(content)

    assert dump_case(read_case_text(content)) == dump_case(case)
    assert facts(case_record(case_of(yaml.safe_load(dump_case(case))))) == facts(case_record(case))


def test_no_name_date_or_sentence_reaches_the_case() -> None:
    text = (
        "Authors\nJane Roe, Springfield Hospital\n\nCase report\nMr John Doe, a 44-year-old man, born 03.04.1970, "
        "came on 12 May 2019 with a lump at his right elbow. Dr. Richard Miles saw a calcified mass of 3 cm."
    )
    written = dump_case(read_case_text(text))

    for word in ("Doe", "Jane", "Richard", "Springfield", "2019", "1970", "lump"):
        assert word not in written
    assert "right" in written


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "empty"),
        (" \n\t ", "empty"),
        ("\x00\x01\x02\x03" * 50, "no text"),
        ("1234 5678 90 " * 40, "no text"),
        ("word " * 30_000, "characters"),
    ],
)
def test_what_is_no_case_text_is_refused(text: str, complaint: str) -> None:
    with pytest.raises(UnreadableInput, match=complaint):
        read_case_text(text)


def test_the_phrases_know_only_terms_of_the_vocabulary() -> None:
    terms, table = vocabulary(), phrases()
    for kind in ("history", "findings", "diagnoses", "treatments", "analytes"):
        assert {term for term in table[kind] if not term.startswith("unspecified_")} == set(terms[kind])
    for kind in ("history", "findings"):
        assert set(table[f"{kind}_absent"]) <= set(terms[kind])
    for place in table["places"]:
        assert place["site"] in terms["sites"]
        assert place.get("bone") in (None, *terms["bones"])
        assert place.get("part") in (None, *terms["bone_parts"])
    assert {term for group in table["analyte_groups"] for term in group["terms"]} <= set(terms["analytes"])


def test_what_is_left_out_is_listed_with_its_reason_and_place() -> None:
    text = "A 30-year-old woman. Cortical erosion could not be excluded. Her father had gout. PTH was 1,200 pg/mL."
    left = {one.what: one for one in read_with_reasons(text).left_out}

    assert "possibility" in left["findings.bone_erosion"].reason
    assert "relative" in left["history.gout"].reason
    assert "comma" in left["labs.pth_intact"].reason
    assert text[slice(*left["history.gout"].place)] == "gout"


@settings(max_examples=60, deadline=None, derandomize=True, database=None)
@given(st.lists(st.sampled_from(WORDS), min_size=1, max_size=80))
def test_any_row_of_words_is_read_without_an_error_and_every_place_lies_in_the_text(words: list[str]) -> None:
    text = " ".join(words) + " patient"
    case = read_case_text(text)

    assert all(0 <= start < end <= len(text) for start, end in case.sources.values())
    assert case_of(yaml.safe_load(dump_case(case))) is not None


def test_a_sentence_longer_than_any_is_not_read_and_said_to_be_so() -> None:
    left = read_with_reasons("A calcified mass of the left hip, " * 200).left_out

    assert [one.what for one in left] == ["text"]
