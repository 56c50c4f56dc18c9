"""Reading case reports: texts and sentences that are not in English are said to be so, and not read."""

from __future__ import annotations

import pytest

from calcimeter.errors import UnreadableInput
from calcimeter.load.case_text import read_case_text, read_with_reasons

FOREIGN = [
    "Eine 54-jährige Patientin mit Dialyse hat am 3. Mai 2019 Schmerzen. Phosphat 2,3 mmol/l.",
    "Der Patient hatte keinen Diabetes und keine Dermatomyositis.",
    "Une femme de 40 ans sans diabetes, avec une masse calcifiée de la hanche chez qui le CT montrait une erosion.",
    "Mujer de 60 años con dialysis y una masa del hombro; no había diabetes.",
    "Una paziente di 30 anni, nessun diabetes, con una massa della spalla.",
    "Uma mulher de 50 anos com diabetes, não foi operada.",
    "Een vrouw van 50 jaar met dialyse en geen diabetes.",
    "En kvinna på 54 år med dialys och inte diabetes.",
    "54-letnia kobieta, nie ma diabetes, oraz CT przez radiologa.",
    "Женщина 54 лет, диабета нет, CT: кальцинат.",
    "患者54岁 女性 透析 CT 肩部 钙化 肿块",
]


@pytest.mark.parametrize("text", FOREIGN, ids=range(len(FOREIGN)))
def test_a_text_in_another_language_is_refused_and_told_that_english_is_expected(text: str) -> None:
    with pytest.raises(UnreadableInput, match="not in English"):
        read_case_text(text)


def test_a_sentence_in_another_language_is_not_read_and_is_listed_with_its_place() -> None:
    foreign = "Der Patient hatte keinen Diabetes und eine Masse."
    text = f"A 50-year-old man had a calcified mass of the left hip, and CT showed no erosion of the bone. {foreign}"
    reading = read_with_reasons(text)

    assert "diabetes" not in reading.case.history
    (left,) = [one for one in reading.left_out if one.what == "text"]
    assert "another language" in left.reason
    assert text[slice(*left.place)] == foreign


@pytest.mark.parametrize(
    ("text", "history", "sites"),
    [
        (
            "54M, CKD, on HD. Hard mass L hip. PTH >900 pg/mL, Ca 2.3 mmol/L.",
            {"chronic_kidney_disease", "dialysis", "palpable_mass"},
            ["hip"],
        ),
        ("Von Recklinghausen disease was excluded. Dialysis since 2010.", {"dialysis"}, []),
        ("Fever. Pain. Lump, left elbow.", {"fever", "pain", "palpable_mass"}, ["elbow"]),
        ("CT (Dr. van der Berg, Las Palmas): calcified mass of the left hip.", set(), ["hip"]),
        ("A woman from Rio dos Reis with gout.", {"gout"}, []),
        ("β-blockers, 25 µg of calcitriol.", {"vitamin_d_intake"}, []),
    ],
)
def test_english_notes_with_names_and_few_small_words_are_read(text: str, history: set[str], sites: list[str]) -> None:
    case = read_case_text(text)

    assert {term for term, there in case.history.items() if there} == history
    assert [lesion.site for lesion in case.lesions] == sites
