"""The region that a case file names, held against what the images show."""

from __future__ import annotations

import pytest
from case_cases import study

from calcimeter.case.regions import last_of_region, region_contradicted
from calcimeter.knowledge.read_network import shipped_knowledge
from calcimeter.model.case import Case, StudyEntry
from calcimeter.report.case.summary import attention
from calcimeter.work_up import analyze_case
from cli.small_scan import small_scan
from load.ct_files import write_dicom

NEAR = shipped_knowledge().sites.near


def shown(number, region, *regions, kind="ct"):
    return study(number, region=region, regions=regions, kind=kind)


def test_a_region_that_the_images_do_not_show_is_said_and_not_believed():
    said = region_contradicted(shown(2, "shoulder", "pelvis", "thigh"), NEAR)
    assert said == "study 2: the case file says shoulder, its images show pelvis and thigh"


@pytest.mark.parametrize(
    "agreeing",
    [
        shown(1, "thigh", "thigh"),
        shown(1, "knee", "thigh"),  # a neighbor
        shown(1, "kidney", "spine"),  # no bone shows it
        shown(1, None, "thigh"),
        shown(1, "shoulder"),  # no bone has a name
        shown(1, "shoulder", "pelvis", kind="radiograph"),  # of its header
    ],
)
def test_a_region_that_may_be_right_is_not_contradicted(agreeing):
    assert region_contradicted(agreeing, NEAR) == ""


def test_a_scan_is_compared_with_the_last_one_of_its_name_before_one_that_shows_a_common_region():
    pelvis, chest = shown(1, "pelvis", "pelvis", "spine"), shown(2, "sternum", "sternum", "spine")
    assert last_of_region(shown(3, "pelvis", "pelvis", "spine"), [pelvis, chest], NEAR) is pelvis
    assert last_of_region(shown(3, None, "spine"), [pelvis, chest], NEAR) is chest
    assert last_of_region(shown(3, "knee", "knee"), [pelvis, chest], NEAR) is None


def test_scans_under_the_names_of_neighbors_are_compared_if_they_show_a_common_region():
    knee = shown(1, "knee", "thigh")
    assert last_of_region(shown(2, "thigh", "thigh"), [knee], NEAR) is knee
    assert last_of_region(shown(2, "hip", "hip"), [knee], NEAR) is None
    assert last_of_region(shown(2, "sternum", "thigh"), [knee], NEAR) is None


def test_a_region_that_the_images_contradict_stands_on_top_and_is_not_told(tmp_path, monkeypatch):
    write_dicom(tmp_path / "scan", small_scan())
    monkeypatch.setattr("calcimeter.work_up.region_contradicted", lambda _study, _near: "study 1: the file says hand")
    result = analyze_case(Case(studies=(StudyEntry(("scan",), "hand"),)), tmp_path)
    assert result.studies[0].region is None
    assert attention(result) == ["Study 1: the file says hand."]
    assert "CASE_REGION_DIFFERS" in {one.code for one in result.caveats}
    assert "CASE_READER_SIDE_DIFFERS" not in {one.code for one in result.caveats}
