"""Reading case reports: what hurried notes and clauses about others say of this patient, and what they do not."""

from __future__ import annotations

import pytest

from calcimeter.load.case_text import read_case_text, read_with_reasons


def _where(text: str) -> list[tuple[str | None, str | None]]:
    return [(lesion.site, lesion.side) for lesion in read_case_text(text).lesions]


def _axes(text: str) -> list[tuple[str | None, float | None, float | None]]:
    return [(one.side, one.long_axis_cm, one.short_axis_cm) for one in read_case_text(text).lesions]


@pytest.mark.parametrize("title", ["MR SMITH", "MR. SMITH", "MRS SMITH", "MRS. SMITH", "MR O'HARA", "MR DE WITT"])
def test_a_title_in_capitals_is_no_study(title: str) -> None:
    (lesion,) = read_case_text(f"{title} is a 54-year-old man with a calcified mass of the left hip.").lesions

    assert (lesion.side, lesion.modality) == ("left", None)


@pytest.mark.parametrize("study", ["MR SHOWED", "MR Imaging showed", "MR AND CT SHOWED", "MR T2 images showed"])
def test_a_study_in_capitals_stays_one(study: str) -> None:
    assert read_case_text(f"{study} a calcified mass of the left hip of this man.").lesions[0].modality in ("MR", "CT")


@pytest.mark.parametrize(
    ("text", "term"),
    [
        ("A man of 54, whose wife is on dialysis, has a calcified mass of the left hip.", "dialysis"),
        (
            "A man of 54, whose father had renal failure, had a calcified mass of the left hip.",
            "chronic_kidney_disease",
        ),
        (
            "A man of 54, whose mother, father and brother were on dialysis, had a calcified mass of the left hip.",
            "dialysis",
        ),
        ("A girl of 12 was brought by her mother, who is on dialysis, with a lump of the left hip.", "dialysis"),
    ],
)
def test_a_clause_about_a_relative_ends_where_the_patient_goes_on(text: str, term: str) -> None:
    reading = read_with_reasons(text)

    assert _where(text) == [("hip", "left")]
    assert not {term, "family_history"} & set(reading.case.history)
    assert f"history.{term}" in [one.what for one in reading.left_out]


def test_what_follows_a_clause_about_a_relative_without_a_comma_is_no_family_history() -> None:
    text = "A man of 54 whose mother has diabetes is on dialysis and has a calcified mass of the left hip."

    assert "family_history" not in read_case_text(text).history


def test_a_relative_who_noticed_it_tells_of_the_patient() -> None:
    assert _where("A boy of 9 came with his mother, who noticed a calcified mass of his left hip.") == [("hip", "left")]


@pytest.mark.parametrize(
    ("text", "axes"),
    [
        (
            "Calcified masses of the right (10 x 6 cm) and left hip (5 x 4 cm) were seen in this man.",
            [("left", 5.0, 4.0), ("right", 10.0, 6.0)],
        ),
        (
            "Calcified masses of both shoulders (right, 12 x 9 cm; left, 8 x 6 cm) and the right hip (6 x 5 cm).",
            [("left", 8.0, 6.0), ("right", 12.0, 9.0), ("right", 6.0, 5.0)],
        ),
        ("A calcified mass, 7 cm (AP) x 5.2 cm (TR) x 9 cm (CC), of the left hip of this man.", [("left", 9.0, 7.0)]),
        ("A calcified mass, 45 mm (long) by 30 mm (short), of the left hip of this man.", [("left", 4.5, 3.0)]),
        (
            "This man has calcified masses (right hip 8 cm, left hip 3 cm).",
            [("right", 8.0, None), ("left", 3.0, None)],
        ),
        ("A calcified mass, 9.0 x 7.5 x 5.0 cm3, of the left hip of this man.", [("left", 9.0, 7.5)]),
        ("A calcified mass of 12 cm3 of the left hip of this man.", [("left", None, None)]),
        ("A calcified mass, formerly 5 cm and now 10 cm, of the left hip of this man.", [("left", 10.0, None)]),
        ("His left hip mass measured 5 cm in 2015 and 12 cm in 2019.", [("left", 12.0, None)]),
    ],
)
def test_a_size_is_of_its_side_of_every_axis_and_of_now(text: str, axes: list[tuple[str, float, float | None]]) -> None:
    assert _axes(text) == axes


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("54M with calcified mass over L shoulder.", [("shoulder", "left")]),
        ("A calcified mass adjacent to the R greater trochanter of this man.", [("hip", "right")]),
        ("A 54 y.o. man with calcified masses of the lt. hip and rt. knee.", [("hip", "left"), ("knee", "right")]),
        ("A man with calcified masses at the R>L hip.", [("hip", "left"), ("hip", "right")]),
        ("Calcium was 2.4 mmol/L hip films showed a calcified mass in this man.", [("hip", None)]),
    ],
)
def test_a_side_may_be_short(text: str, where: list[tuple[str, str | None]]) -> None:
    assert _where(text) == where


@pytest.mark.parametrize("text", ["A 54 y.o. male with a lump.", "Age: 54. Sex: M. A lump.", "54 yo M with a lump."])
def test_age_and_sex_of_a_note(text: str) -> None:
    subject = read_case_text(text).subject

    assert (subject.age_years, subject.sex) == (54.0, "M")


@pytest.mark.parametrize("answer", ["?", "unknown", "not recorded"])
def test_an_open_question_of_a_form_is_no_answer(answer: str) -> None:
    reading = read_with_reasons(f"This man of 54 has a lump. Dialysis: yes. Gout: {answer}")

    assert dict(reading.case.history) == {"palpable_mass": True, "dialysis": True}
    assert "history.gout" in [one.what for one in reading.left_out]


def test_a_point_among_decimal_commas_may_group_thousands() -> None:
    reading = read_with_reasons("This man had calcium 2,6 mmol/l, PTH 1.250 pg/ml and phosphate 2,1 mmol/l.")

    assert [(one.analyte, one.value) for one in reading.case.labs] == [("calcium", 2.6), ("phosphate", 2.1)]
    assert "labs.pth_intact" in [one.what for one in reading.left_out]


def test_one_result_in_two_units_that_contradict_each_other_is_left_open() -> None:
    reading = read_with_reasons("His phosphate was 2.1 mmol/L (12 mg/dL), calcium 2.4 mmol/L (9.6 mg/dL).")

    assert [(one.analyte, one.value) for one in reading.case.labs] == [("calcium", 2.4)]
    assert [one.what for one in reading.left_out] == ["labs.phosphate"]


def test_a_parathyroidectomy_in_a_year_takes_no_deposit_out() -> None:
    text = "A man of 45 s/p parathyroidectomy in 2010 presented with a calcified lump of the right buttock."

    assert _where(text) == [("buttock", "right")]


def test_a_mass_excised_years_earlier_is_no_deposit_now() -> None:
    text = (
        "A man of 61 presented with a left hip mass. Ten years earlier he had a 3 cm mass excised from the right knee."
    )

    assert _where(text) == [("hip", "left")]


def test_vit_d_is_vitamin_d() -> None:
    (lab,) = read_case_text("This man had 25-OH Vit D 14 ng/mL.").labs

    assert (lab.analyte, lab.value, lab.unit) == ("vitamin_d_25", 14.0, "ng/mL")


def test_a_denial_in_brackets_ends_with_them() -> None:
    reading = read_with_reasons("A man of 54 (CKD 5, not on dialysis) with a calcified mass of the left hip.")

    assert [(one.site, one.side) for one in reading.case.lesions] == [("hip", "left")]
    assert reading.case.findings["mineralized"] is True
    assert reading.case.history["dialysis"] is False


def test_one_illness_of_a_kind_that_may_be_there_outweighs_another_that_is_not() -> None:
    reading = read_with_reasons("This man has a lump. Tuberculosis was ruled out. Sarcoidosis could not be excluded.")

    assert "granulomatous_disease" not in reading.case.history
    assert "history.granulomatous_disease" in [one.what for one in reading.left_out]


@pytest.mark.parametrize("letters", ["PHPT", "SHPT", "THPT"])
def test_the_letters_of_a_hyperparathyroidism_are_read(letters: str) -> None:
    kind = {"P": "primary", "S": "secondary", "T": "tertiary"}[letters[0]]

    assert read_case_text(f"This man has {letters} and a lump.").history[f"{kind}_hyperparathyroidism"] is True


def test_what_is_unlikely_is_left_open() -> None:
    assert "trauma" not in read_case_text("This man has a lump, occupational trauma unlikely.").history


def test_a_dominant_hand_is_no_place() -> None:
    text = "A 39-year-old right-hand-dominant man with a calcified mass of the left elbow."

    assert _where(text) == [("elbow", "left")]


def test_a_range_may_stand_behind_a_comma() -> None:
    (lab,) = read_case_text("His serum calcium level was 10.8 mg/dl (normal range, 8.4-10.2 mg/dl).").labs

    assert (lab.value, lab.reference) == (10.8, (8.4, 10.2))


def test_a_candidate_for_a_graft_has_none() -> None:
    assert "kidney_transplant" not in read_case_text("This man, a renal transplant candidate, has a lump.").history


def test_an_age_of_then_is_not_that_of_now() -> None:
    assert read_case_text("In 2012 a then 44-year-old man began dialysis. He now has a lump.").subject.age_years is None


def test_a_deposit_that_resolved_in_the_same_sentence_was_there() -> None:
    text = (
        "Films of this man showed calcification adjacent to the left greater trochanter, which resolved after NSAIDs."
    )
    reading = read_with_reasons(text)

    assert _where(text) == [("hip", "left")]
    assert reading.case.findings["mineralized"] is True
    assert reading.case.history["resolved_on_anti_inflammatories"] is True
