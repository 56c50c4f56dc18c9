"""Every standard code is in pydicom's dictionary under the meaning that it is written with; our own are documented."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args, get_type_hints

import pytest
from pydicom.sr._concepts_dict import concepts

from calcimeter import codes
from calcimeter.knowledge.vocabulary import vocabulary
from calcimeter.model.measures import FluidLevel, PatternName

PAGE = Path(__file__).resolve().parents[1] / "docs" / "how-to" / "pacs.md"


def found(value):
    if isinstance(value, codes.Code):
        return [value]
    if isinstance(value, codes.Measure):
        return [value.concept, *found(value.derivation)]
    if isinstance(value, dict):
        return [code for one in value.values() for code in found(one)]
    return []


CODES = sorted({code for value in vars(codes).values() for code in found(value)})


@pytest.mark.parametrize("code", [code for code in CODES if code.scheme in ("SCT", "DCM")], ids=lambda code: code.value)
def test_a_standard_code_means_what_it_is_written_with(code):
    meanings = {entry[code.value][0].lower() for entry in concepts[code.scheme].values() if code.value in entry}
    assert code.meaning.lower() in {meaning.partition(" (")[0] for meaning in meanings} | meanings


def test_the_others_are_units_or_our_own_and_the_page_names_them():
    others = {code for code in CODES if code.scheme not in ("SCT", "DCM")}
    assert {code.scheme for code in others} == {"UCUM", codes.OWN_SCHEME}
    words = set(re.findall(r"\w+", PAGE.read_text(encoding="utf-8")))
    assert {code.value for code in others if code.scheme == codes.OWN_SCHEME} <= words


def test_lengths_are_those_of_their_vr():
    assert [code for code in CODES if len(code.value) > 16] == []
    assert [code for code in CODES if len(code.meaning) > 64] == []


def test_every_pattern_state_and_site_has_a_code():
    assert set(codes.PATTERNS) == set(get_args(PatternName))
    assert set(codes.STATES) == set(get_args(get_type_hints(FluidLevel)["state"]))
    assert set(codes.SITES) <= set(vocabulary()["sites"])
