"""The planar group of each lesion in the SR, read with pydicom alone: on the right slice, at the right place."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO

import highdicom
import numpy as np
import pydicom
import pytest

import builders
from builders import build_analysis
from calcimeter.geometry.pixel_border import pixel_border
from calcimeter.model.lesion import Category
from calcimeter.model.volume import Region
from calcimeter.report import instance
from calcimeter.report.lesion_groups import key_outline
from calcimeter.report.retrack import write_retracked
from calcimeter.report.segmentation import make_segmentation
from calcimeter.report.source import read_sources
from calcimeter.report.structured import make_structured_report
from dicom_tools import errors_of
from report.test_multi_frame_results import CASES, multi_frame

ANISOTROPIC_MM = (3.0, 1.9, 1.1)
PLANE = ("ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing")


def report_of(analysis, path):
    """The SR as pydicom reads it from disk."""
    sources, digest = read_sources(analysis.study), instance.content_digest(analysis)
    segmentation = make_segmentation(analysis, sources, digest)
    instance.save(make_structured_report(analysis, sources, segmentation, digest), path)
    return pydicom.dcmread(path)


def children(item, meaning):
    named = (one for one in item.ContentSequence if "ConceptNameCodeSequence" in one)
    return [one for one in named if one.ConceptNameCodeSequence[0].CodeMeaning == meaning]


def groups_of(report, template):
    (container,) = children(report, "Imaging Measurements")
    groups = container.ContentSequence
    return [one for one in groups if one.ContentTemplateSequence[0].TemplateIdentifier == template]


def told(group, meaning):
    (item,) = children(group, meaning)
    return item


def planes_of(analysis):
    """Position, direction along rows and along columns, spacing of rows and columns, by image and frame."""
    planes = {}
    for header in analysis.study.headers:
        dataset = pydicom.dcmread(BytesIO(header), force=True)
        for number in range(1, int(dataset.get("NumberOfFrames", 1)) + 1):
            holders = [dataset]
            if "PerFrameFunctionalGroupsSequence" in dataset:
                items = dataset.PerFrameFunctionalGroupsSequence[number - 1], dataset.SharedFunctionalGroupsSequence[0]
                holders = [element.value[0] for item in items for element in item if element.VR == "SQ"]
            found = {k: holder[k].value for holder in holders for k in PLANE if k in holder}
            along = np.array(found["ImageOrientationPatient"], dtype=float)
            position, spacing = (np.array(found[k], dtype=float) for k in ("ImagePositionPatient", "PixelSpacing"))
            planes[dataset.SOPInstanceUID, number] = position, along[:3], along[3:], spacing
    return planes


def outline_mm(group, planes):
    """The corners in LPS mm by the standard alone: 0.5 is the center of the first pixel, columns come first."""
    region = told(group, "Image Region")
    assert region.GraphicType == "POLYLINE"
    (image,) = region.ContentSequence
    reference = image.ReferencedSOPSequence[0]
    frame = int(reference.get("ReferencedFrameNumber", 1))
    position, along_row, along_column, (row_mm, column_mm) = planes[reference.ReferencedSOPInstanceUID, frame]
    columns, rows = (np.array(region.GraphicData, dtype=float).reshape(-1, 2) - 0.5).T
    return position + np.outer(columns * column_mm, along_row) + np.outer(rows * row_mm, along_column)


def area_and_center(corners):
    """Of a plane polygon in space, by triangles about its first corner."""
    np.testing.assert_array_equal(corners[0], corners[-1])
    a, b = corners[1:-2] - corners[0], corners[2:-1] - corners[0]
    cross = np.cross(a, b) / 2
    normal = cross.sum(axis=0)
    area = np.linalg.norm(normal)
    weights = cross @ (normal / area)
    return area, corners[0] + ((a + b) / 3 * weights[:, None]).sum(axis=0) / area, normal / area


def truth(lesion, analysis):
    """Area and center of the lesion's voxels on every plane of the file, from their places in space."""
    grid = analysis.study.volume.layout.grid
    step = grid.affine[:3, 0]
    points = analysis.study.volume.grid.to_patient(lesion.deposit.envelope.indices())
    plane = np.rint(grid.to_index(points)[:, 0]).astype(int)
    area_mm2 = grid.voxel_mm3 / np.linalg.norm(step)  # the slices stand at right angles to the step between them
    return {k: ((plane == k).sum() * area_mm2, points[plane == k].mean(axis=0)) for k in np.unique(plane)}


def check(analysis, report):
    soft = analysis.of_category(Category.SOFT_TISSUE)
    groups, planes = groups_of(report, "1410"), planes_of(analysis)
    assert len(groups) == len(soft) > 1
    for lesion, group in zip(soft, groups, strict=True):
        area, center, normal = area_and_center(outline_mm(group, planes))
        by_plane = truth(lesion, analysis)
        largest = max(value[0] for value in by_plane.values())
        assert area == pytest.approx(largest, rel=1e-5)
        assert float(told(group, "Area").MeasuredValueSequence[0].NumericValue) == pytest.approx(largest, rel=1e-5)
        wanted = [place for size, place in by_plane.values() if size == pytest.approx(largest)]
        assert min(np.abs(place - center).max() for place in wanted) < 1e-3
        step = analysis.study.volume.layout.grid.affine[:3, 0]
        assert abs(normal @ step) == pytest.approx(np.linalg.norm(step), rel=1e-5)


@pytest.mark.parametrize("orientation", ["transverse", "flipped", "oblique", "sagittal"])
def test_area_and_center_are_those_of_the_mask_on_its_largest_slice(orientation, tmp_path, monkeypatch):
    monkeypatch.setattr(builders, "SPACING_MM", ANISOTROPIC_MM)
    analysis = build_analysis(orientation=orientation)
    check(analysis, report_of(analysis, tmp_path / "sr.dcm"))
    assert errors_of(tmp_path / "sr.dcm") == []


@pytest.mark.parametrize("case", CASES)
def test_of_a_multi_frame_file_the_frame_is_named(case, tmp_path):
    analysis, _ = multi_frame(**CASES[case])
    check(analysis, report_of(analysis, tmp_path / "sr.dcm"))


def test_both_groups_of_a_lesion_have_one_name(tmp_path):
    analysis = build_analysis()
    report = report_of(analysis, tmp_path / "sr.dcm")
    for lesion, *pair in zip(
        analysis.of_category(Category.SOFT_TISSUE), groups_of(report, "1410"), groups_of(report, "1411"), strict=True
    ):
        for group in pair:
            names = told(group, "Tracking Unique Identifier").UID, told(group, "Tracking Identifier").TextValue
            assert names == (lesion.tracking_uid, f"Calcification {lesion.id}")


def test_tracking_uids_are_the_same_whatever_else_changes_and_follow_the_earlier_study(tmp_path):
    analysis = build_analysis()
    first = report_of(analysis, tmp_path / "report.sr.dcm")
    changed = replace(analysis, provenance=replace(analysis.provenance, version="9.9.9"))
    second = report_of(changed, tmp_path / "second.dcm")
    assert first.SOPInstanceUID != second.SOPInstanceUID
    uids = [[told(g, "Tracking Unique Identifier").UID for g in groups_of(r, "1410")] for r in (first, second)]
    assert uids[0] == uids[1]
    (tmp_path / "out").mkdir()
    write_retracked(tmp_path, tmp_path / "out", {uids[0][0]: "2.25.77"})
    after = pydicom.dcmread(tmp_path / "out" / "report.sr.dcm")
    for template in ("1410", "1411"):
        assert told(groups_of(after, template)[0], "Tracking Unique Identifier").UID == "2.25.77"


def test_of_fragments_side_by_side_the_largest_is_outlined():
    layout = build_analysis().study.volume.layout
    mask = np.zeros((3, 9, 12), dtype=bool)
    mask[1, 1:4, 1:4] = True
    mask[1, 5:9, 6:11] = True
    mask[2, 0, 0] = True
    k, line, pieces = key_outline(Region((5, 7, 9), mask), layout)
    assert (k, pieces) == (6, 2)
    expected = pixel_border(np.pad(mask[1, 5:9, 6:11], ((12, 0), (15, 0))))[:, ::-1]
    np.testing.assert_array_equal(line, expected)


def test_an_outline_of_one_piece_of_several_says_so(tmp_path):
    analysis = build_analysis()
    first, *others = analysis.lesions
    mask = np.zeros((3, 9, 12), dtype=bool)
    mask[1, 1:4, 1:4] = mask[1, 5:9, 6:11] = True
    torn = replace(first, deposit=replace(first.deposit, envelope=Region((5, 7, 9), mask), parts=3))
    report = report_of(replace(analysis, lesions=(torn, *others)), tmp_path / "sr.dcm")
    several, *whole = groups_of(report, "1410")
    assert told(several, "Comment").TextValue == (
        "Outline and area are of the largest of 2 pieces on this image. "
        "The lesion consists of three fragments; not all of them are outlined."
    )
    assert not any(children(group, "Comment") for group in whole)
    assert errors_of(tmp_path / "sr.dcm") == []


def test_category_pattern_and_fluid_level_stand_beside_the_measures(tmp_path):
    analysis = build_analysis()
    first, *others = analysis.lesions
    known = replace(
        first,
        pattern=replace(first.pattern, name="layered"),
        fluid_level=replace(first.fluid_level, state="present"),
        place=replace(first.place, site="hip"),
        caveats=("TOUCHES_BORDER",),
    )
    report_of(replace(analysis, lesions=(known, *others)), tmp_path / "sr.dcm")
    groups = highdicom.sr.srread(tmp_path / "sr.dcm").content.get_volumetric_roi_measurement_groups()
    said = [{one.name.meaning: one.value.meaning for one in group.get_qualitative_evaluations()} for group in groups]
    assert said[0]["Category of the calcification"] == said[1]["Category of the calcification"] == "Soft tissue"
    assert said[0]["Calcification Type"] == "Milk of calcium calcification"
    assert said[0]["Fluid-calcium level"] == "Present"
    assert said[1]["Calcification Type"] == said[1]["Fluid-calcium level"] == "Undetermined"
    (site,) = groups[0].finding_sites
    assert site.value.meaning == "Hip"
    assert site.laterality.meaning == "Left"
    assert groups[1].finding_sites[0].value.meaning == "Soft tissue"
    sentence = groups[0][0].ContentSequence[-1].TextValue
    assert sentence.endswith("Cut by the border of the images: it may be larger than measured.")


def test_what_has_no_interval_has_no_range_and_a_range_has_the_unit_of_its_measure(tmp_path):
    analysis = build_analysis()
    report = report_of(analysis, tmp_path / "sr.dcm")
    lesion = analysis.lesions[0]
    volume, axis = (told(groups_of(report, "1411")[0], name) for name in ("Volume", "Long axis"))
    assert "ContentSequence" not in axis
    for item, far in zip(
        volume.ContentSequence,
        (lesion.amount.volume_mm3.high - lesion.amount.volume_mm3.value,) * 2,
        strict=True,
    ):
        (value,) = item.MeasuredValueSequence
        assert float(value.NumericValue) == pytest.approx(far, rel=1e-5)
        assert value.MeasurementUnitsCodeSequence[0].CodeValue == "mm3"
    assert [item.ConceptNameCodeSequence[0].CodeMeaning[0] for item in volume.ContentSequence] == ["+", "-"]
