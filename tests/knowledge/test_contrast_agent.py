"""Whether a contrast medium was given, by the words that hospitals write into the header."""

from __future__ import annotations

import pytest

from calcimeter.knowledge.contrast import contrast_in

NONE = """No;none;NONE GIVEN;None.;No Contrast;no contrast medium;NO IV;no iv contrast
no IV or oral contrast;N/A;-;0;0 ml;0.0 mL;without contrast;w/o contrast;unenhanced;NON-CON
NON_CONTRAST;NON IONIC CONTRAST NOT GIVEN;contrast not given;plain;NCCT;kein;kein KM;keine
ohne KM;nativ (ohne KM);KM: nein;CT nativ;senza mdc;nessuno;aucun;sans injection;Sin contraste
CT simple;sem contraste;geen contrast;utan kontrast;no oral, no iv"""
GIVEN = """OMNIPAQUE 350;Iomeron 350 Dr. Secret;Imeron400;Ultravist 370;Isovue-370;JOPAMIRON;Xenetix
Gastrografin;Barium;IV;oral;IV + oral;No IV, oral contrast;no iv but oral;NON-IONIC CONTRAST
with and without;W/WO;mit und ohne KM;80 ml;350;yes;C+;APPLIED;contrast given
Omnipaque 300 100ml no reaction"""
UNSAID = """unknown;not known;NOT SPECIFIED;no information;keine Angabe;?;see report;Dr. Secret;thorax
no IV and oral contrast"""


def _each(listed: str) -> list[str]:
    return [text for line in listed.splitlines() for text in line.split(";")]


@pytest.mark.parametrize("text", _each(NONE))
def test_a_denial_in_the_words_of_a_hospital_says_that_none_was_given(text: str) -> None:
    assert contrast_in(text) is False


@pytest.mark.parametrize("text", _each(GIVEN))
def test_an_agent_a_way_or_an_amount_says_that_one_was_given(text: str) -> None:
    assert contrast_in(text) is True


@pytest.mark.parametrize("text", ["", *_each(UNSAID)])
def test_other_words_say_neither(text: str) -> None:
    assert contrast_in(text) is None
