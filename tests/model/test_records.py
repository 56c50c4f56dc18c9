"""Guards of the records, and a sentence for every caveat that the source names."""

from __future__ import annotations

import ast
import dataclasses
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import calcimeter
from builders import build_analysis
from calcimeter.model.analysis import Finding
from calcimeter.model.caveat import TEXTS, Caveat, caveat
from calcimeter.model.lesion import LISTED_ONLY_WITH_ALL, Category
from calcimeter.model.measures import Estimate

PACKAGE = Path(calcimeter.__file__).parent
TWO_WORDS = re.compile(r"[A-Z]{2,}(_[A-Z]+)+")


def words_in_capitals():
    """Every string like A_CODE in the modules that speak of caveats, with its file; DICOM has one-word terms."""
    for path in sorted(PACKAGE.rglob("*.py")):
        source = path.read_text(encoding="utf-8")
        for node in ast.walk(ast.parse(source)) if "caveat" in source else ():
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and TWO_WORDS.fullmatch(node.value):
                yield path.name, node.value


def codes_asked_for():
    """Every argument of ``caveat(...)`` that stands in the source."""
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            called = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "caveat"
            if called and isinstance(node.args[0], ast.Constant):
                yield path.name, node.args[0].value


def test_every_caveat_in_the_source_has_its_sentence():
    named = [*words_in_capitals(), *codes_asked_for()]

    assert [(file, code) for file, code in named if code not in TEXTS] == []
    assert len({code for _, code in named} & TEXTS.keys()) > 10


def test_every_sentence_belongs_to_a_caveat_that_the_source_can_give():
    """The code stands in the table of sentences, and somewhere else."""
    source = "".join(path.read_text(encoding="utf-8") for path in PACKAGE.rglob("*.py"))

    assert [code for code in TEXTS if source.count(f'"{code}"') < 2] == []


@pytest.mark.parametrize("code", TEXTS)
def test_a_caveat_is_a_plain_sentence(code):
    text = caveat(code).text

    assert re.fullmatch("[A-Z]+(_[A-Z]+)*", code)
    assert text[0].isupper()
    assert text.endswith(".")
    assert "\n" not in text
    assert text == text.strip()


def test_an_unknown_code_has_no_caveat():
    with pytest.raises(KeyError):
        caveat("SOMETHING_ELSE")


def test_caveats_sort_by_code_and_equal_ones_are_one():
    assert sorted({caveat("TOUCHES_BORDER"), caveat("KVP_UNKNOWN"), caveat("KVP_UNKNOWN")}) == [
        Caveat("KVP_UNKNOWN", TEXTS["KVP_UNKNOWN"]),
        Caveat("TOUCHES_BORDER", TEXTS["TOUCHES_BORDER"]),
    ]


@given(st.sampled_from((float("nan"), float("inf"), -float("inf"))), st.integers(0, 2))
def test_no_measured_value_is_nan_or_infinite(bad, where):
    numbers = [1.0, 0.5, 2.0]
    numbers[where] = bad

    with pytest.raises(ValueError, match="finite"):
        Estimate(*numbers)


def test_zero_is_a_measured_value_and_no_interval_is_none():
    assert Estimate(0.0).value == 0.0
    assert (Estimate(3.0).low, Estimate(3.0).high) == (None, None)


def test_no_record_can_be_changed():
    analysis = build_analysis()
    for record in (analysis, analysis.study, analysis.lesions[0], analysis.lesions[0].extent, analysis.search):
        name = dataclasses.fields(record)[0].name
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(record, name, None)


def test_what_is_no_calcification_of_tissue_is_listed_only_on_request():
    assert {c.value for c in LISTED_ONLY_WITH_ALL} == {"bone", "metal", "contrast", "outside"}
    assert {c.value for c in Category} - {c.value for c in LISTED_ONLY_WITH_ALL} == {
        "soft_tissue",
        "joint",
        "visceral",
        "vascular",
        "phlebolith",
        "cartilage",
        "stone",
        "uncertain",
    }


def test_lesions_of_a_category_come_by_id_and_none_come_from_what_is_set_aside():
    analysis = build_analysis()

    assert [lesion.id for lesion in analysis.of_category(Category.SOFT_TISSUE)] == [1, 2]
    assert analysis.of_category(Category.BONE) == ()
    assert analysis.of_category(Category.STONE) == ()


def test_a_finding_is_false_only_where_the_study_could_have_shown_it():
    several = {finding.name: finding for finding in build_analysis().findings()}
    none = {finding.name: finding for finding in build_analysis(lesions=False).findings()}

    assert several["mineralized"].present is True
    assert several["multifocal"].present is None, "both lie in one place"
    assert none["mineralized"].present is False
    assert none["multifocal"].present is None
    assert "25.0 mm3" in none["mineralized"].because
    assert all(isinstance(f, Finding) and f.because for f in (*several.values(), *none.values()))


@pytest.mark.parametrize("code", ["CONTRAST_PRESENT", "METAL_PRESENT"])
def test_none_found_is_not_false_where_something_could_hide_a_deposit(code):
    analysis = build_analysis(lesions=False)
    mineralized, *_ = dataclasses.replace(analysis, caveats=(caveat(code),)).findings()

    assert mineralized.present is None
    assert "may hide one" in mineralized.because


def test_none_found_is_not_false_beside_something_uncertain_or_without_a_detection_limit():
    analysis = build_analysis()
    uncertain, *_ = dataclasses.replace(analysis, lesions=analysis.of_category(Category.UNCERTAIN)).findings()
    search = dataclasses.replace(analysis.search, detection_limit_mm3=None)
    unlimited, *_ = dataclasses.replace(analysis, lesions=(), search=search).findings()

    assert (uncertain.present, unlimited.present) == (None, None)
    assert "1 uncertain focus" in uncertain.because
