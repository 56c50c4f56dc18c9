"""SEG and SR read back by the programs of the dcmqi package, which share no code with the library that wrote them."""

from __future__ import annotations

import json

import highdicom
import nrrd
import numpy as np
import pydicom
import pytest
from film_results import analysis_of

from builders import build_analysis
from calcimeter.load.nm.study import load_scintigraphy
from calcimeter.model.lesion import Category
from calcimeter.phantom.neck import make_neck, neck_of, write_neck
from calcimeter.pipeline import analyze_scintigraphy
from calcimeter.report import instance
from calcimeter.report.labels import lesion_labels
from calcimeter.report.radiograph import write_radiograph_report
from calcimeter.report.scintigraphy import write_scintigraphy
from calcimeter.report.segmentation import make_segmentation
from calcimeter.report.source import read_sources
from calcimeter.report.structured import make_structured_report
from dicom_tools import run
from load.film_files import film, save
from report.test_multi_frame_results import CASES, multi_frame

ORIENTATIONS = ["transverse", "flipped", "oblique", "sagittal"]


def written(analysis, folder):
    sources, digest = read_sources(analysis.study), instance.content_digest(analysis)
    segmentation = make_segmentation(analysis, sources, digest)
    instance.save(segmentation, folder / "seg.dcm")
    instance.save(make_structured_report(analysis, sources, segmentation, digest), folder / "sr.dcm")
    return analysis


def labels_of(path, folder):
    """Label and place in LPS mm of every voxel that segimage2itkimage finds set, and its spacing."""
    run("segimage2itkimage", "--inputDICOM", path, "--outputDirectory", folder, "-t", "nrrd", "--mergeSegments")
    (image,) = folder.glob("*.nrrd")
    array, header = nrrd.read(str(image))
    assert header["space"] == "left-posterior-superior"
    indices = np.argwhere(array)
    places = indices @ header["space directions"] + header["space origin"]
    (meta,) = folder.glob("*.json")
    described = json.loads(meta.read_text())["segmentAttributes"]
    return array[tuple(indices.T)], places, [one for several in described for one in several]


def check_segments(analysis, folder):
    out = folder / "read"
    out.mkdir()
    labels, places, described = labels_of(folder / "seg.dcm", out)
    volume = analysis.study.volume
    soft = analysis.of_category(Category.SOFT_TISSUE)
    index = volume.grid.to_index(places)
    np.testing.assert_allclose(index, np.rint(index), atol=2e-3)
    read = np.zeros(volume.grid.shape, np.uint8)
    read[tuple(np.rint(index).astype(int).T)] = labels
    np.testing.assert_array_equal(read, lesion_labels(soft, volume.grid.shape))
    told = [(one["labelID"], one["TrackingUniqueIdentifier"], one["TrackingIdentifier"]) for one in described]
    assert told == [(lesion.id, lesion.tracking_uid, f"Calcification {lesion.id}") for lesion in soft]


@pytest.mark.parametrize("orientation", ORIENTATIONS)
def test_the_seg_has_every_voxel_at_its_place(orientation, tmp_path):
    check_segments(written(build_analysis(orientation=orientation), tmp_path), tmp_path)


@pytest.mark.parametrize("case", ["in order", "shuffled, oblique", "flipped"])
def test_the_seg_of_a_multi_frame_file_has_every_voxel_at_its_place(case, tmp_path):
    check_segments(written(multi_frame(**CASES[case])[0], tmp_path), tmp_path)


def code(item):
    return item["CodeValue"], item["CodingSchemeDesignator"], item["CodeMeaning"]


def triple(concept):
    return concept.value, concept.scheme_designator, concept.meaning


def read_by_dcmqi(path, folder):
    """Of each group name, finding, site, segment, measures with unit and derivation, evaluations."""
    run("tid1500reader", "--inputDICOM", path, "--outputMetadata", folder / "read.json")
    groups = []
    for group in json.loads((folder / "read.json").read_text())["Measurements"]:
        measures = {
            (
                code(one["quantity"]),
                float(one["value"]),
                code(one["units"]),
                code(one["derivationModifier"]) if "derivationModifier" in one else None,
            )
            for one in group.get("measurementItems", ())
        }
        evaluations = {
            (code(one["conceptCode"]), code(one["conceptValue"]))
            for one in group.get("qualitativeEvaluations", ())
            if isinstance(one["conceptValue"], dict) and one["conceptCode"]["CodeValue"] != "130400"
        }
        site, side = (code(group[k]) if k in group else None for k in ("FindingSite", "Laterality"))
        name = group["TrackingUniqueIdentifier"], group["TrackingIdentifier"]
        groups.append(
            (name, code(group["Finding"]), (site, side), group.get("ReferencedSegment"), measures, evaluations)
        )
    return sorted(groups, key=repr)


def read_by_highdicom(path):
    content = highdicom.sr.srread(path).content
    groups = []
    for group in (
        *content.get_image_measurement_groups(),
        *content.get_volumetric_roi_measurement_groups(),
        *content.get_planar_roi_measurement_groups(),
    ):
        measures = {
            (triple(one.name), one.value, triple(one.unit), triple(one.derivation) if one.derivation else None)
            for one in group.get_measurements()
        }
        evaluations = {
            (triple(one.name), triple(one.value))
            for one in group.get_qualitative_evaluations()
            if one.name.value != "130400"
        }
        sites = [(triple(one.value), triple(one.laterality) if one.laterality else None) for one in group.finding_sites]
        segment = getattr(group, "referenced_segment", None)
        number = segment.referenced_segment_numbers[0] if segment is not None else None
        name = str(group.tracking_uid), group.tracking_identifier
        where = sites[0] if sites else (None, None)
        groups.append((name, triple(group.finding_type), where, number, measures, evaluations))
    return sorted(groups, key=repr)


def same(path, folder):
    read = read_by_dcmqi(path, folder)
    assert read == read_by_highdicom(path)
    return read


@pytest.mark.parametrize("orientation", ["transverse", "oblique"])
def test_the_sr_of_a_ct_says_the_same_to_both_readers(orientation, tmp_path):
    analysis = written(build_analysis(orientation=orientation), tmp_path)
    read = same(tmp_path / "sr.dcm", tmp_path)
    assert len(read) == 5  # the study, and of two lesions segment and outline
    for lesion in analysis.of_category(Category.SOFT_TISSUE):
        (volumetric,) = (group for group in read if group[3] == lesion.id)
        assert volumetric[0][0] == lesion.tracking_uid
        values = {name[2]: value for name, value, _, derivation in volumetric[4] if derivation is None}
        assert values["Volume"] == pytest.approx(lesion.amount.volume_mm3.value, rel=1e-5)
        assert values["Short axis"] == pytest.approx(lesion.extent.axes.short_axis_mm.value, rel=1e-5)
        assert len(volumetric[5]) == 3


def test_the_sr_of_a_radiograph_says_the_same_to_both_readers(tmp_path):
    path = save(film(EstimatedRadiographicMagnificationFactor=1.25, ImageLaterality="L"), tmp_path / "in")
    analysis = analysis_of(path, deposits=2)
    write_radiograph_report(analysis, tmp_path / "out")
    read = same(tmp_path / "out" / "report.sr.dcm", tmp_path)
    assert len(read) == 3
    by_uid = {group[0][0]: group for group in read}
    for deposit in analysis.deposits:
        values = {name[2]: value for name, value, _, _ in by_uid[deposit.tracking_uid][4]}
        assert values["Long axis"] == pytest.approx(deposit.long_axis_mm.value, rel=1e-5)


def test_the_seg_of_a_radiograph_is_read_by_pydicom_alone(tmp_path):
    """segimage2itkimage refuses it, for a radiograph has no place in the patient."""
    path = save(film(), tmp_path / "in")
    analysis = analysis_of(path, deposits=2)
    write_radiograph_report(analysis, tmp_path / "out")
    segmentation = pydicom.dcmread(tmp_path / "out" / "deposits.seg.dcm")
    frames = zip(segmentation.PerFrameFunctionalGroupsSequence, segmentation.pixel_array, strict=True)
    for deposit, (item, pixels) in zip(analysis.deposits, frames, strict=True):
        assert item.SegmentIdentificationSequence[0].ReferencedSegmentNumber == deposit.id
        np.testing.assert_array_equal(pixels.astype(bool), deposit.region.whole(pixels.shape))


def test_the_sr_of_a_scintigraphy_says_the_same_to_both_readers(tmp_path):
    pair = write_neck(make_neck(neck_of("scintigraphy")), tmp_path / "in")
    analysis = analyze_scintigraphy(load_scintigraphy(*pair))
    write_scintigraphy(analysis, tmp_path / "out")
    read = same(tmp_path / "out" / "report.sr.dcm", tmp_path)
    assert len(read) == 1 + len(analysis.foci) > 1
    (focus,) = (group for group in read if group[0][1] == "Focus 1")
    values = {name[2]: value for name, value, _, _ in focus[4]}
    assert values["Z-score"] == pytest.approx(analysis.foci[0].z_score, rel=1e-5)
