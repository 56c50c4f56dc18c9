"""How journals write units out, say where nothing lies, and name the parents to whom a patient was born."""

from __future__ import annotations

import pytest

from calcimeter.load.case_text import read_case_text
from calcimeter.model.case import Case

OPENING = "A 14-year-old girl was admitted. "


def read(text: str) -> Case:
    return read_case_text(OPENING + text)


@pytest.mark.parametrize(
    ("said", "value", "unit"),
    [
        ("Calcium was 9.8 mg per deciliter (2.45 mmol per liter).", 9.8, "mg/dL"),
        ("Calcium was 2.45 mmol/litre.", 2.45, "mmol/L"),
        ("Creatinine was 62 micromol/l.", 62.0, "umol/L"),
        ("Creatinine was 62 micromoles per litre.", 62.0, "umol/L"),
        ("Urate was 420 mcmol/L.", 420.0, "umol/L"),
        ("25-OH vitamin D was 20 mcg/L.", 20.0, "ug/L"),
        ("PTH was 450 picograms per milliliter.", 450.0, "pg/mL"),
        ("Alkaline phosphatase was 300 U per liter.", 300.0, "U/L"),
        ("ALP was 3.2 \u00b5kat/L.", 3.2, "ukat/L"),
        ("ALP was 3.2 microkatals per litre.", 3.2, "ukat/L"),
        ("CK was 300 international units per litre.", 300.0, "U/L"),
        ("eGFR was 25 ml per minute per 1.73 m2.", 25.0, "mL/min/{1.73_m2}"),
        ("ESR was 40 mm per hour.", 40.0, "mm/h"),
    ],
)
def test_a_unit_that_is_written_out_is_a_unit(said, value, unit) -> None:
    (lab,) = read(said).labs

    assert (lab.value, lab.unit) == (value, unit)


def test_the_sedimentation_of_erythrocytes_does_not_make_its_neighbors_results_of_another_fluid() -> None:
    labs = read("Erythrocyte sedimentation rate was 44 mm/h, CRP 12 mg/L. Erythrocyte magnesium: 2.4 mmol/L.").labs

    assert [lab.analyte for lab in labs] == ["esr", "crp"]


@pytest.mark.parametrize(
    ("said", "term"),
    [
        ("No calcification was visible within the joint.", "intra_articular"),
        ("No deposits were found in the subcutaneous tissue.", "subcutaneous"),
        ("No calcium was demonstrated within the tendon.", "tendon_or_enthesis"),
        ("No mass was clearly identified within the quadriceps muscle.", "intramuscular"),
        ("No calcification was noted in the bursa.", "bursal"),
    ],
)
def test_where_nothing_was_seen_is_denied(said, term) -> None:
    assert read(said).findings[term] is False


@pytest.mark.parametrize(
    ("said", "term"),
    [
        ("No erosion was found beneath the periarticular calcification of the left hip.", "periarticular"),
        ("No infection was present in the subcutaneous calcified nodules.", "subcutaneous"),
        ("No ulcer was seen over the subcutaneous nodules, and no calcium was found in the muscle.", "subcutaneous"),
        ("No fever was present and calcification was seen within the gluteus muscle.", "intramuscular"),
        ("No fluid was found, and calcification was seen within the joint.", "intra_articular"),
    ],
)
def test_what_is_denied_beside_a_place_does_not_deny_the_place(said, term) -> None:
    assert read(said).findings[term] is True


@pytest.mark.parametrize(
    "said", ["No calcification was seen around the shoulder.", "CT showed no calcification around the left shoulder."]
)
def test_that_none_lies_around_one_joint_does_not_speak_of_the_others(said) -> None:
    assert "periarticular" not in read(said).findings


@pytest.mark.parametrize(
    ("said", "site"),
    [
        ("CT showed a calcified mass on the back of the left thigh.", "thigh"),
        ("On the other hand, the calcified mass of the left thigh measured 5 cm.", "thigh"),
        ("CT showed a calcified mass over the back.", "spine"),
        ("CT showed a calcified mass of the left hand.", "hand"),
    ],
)
def test_a_back_of_something_is_no_spine_and_the_other_hand_no_hand(said, site) -> None:
    assert read(said).sites == (site,)


def test_a_size_before_what_the_mass_arises_from_is_its_size() -> None:
    case = read("CT showed an ossified mass of the left hip, 3 inches by 2 inches, arising from the cortex.")

    assert (case.lesions[0].long_axis_cm, case.lesions[0].short_axis_cm) == (7.62, 5.08)


@pytest.mark.parametrize(
    "said",
    [
        "She was born to consanguineous parents and presented with calcified masses of both hips.",
        "The girl, born to healthy parents, had calcified masses of both hips.",
        "She was born to a mother with gout, and had calcified masses of both hips.",
    ],
)
def test_who_was_born_to_somebody_is_the_patient_again_behind_the_parents(said) -> None:
    assert [(one.site, one.side) for one in read(said).lesions] == [("hip", "left"), ("hip", "right")]


@pytest.mark.parametrize(
    "said",
    [
        "She was born to a mother with gout, diabetes and pain.",
        "She was born to a mother who had diabetes, pain and fever.",
        "She was born to a diabetic mother.",
        "Her diabetic father is on dialysis.",
    ],
)
def test_what_the_parents_have_is_not_the_patients(said) -> None:
    assert set(read(said).history) <= {"family_history"}


@pytest.mark.parametrize(
    "said",
    [
        "The differential included synovial sarcoma and gout.",
        "Our differential would include synovial sarcoma and gout.",
        "Differential considerations were synovial sarcoma and gout.",
    ],
)
def test_a_differential_that_is_called_no_diagnosis_is_kept_apart(said) -> None:
    case = read(said)

    assert case.stated_differential == ("synovial_sarcoma", "tophaceous_gout")
    assert not case.history


@pytest.mark.parametrize(
    "said",
    ["She had a swelling that had recurred after two excisions.", "She had a recurrent swelling following excision."],
)
def test_an_excision_after_which_the_deposit_came_back_is_not_of_the_present_illness(said) -> None:
    case = read(f"{said} Her teeth had short bulbous roots.")

    assert case.history["dental_anomaly"] is True
    assert not case.treatments


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("CT showed a calcified mass of the left hip with fluid-fluid levels.", True),
        ("CT showed a calcified mass of the left hip without fluid-fluid levels.", False),
        ("MRI showed a mass of the left hip with fluid-fluid levels and no calcification.", False),
        ("MRI showed a mass of the left hip with fluid-fluid levels.", None),
    ],
)
def test_fluid_levels_are_of_calcium_only_beside_calcium_that_is_there(said, expected) -> None:
    assert read(said).findings.get("fluid_calcium_level") is expected


def test_heterotopic_bone_is_a_deposit() -> None:
    case = read("CT showed mature heterotopic bone around the left hip (12 cm).")

    assert [(one.site, one.side, one.long_axis_cm) for one in case.lesions] == [("hip", "left", 12.0)]
