"""Reading case reports: single sentences that lead a careless reader astray."""

from __future__ import annotations

from typing import Any

import pytest

from calcimeter.load.case_text import read_case_text
from calcimeter.model.case import Case

Where = tuple[str | None, str | None]


def _where(case: Case) -> list[Where]:
    return [(lesion.site, lesion.side) for lesion in case.lesions]


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("She had pain in the left hip. CT showed a calcified mass beside the greater trochanter.", [("hip", None)]),
        ("The left knee was normal. A calcified mass lay at the right knee.", [("knee", "right")]),
        ("There is a calcified mass in the elbow. On the left, the shoulder was normal.", [("elbow", None)]),
        ("CT shows calcification near the right hip, not the left.", [("hip", "right")]),
        ("A left-handed man of 45 presented with a lump at his right elbow.", [("elbow", "right")]),
        ("The mass of the left hip and knee is calcified.", [("hip", "left"), ("knee", None)]),
        ("CT of the left and right knees: calcified mass behind the right knee.", [("knee", "right")]),
        ("Calcified masses lay around both hips.", [("hip", "left"), ("hip", "right")]),
        ("There is a swelling over the left elbow and the left shoulder was normal.", [("elbow", "left")]),
        ("An X-ray of the right hip revealed a calcified mass.", [("hip", "right")]),
        ("The patient broke his left femur in 1985. He has a lump at the right thigh.", [("thigh", "right")]),
        ("No calcification was seen in the left shoulder; the right one was not imaged.", []),
        ("A mass at the left hip was calcified, sparing the right hip.", [("hip", "left")]),
        ("The calcified nodule lay in the knee on the right.", [("knee", "right")]),
        (
            "Left shoulder pain. The radiograph shows a deposit in the right supraspinatus tendon.",
            [("shoulder", "right")],
        ),
        ("A lump of the left thigh with pain radiating to the right knee was seen.", [("thigh", "left")]),
        ("There was a calcified mass in the midline of the lumbar spine.", [("spine", None)]),
        ("The right hip radiograph was unremarkable; on the left, a 10 cm calcification was seen.", []),
        ("In contrast to the right shoulder, the left shoulder had a calcified mass.", [("shoulder", "left")]),
        ("Unlike the right knee, the left knee bore a calcified mass.", [("knee", "left")]),
        ("While the right knee shows no calcification, the left knee shows a calcified mass.", [("knee", "left")]),
        ("Radiographs of both hips: the right was normal, the left showed a calcified mass.", [("hip", "left")]),
        ("The left shoulder was spared, but a calcified mass was seen around the right one.", []),
        ("CT of the right hip was normal. The contralateral hip showed a calcified mass.", [("hip", None)]),
        (
            "An arteriovenous fistula ran in the left arm. A calcified mass was seen at the shoulder.",
            [("shoulder", None)],
        ),
        (
            "A calcified mass lay at the hip on the left side and at the elbow on the right side.",
            [("hip", "left"), ("elbow", "right")],
        ),
        ("Calcified masses lay around the left hip and right shoulder.", [("hip", "left"), ("shoulder", "right")]),
    ],
)
def test_a_side_belongs_to_the_place_beside_it_and_never_comes_from_elsewhere(text: str, where: list[Where]) -> None:
    assert _where(read_case_text(text)) == where


@pytest.mark.parametrize(
    ("text", "lengths"),
    [
        ("A 3.5 x 2 cm calcified nodule was found at the left elbow.", (3.5, 2.0)),
        ("The calcified mass at the left hip measured 62 × 45 mm.", (6.2, 4.5)),
        ("A calcified mass of twelve by eight centimetres lay at the left hip.", (12.0, 8.0)),
        ("A calcified mass of 4,5 x 3 cm lay at the left hip.", (4.5, 3.0)),
        ("The mass at the left hip is 2 cm from the joint and measures 45 mm.", (4.5, None)),
        ("The calcified mass at the left hip measured between 2 and 3 cm.", (None, None)),
        ("A calcified mass lies at the left hip. Slices of 3 mm were obtained.", (None, None)),
        ("A calcified mass lies at the left hip. It measured 5 by 4 cm.", (5.0, 4.0)),
        ("A calcified mass lies at the left hip. An adenoma of 2 cm was seen.", (None, None)),
        ("A calcified mass of 8 x 6 x 4 cm lies at the left hip.", (8.0, 6.0)),
    ],
)
def test_a_size_is_the_deposits_and_in_centimeters(text: str, lengths: tuple[float | None, float | None]) -> None:
    (lesion,) = read_case_text(text).lesions

    assert (lesion.long_axis_cm, lesion.short_axis_cm) == lengths


def test_sizes_of_several_places_stay_with_their_places() -> None:
    text = "Swelling of the left hip and right elbow measuring 8 cm and 3 cm, respectively."
    around = "Calcified lumps lay around the right hip (9 cm), the left elbow (4 cm) and the left hand."
    both = "Calcifications lay around both hips, 5 cm on the left and 7 cm on the right."

    assert [lesion.long_axis_cm for lesion in read_case_text(text).lesions] == [8.0, 3.0]
    assert [lesion.long_axis_cm for lesion in read_case_text(around).lesions] == [9.0, 4.0, None]
    assert {lesion.side: lesion.long_axis_cm for lesion in read_case_text(both).lesions} == {
        "left": 5.0,
        "right": 7.0,
    }


@pytest.mark.parametrize(
    ("text", "history"),
    [
        ("No fever, night sweats or weight loss.", {"fever": False, "weight_loss": False}),
        ("No constitutional symptoms such as fever or weight loss.", {"fever": False, "weight_loss": False}),
        ("Trauma and fever were denied.", {"trauma": False, "fever": False}),
        ("There was no trauma and she had fever.", {"trauma": False, "fever": True}),
        ("No pain at rest, but pain on walking.", {"pain": True}),
        ("He was not yet on dialysis because of diabetes.", {"dialysis": False, "diabetes": True}),
        ("She had never had gout.", {"gout": False}),
        ("Trauma: none. Fever: no.", {"trauma": False, "fever": False}),
        ("Possible gout; he may have had a fall.", {}),
        ("Whether he had ever injured the hip was unclear.", {}),
        ("Her mother had diabetes and her brother gout.", {"family_history": True}),
        ("We report a girl whose sister had been operated on for a similar mass.", {"family_history": True}),
        ("A 12-year-old girl whose mother is on dialysis presented with a mass of the elbow.", {}),
        ("His brother, who also has renal failure, is on dialysis.", {}),
        ("Her husband is on dialysis.", {}),
        ("The daughter of consanguineous parents had a fall.", {"consanguinity": True}),
        ("His parents were not consanguineous.", {"consanguinity": False}),
        ("There was no family history of similar lesions.", {"family_history": False}),
        ("Family history was positive for diabetes.", {}),
        (
            "Neither trauma nor fever preceded the painful swelling.",
            {"trauma": False, "fever": False, "pain": True, "palpable_mass": True},
        ),
        ("His mother noticed a painful lump.", {"pain": True, "palpable_mass": True}),
        ("A 50-year-old man, father of a girl with diabetes, had a fall.", {"trauma": True}),
        ("A biopsy was planned but not performed.", {}),
        ("The question of gout had been raised.", {}),
        ("Secondary hyperparathyroidism was known.", {"secondary_hyperparathyroidism": True}),
        ("Patients with renal failure often have fever.", {}),
        ("Fever is common in dermatomyositis [3, 4].", {}),
        ("Acute kidney injury after a fall.", {"trauma": True}),
        ("He came on 12 May 2019 with fever.", {"fever": True}),
        ("She had undergone parathyroidectomy three years earlier.", {"parathyroidectomy": True}),
        ("Parathyroidectomy was refused.", {}),
    ],
)
def test_history_is_claimed_only_where_it_is_said_of_the_patient(text: str, history: dict[str, bool]) -> None:
    assert dict(read_case_text(text).history) == history


@pytest.mark.parametrize(
    ("text", "findings"),
    [
        ("Neither erosion nor fluid-calcium levels were seen.", {"bone_erosion": False, "fluid_calcium_level": False}),
        (
            "There is no fluid-calcium level, but there is bone erosion.",
            {"fluid_calcium_level": False, "bone_erosion": True},
        ),
        ("Erosion of the bone could not be excluded.", {}),
        ("The underlying bone was intact.", {"bone_erosion": False}),
        ("Multiple fluid-calcium levels may be seen [Fig. B].", {"fluid_calcium_level": True}),
        ("Follow-up CT showed no residual calcification.", {}),
        ("MIBI scan: no focal uptake in the neck.", {"parathyroid_focus": False}),
        ("MIBI scan: no retention on the right; a focus at the lower pole of the left lobe.", {}),
        (
            "The calcified mass was lobulated, without erosion.",
            {"mineralized": True, "multilobulated": True, "bone_erosion": False},
        ),
    ],
)
def test_findings_are_claimed_only_where_they_are_said_to_be_there_or_not(text: str, findings: dict[str, bool]) -> None:
    assert dict(read_case_text(text).findings) == findings


@pytest.mark.parametrize(
    ("text", "labs"),
    [
        ("PTH was 1,200 pg/mL and calcium 9.5 mg/dL.", [("pth_intact", 1200.0, "pg/mL"), ("calcium", 9.5, "mg/dL")]),
        ("PTH was 1,200 pg/mL.", []),
        ("Calcium was 2,41 mmol/L.", [("calcium", 2.41, "mmol/L")]),
        ("Calcium was 9.8.", []),
        (
            "Phosphate 6.9 (2.5-4.5) mg/dL; calcium 9.1 (8.5-10.2) mg/dL.",
            [("phosphate", 6.9, "mg/dL"), ("calcium", 9.1, "mg/dL")],
        ),
        ("Calcium supplements of 500 mg were given and calcium 2.4 mmol/L.", [("calcium", 2.4, "mmol/L")]),
        ("Urinary calcium was 5.1 mmol/L.", []),
        ("Multiple fluid-calcium levels of 2 cm were normal.", []),
        ("BUN was 56 mg/dL.", [("urea", 56.0, "mg{N}/dL")]),
        ("25(OH)D was 55 nmol/L.", [("vitamin_d_25", 55.0, "nmol/L")]),
        ("Vitamin D was 55 nmol/L.", []),
        ("Calcium 4.8 mg/dL.", []),
        ("Her brother was examined: he had normal phosphate of 1.1 mmol/L.", []),
        ("After parathyroidectomy calcium was 2.1 mmol/L.", []),
        (
            "Calcium, phosphate and PTH were 2.2 mmol/L, 2.9 mmol/L and 95 pmol/L, respectively.",
            [("calcium", 2.2, "mmol/L"), ("phosphate", 2.9, "mmol/L"), ("pth_intact", 95.0, "pmol/L")],
        ),
    ],
)
def test_a_result_has_its_own_number_and_unit_or_is_left_out(text: str, labs: list[tuple[str, float, str]]) -> None:
    assert [(lab.analyte, lab.value, lab.unit) for lab in read_case_text(text).labs] == labs


@pytest.mark.parametrize(
    ("text", "levels"),
    [
        ("Calcium was normal but phosphate was elevated.", {"calcium": "normal", "phosphate": "high"}),
        ("Raised calcium and PTH were found.", {"calcium": "high", "pth_intact": "high"}),
        (
            "Calcium, phosphate and PTH were all normal.",
            {"calcium": "normal", "phosphate": "normal", "pth_intact": "normal"},
        ),
        ("Calcium 2.3 mmol/L, phosphate 2.9 mmol/L, alkaline phosphatase raised.", {"alkaline_phosphatase": "high"}),
        ("CRP was not raised.", {}),
        ("There was hyperphosphataemia without hypercalcaemia.", {"phosphate": "high"}),
        (
            "CK was normal, as were calcium and urate.",
            {"creatine_kinase": "normal", "calcium": "normal", "urate": "normal"},
        ),
        ("The calcium level improved.", {}),
        ("PTH was four times the upper limit of normal.", {"pth_intact": "high"}),
        ("PTH was below the detection limit (<3 pg/mL).", {"pth_intact": "low"}),
    ],
)
def test_a_word_gives_a_level_to_what_it_speaks_of(text: str, levels: dict[str, str]) -> None:
    assert {lab.analyte: lab.interpretation for lab in read_case_text(text).labs if lab.interpretation} == levels


@pytest.mark.parametrize(
    ("text", "age", "sex"),
    [
        ("A fifty-two-year-old gentleman had a lump.", 52.0, "M"),
        ("HISTORY: 6 month old male infant with swelling.", 0.5, "M"),
        ("Her 58-year-old mother was well. The patient, a 17-year-old girl, had a lump.", 17.0, "F"),
        ("A woman aged 70 had a lump; she had been on dialysis since the age of 60.", 70.0, "F"),
        ("54F with a lump.", 54.0, "F"),
        ("Male, 27 y. He had a lump.", 27.0, "M"),
        ("A patient in her sixties had a lump.", None, "F"),
        ("Tc-99m sestamibi scintigraphy was done. The patient had a lump.", None, None),
        ("A 10-year history of gout was known.", None, None),
    ],
)
def test_age_and_sex_are_the_patients(text: str, age: float | None, sex: str | None) -> None:
    subject = read_case_text(text).subject

    assert (subject.age_years, subject.sex) == (age, sex)


@pytest.mark.parametrize(
    ("text", "foci"),
    [
        ("Sestamibi: a focus at the lower pole of the right thyroid lobe.", [("right", "lower")]),
        (
            "MIBI: focal uptake at the upper pole of the left thyroid lobe and the lower pole of the right lobe.",
            [("left", "upper"), ("right", "lower")],
        ),
        ("The right shoulder hurt. Persistent uptake lay near the inferior pole of the thyroid.", [(None, "lower")]),
        ("No focus of retained tracer was seen in the thyroid.", []),
    ],
)
def test_a_focus_has_the_side_and_pole_of_its_own_words(text: str, foci: list[Any]) -> None:
    assert [(focus.side, focus.pole) for focus in read_case_text(text).foci] == foci


def test_what_the_authors_concluded_is_no_evidence() -> None:
    text = (
        "Case report\nA 30-year-old man had a lump.\n\nDifferential diagnosis\nMyositis ossificans after trauma\n"
        "Calcinosis in dermatomyositis\n\nFinal diagnosis\nSecondary tumoral calcinosis of the left hip in uremia"
    )
    case = read_case_text(text)

    assert case.diagnosis == "secondary_tumoral_calcinosis"
    assert case.stated_differential == ("myositis_ossificans", "calcinosis_connective_tissue_disease")
    assert dict(case.history) == {"palpable_mass": True}
    assert case.lesions == case.sites == ()


@pytest.mark.parametrize(
    ("text", "consent"),
    [
        ("Written informed consent was obtained.", True),
        ("The mother gave written consent for publication.", True),
        ("Consent could not be obtained.", False),
        ("He had fever.", None),
    ],
)
def test_consent_is_known_only_where_it_is_told(text: str, consent: bool | None) -> None:
    assert read_case_text(text).consent is consent
