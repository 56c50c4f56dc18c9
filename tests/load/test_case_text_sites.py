"""Reading case reports: a place of another illness is no deposit's, and a place that is not taken is listed."""

from __future__ import annotations

import pytest

from calcimeter.load.case_text import read_with_reasons

HALLUX = (
    "We present a 5-year-old girl with bilateral hallux valgus who developed hard lumps over the neck and back "
    "following a fall."
)
Where = tuple[str | None, str | None]


def _where(text: str) -> list[Where]:
    return [(lesion.site, lesion.side) for lesion in read_with_reasons(text).case.lesions]


def _open(text: str) -> dict[str, str]:
    return {one.what: text[slice(*one.place)] for one in read_with_reasons(text).left_out}


@pytest.mark.parametrize(
    ("text", "where"),
    [
        (HALLUX, [("spine", None)]),
        ("A girl with short great toes noticed a lump of the right thigh.", [("thigh", "right")]),
        ("A man with a scar on the left forearm who had a lump at the right shoulder.", [("shoulder", "right")]),
        ("A woman with bilateral carpal tunnel syndrome and a mass of the left shoulder.", [("shoulder", "left")]),
        ("A man with hip dysplasia on the left had a calcified mass of the right elbow.", [("elbow", "right")]),
        ("A child with club feet and a calcified nodule over the scalp.", [("skull", None)]),
        ("A man with an amputated left foot and a calcified mass of the right hip.", [("hip", "right")]),
        ("He had deformity of the hands and a calcified mass beside the left hip.", [("hip", "left")]),
        ("He had broken his left wrist and had a calcified mass at the right hip.", [("hip", "right")]),
        ("A calcified mass of the left hip, with a cyst of the right knee, was seen.", [("hip", "left")]),
        ("A calcified mass of the left hip, with pain on walking, was noted.", [("hip", "left")]),
        ("Trigger finger and a calcified nodule of the wrist were found.", [("wrist", None)]),
        ("A man with knock knees had a hard lump at the left elbow.", [("elbow", "left")]),
        ("Pain had come back, and a calcified mass of the left hip was seen.", [("hip", "left")]),
        (
            "Calcified nodules lay over both elbows, the right knee and the left ankle.",
            [("elbow", "left"), ("elbow", "right"), ("knee", "right"), ("ankle", "left")],
        ),
    ],
)
def test_a_place_of_another_illness_is_no_deposits(text: str, where: list[Where]) -> None:
    assert _where(text) == where


@pytest.mark.parametrize(
    ("text", "what", "said"),
    [
        (HALLUX, "sites", "neck"),
        ("Hard lumps lay over the abdomen and the thighs.", "sites", "abdomen"),
        ("A lump in the left arm was calcified.", "sites", "arm"),
        ("CT of the right hip demonstrated mature bone with cortex and trabeculae.", "sites.hip", "hip"),
        ("CT of the pelvis showed a calcified mass.", "sites.pelvis", "pelvis"),
        ("A man with knock knees had a hard lump at the left elbow.", "sites.knee", "knees"),
        ("A tattoo of the right shoulder covered a calcified lump.", "sites.shoulder", "shoulder"),
    ],
)
def test_a_place_that_may_be_a_deposits_and_is_not_taken_is_listed(text: str, what: str, said: str) -> None:
    assert _open(text)[what] == said


@pytest.mark.parametrize(
    "text",
    [
        HALLUX,
        "A man with bilateral hip dysplasia who had a calcified lump over the sternum.",
        "A boy with bilateral cleft lip had a calcified mass of the left knee.",
        "He had bilateral knee osteoarthritis with a calcified mass of the right elbow.",
    ],
)
def test_what_is_bilateral_of_another_illness_says_nothing_of_the_deposits(text: str) -> None:
    reading = read_with_reasons(text)

    assert not {"bilateral", "multifocal"} & set(reading.case.findings)
    assert "findings.bilateral" in _open(text)


@pytest.mark.parametrize(
    "text",
    [
        "Bilateral calcified masses of the shoulders were seen.",
        "There were bilateral, painful, calcified masses about the hips.",
        "The masses of the hips were bilateral and calcified.",
    ],
)
def test_bilateral_deposits_are_bilateral(text: str) -> None:
    assert read_with_reasons(text).case.findings["bilateral"] is True
