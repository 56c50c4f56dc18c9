"""Reading case reports: what looks like this patient's deposit, study or size, and is another's or of the past."""

from __future__ import annotations

import pytest

from calcimeter.errors import UnreadableInput
from calcimeter.load.case_text import read_case_text, read_with_reasons


@pytest.mark.parametrize("title", ["Mr Smith", "Mr. Smith", "Mr X", "Mrs Smith", "Mrs. Smith"])
def test_a_title_before_a_name_is_no_study(title: str) -> None:
    case = read_case_text(f"{title} is 54 years old and has a calcified mass of the left hip.")

    assert [(lesion.site, lesion.side, lesion.modality) for lesion in case.lesions] == [("hip", "left", None)]
    assert "lesions.0.modality" not in case.sources


@pytest.mark.parametrize("study", ["MR", "On MR, a scan", "MR imaging", "MRI"])
def test_magnetic_resonance_stays_a_study(study: str) -> None:
    (lesion,) = read_case_text(f"{study} showed a calcified mass of the left hip.").lesions

    assert lesion.modality == "MR"


@pytest.mark.parametrize(
    "text",
    [
        "A calcified mass lay at the left hip. The mass was 10 cm deep.",
        "A calcified mass lay at the left hip, 4 cm from the right femur and 10 cm deep.",
        "A calcified mass lay at the left hip, 3 cm below the skin.",
        "A calcified mass lay at the left hip and was 3 cm thick.",
    ],
)
def test_a_depth_is_no_length(text: str) -> None:
    (lesion,) = read_case_text(text).lesions

    assert lesion.long_axis_cm is None


@pytest.mark.parametrize(
    "past",
    [
        "A similar mass of the right knee had been resected 10 years ago.",
        "She had had a mass of the right knee excised in 2009.",
        "There was a history of excision of a calcified mass of the right knee.",
        "Ten years ago a calcified lump was removed from the right knee.",
    ],
)
def test_a_deposit_that_was_taken_out_long_ago_is_none_now(past: str) -> None:
    reading = read_with_reasons(f"A soft mass was seen at the left hip. {past}")

    assert [(lesion.site, lesion.side) for lesion in reading.case.lesions] == [("hip", "left")]
    assert not {"multifocal", "bilateral", "mineralized"} & set(reading.case.findings)
    assert "sites.knee" in [one.what for one in reading.left_out]


@pytest.mark.parametrize(
    "text",
    [
        "The calcified mass at the left hip was excised.",
        "The mass of the left hip had been excised one year earlier but recurred.",
        "The mass of the left hip had been excised one year earlier. It recurred after six months.",
        "A lump at the left hip had been noticed for 3 years and was excised.",
    ],
)
def test_a_deposit_that_was_taken_out_now_or_came_back_is_one(text: str) -> None:
    assert [lesion.site for lesion in read_case_text(text).lesions] == ["hip"]


@pytest.mark.parametrize(
    "text",
    [
        "Case 1: A 54-year-old man with a left hip mass. Case 2: A 30-year-old woman with a right elbow mass.",
        "Patient A was a man with a hip mass. Patient B was a woman with a knee mass.",
        "The first patient had a hip mass. The second patient had an elbow mass.",
        "We report two patients with calcified masses. The older one was a man.",
        "A 54-year-old man had a mass of the left hip. A 30-year-old man had a mass of the right elbow.",
        "A 54-year-old man had a mass of the left hip. A 54-year-old woman had a mass of the right elbow.",
    ],
)
def test_a_text_of_several_patients_is_refused(text: str) -> None:
    with pytest.raises(UnreadableInput, match=r"several patients .* cut the cases apart"):
        read_case_text(text)


@pytest.mark.parametrize(
    "more",
    [
        "The patient 2 weeks later had fever.",
        "His mother, a 70-year-old woman, was healthy.",
        "He had received a kidney from a 30-year-old female donor.",
        "It had been noted when he was a 50-year-old man.",
        "This 55-year-old man recovered.",
        "In the first case of this kind nothing was found.",
        "\n\nDiscussion\nSmith reported a 30-year-old woman with a knee mass.",
    ],
)
def test_relatives_donors_and_other_times_make_no_second_patient(more: str) -> None:
    case = read_case_text(f"A 54-year-old man had a mass of the left hip. {more}")

    assert (case.subject.age_years, case.subject.sex) == (54.0, "M")
    assert [lesion.site for lesion in case.lesions] == ["hip"]
