"""The whole analysis: however a scan lies in its file, the same lesions come out at the same places."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from itertools import permutations, product

import nibabel
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import calcimeter
from calcimeter.errors import GeometryError, UnsupportedStudy
from calcimeter.load.study import study_from_array
from calcimeter.model.lesion import Category
from calcimeter.phantom import acquisition_of, scan, scene_of, write_reference
from calcimeter.phantom.acquire import expose
from calcimeter.phantom.truth import truth_of
from calcimeter.pipeline import analyze_ct
from calcimeter.report.record import analysis_record

ORDERS = list(permutations(range(3)))
FLIPS = list(product((False, True), repeat=3))
RAS = np.diag([-1.0, -1.0, 1.0, 1.0])

COARSE = replace(
    acquisition_of("lobed"), shape=(32, 112, 112), spacing_mm=(3.0, 1.75, 1.75), center_mm=(95.0, 0.0, 1.0)
)
"""A thigh with a lobed deposit of 55 mm; spacing and position in binary fractions, so that turning costs no digit."""


@cache
def thigh():
    """Values in analyzed order and their affine."""
    volume = expose(scene_of("lobed"), COARSE)
    return np.asarray(volume.values), np.asarray(volume.grid.affine)


@cache
def straight():
    return calcimeter.analyze(thigh())


def turned(order, flips):
    """The same scan with its array axes in another order and direction, and the affine that says so."""
    values, affine = thigh()
    turned_values = values.transpose(order)
    turned_affine = affine[:, [*order, 3]].copy()
    for axis, flip in enumerate(flips):
        if flip:
            turned_affine[:3, 3] += turned_affine[:3, axis] * (turned_values.shape[axis] - 1)
            turned_affine[:3, axis] *= -1
            turned_values = np.flip(turned_values, axis)
    return np.ascontiguousarray(turned_values), turned_affine


def numbers(analysis):
    """The record without the name of the container."""
    record = analysis_record(analysis)
    del record["study"]["source_format"]
    return record


def test_the_lesion_of_the_phantom_is_found_where_it_is():
    truth = truth_of(scene_of("lobed"), COARSE)["lesions"][0]

    (lesion,) = straight().lesions

    assert lesion.category is Category.SOFT_TISSUE
    assert lesion.extent.centroid_mm == pytest.approx(truth["centroid_mm"], abs=1.0)
    assert lesion.amount.volume_mm3.value == pytest.approx(truth["volume_mm3"], rel=0.03)
    assert lesion.extent.axes.long_axis_mm.value == pytest.approx(truth["long_axis_mm"], abs=1.42 * 1.75)
    assert lesion.place.distance_mm == pytest.approx(truth["place"]["distance_mm"], abs=1.75)


@settings(max_examples=6)
@given(st.sampled_from(ORDERS), st.sampled_from(FLIPS))
def test_turning_the_array_of_a_scan_changes_no_digit_of_the_result(order, flips):
    analysis = calcimeter.analyze(turned(order, flips))

    assert analysis.study.input_sha256 == straight().study.input_sha256
    assert analysis_record(analysis) == analysis_record(straight())


@settings(max_examples=4)
@given(st.sampled_from(ORDERS), st.sampled_from(FLIPS))
def test_turning_a_nifti_changes_no_digit_of_the_result(tmp_path_factory, order, flips):
    values, affine = turned(order, flips)
    path = tmp_path_factory.mktemp("nifti") / "scan.nii"
    nibabel.save(nibabel.Nifti1Image(values, RAS @ affine), path)

    assert numbers(calcimeter.analyze(path)) == numbers(straight())


TOLD = ("tracking_uid", "agatston", "mass_mg_ha", "mineral_volume_mm3", "fluid_level", "caveats")
"""What rests on the study's name, the tube voltage or the patient's position, which only the header tells."""


def test_a_dicom_series_gives_the_numbers_of_its_array(tmp_path):
    """Only what the header tells is added; names of lesions derive from the study where there is one."""
    reference = scan(scene_of("lobed"), COARSE)
    write_reference(reference, tmp_path)

    analysis = calcimeter.analyze(tmp_path / "dicom")

    assert analysis.study.input_sha256 == straight().study.input_sha256
    for one, other in zip(numbers(analysis)["lesions"], numbers(straight())["lesions"], strict=True):
        assert {k: v for k, v in one.items() if k not in TOLD} == {k: v for k, v in other.items() if k not in TOLD}
    assert analysis.study.kvp == 120


@settings(max_examples=3)
@given(st.sampled_from(((0,), (1,), (2,), (0, 1, 2))))
def test_a_mirrored_patient_has_the_lesion_at_the_mirrored_place(axes):
    """Coarse grids start at another voxel, so that a voxel at the edge may fall to the other side; no more."""
    values, affine = thigh()
    mirror = np.diag([-1.0 if k in axes else 1.0 for k in range(3)] + [1.0])

    (lesion,), (there,) = straight().lesions, calcimeter.analyze((values, mirror @ affine)).lesions

    assert there.category is lesion.category
    assert np.array(there.extent.centroid_mm) == pytest.approx(mirror[:3, :3] @ lesion.extent.centroid_mm, abs=0.05)
    assert there.amount.volume_mm3.value == pytest.approx(lesion.amount.volume_mm3.value, rel=1e-3)
    assert there.extent.axes.long_axis_mm.value == pytest.approx(lesion.extent.axes.long_axis_mm.value, rel=1e-3)
    assert there.extent.feret_mm == pytest.approx(lesion.extent.feret_mm, rel=1e-3)
    assert there.place.distance_mm == pytest.approx(lesion.place.distance_mm, abs=0.1)


@settings(max_examples=3)
@given(st.tuples(*[st.integers(1, 2000)] * 3))
def test_moving_the_patient_moves_places_and_changes_no_size(shift_mm):
    values, affine = thigh()
    moved = affine.copy()
    moved[:3, 3] += shift_mm

    (lesion,), (there,) = straight().lesions, calcimeter.analyze((values, moved)).lesions

    assert np.subtract(there.extent.centroid_mm, lesion.extent.centroid_mm) == pytest.approx(shift_mm)
    assert np.subtract(there.extent.bounding_box_mm, lesion.extent.bounding_box_mm) == pytest.approx(
        np.array([shift_mm, shift_mm])
    )
    assert there.amount.volume_mm3 == lesion.amount.volume_mm3
    assert there.extent.feret_mm == pytest.approx(lesion.extent.feret_mm)
    assert there.extent.axes.long_axis_mm.value == pytest.approx(lesion.extent.axes.long_axis_mm.value)
    assert there.place.distance_mm == pytest.approx(lesion.place.distance_mm, abs=1e-3)
    assert there.tracking_uid != lesion.tracking_uid


def test_turning_the_gantry_of_coordinates_by_a_small_angle_changes_places_only():
    """The same voxels on an oblique grid: sizes in the slice stay, the lesion moves with the patient."""
    values, affine = thigh()
    c, s = np.cos(0.2), np.sin(0.2)
    turn = np.eye(4)
    turn[:3, :3] = [[1, 0, 0], [0, c, -s], [0, s, c]]

    (lesion,), (there,) = straight().lesions, calcimeter.analyze((values, turn @ affine)).lesions

    # Grids are rounded to a micrometer, and their steps to a nanometer.
    assert np.array(there.extent.centroid_mm) == pytest.approx(turn[:3, :3] @ lesion.extent.centroid_mm, abs=1e-3)
    assert there.amount.volume_mm3.value == pytest.approx(lesion.amount.volume_mm3.value, rel=1e-5)
    assert there.extent.feret_mm == pytest.approx(lesion.extent.feret_mm, rel=1e-5)
    assert there.extent.axes.long_axis_mm.value == pytest.approx(lesion.extent.axes.long_axis_mm.value, rel=1e-5)


def test_two_runs_give_equal_records():
    once, twice = (analysis_record(calcimeter.analyze(thigh(), kvp=120.0, position="HFS")) for _ in range(2))

    assert json.dumps(once) == json.dumps(twice)


def test_an_analysis_changes_neither_its_input_nor_writes_anything(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    values, affine = thigh()
    before = values.copy(), affine.copy()

    calcimeter.analyze((values, affine))

    assert np.array_equal(values, before[0])
    assert np.array_equal(affine, before[1])
    assert list(tmp_path.iterdir()) == []


def test_where_there_is_no_lesion_none_is_found_and_the_search_says_where_and_down_to_what_size():
    volume = expose(scene_of("empty"), COARSE)

    analysis = calcimeter.analyze((volume.values, volume.grid.affine))

    assert analysis.lesions == ()
    # An ellipse of 86 x 90 mm, 96 mm long, but for the bone of 28 to 34 mm.
    assert analysis.search.examined_mm3 == pytest.approx(np.pi * 86 * 90 * 96 - np.pi * 15**2 * 96, rel=0.05)
    assert analysis.search.threshold_hu == 130.0
    assert 0 < analysis.search.detection_limit_mm3 < 500
    assert analysis.search.not_examined
    findings = {finding.name: finding.present for finding in analysis.findings()}
    assert findings["mineralized"] is False
    assert findings["multifocal"] is findings["periarticular"] is None


@pytest.mark.parametrize("hu", [-1000, -500])
def test_a_volume_without_a_patient_is_refused(hu):
    with pytest.raises(UnsupportedStudy, match="patient"):
        calcimeter.analyze((np.full((10, 60, 60), hu, dtype=np.int16), thigh()[1]))


def test_a_given_outline_is_measured_as_drawn_and_nothing_else_is_looked_for(tmp_path):
    """A box of 6 x 8 x 10 voxels, drawn on the file's own, turned grid."""
    values, affine = turned((2, 0, 1), (True, False, True))
    labels = np.zeros(values.shape, dtype=np.uint8)
    labels[30:40, 8:14, 50:58] = 5
    nibabel.save(nibabel.Nifti1Image(labels, RAS @ affine), tmp_path / "outline.nii.gz")

    analysis = calcimeter.analyze((values, affine), lesions=tmp_path / "outline.nii.gz")

    (lesion,) = analysis.lesions
    sides = np.array([10, 6, 8]) * [np.linalg.norm(affine[:3, k]) for k in range(3)]
    center = affine @ [34.5, 10.5, 53.5, 1]
    assert lesion.amount.volume_mm3.value == pytest.approx(np.prod(sides))
    assert lesion.extent.centroid_mm == pytest.approx(tuple(center[:3]))
    assert lesion.extent.feret_mm == pytest.approx(np.linalg.norm(sides))
    extents = (lesion.extent.left_right_mm, lesion.extent.anteroposterior_mm, lesion.extent.craniocaudal_mm)
    assert sorted(extents) == pytest.approx(sorted(sides))
    told = {c.code for c in analysis.caveats}
    assert "GIVEN_OUTLINE" in told
    assert "FUSED_TO_BONE_NOT_EXAMINED" not in told  # nothing was searched, so nothing is missed for it
    assert (analysis.search.examined_mm3, analysis.search.detection_limit_mm3) == (0, None)


def test_an_outline_of_plain_muscle_is_no_calcification_and_one_in_the_air_is_refused(tmp_path):
    """What comes of a mask that was drawn on another scan."""
    values, affine = thigh()
    labels = np.zeros(values.shape, dtype=np.uint8)
    plain = np.abs(values - 55.0) < 60
    starts = np.argwhere(np.lib.stride_tricks.sliding_window_view(plain, (3, 5, 5)).all(axis=(3, 4, 5)))
    z, y, x = starts[len(starts) // 2]
    labels[z : z + 3, y : y + 5, x : x + 5] = 1
    nibabel.save(nibabel.Nifti1Image(labels, RAS @ affine), tmp_path / "muscle.nii.gz")

    analysis = calcimeter.analyze((values, affine), lesions=tmp_path / "muscle.nii.gz")

    assert [lesion.category for lesion in analysis.lesions] == [Category.UNCERTAIN]
    assert "OUTLINE_NOT_DENSE" in {c.code for c in analysis.caveats}
    assert next(one for one in analysis.findings() if one.name == "mineralized").present is None
    assert analysis.differential is None

    labels[:] = 0
    labels[5:8, :3, :3] = 2
    nibabel.save(nibabel.Nifti1Image(labels, RAS @ affine), tmp_path / "air.nii.gz")
    with pytest.raises(GeometryError, match="outline 2 lies in the air"):
        calcimeter.analyze((values, affine), lesions=tmp_path / "air.nii.gz")


def test_a_readers_edits_stand_in_the_result_and_in_its_provenance(tmp_path):
    (lesion,) = straight().lesions
    edits = tmp_path / "edits.yaml"
    edits.write_text(
        f'edits:\n  - {{lesion: "{lesion.tracking_uid}", set: {{category: vascular, side: left}}, why: "beaded"}}\n'
    )

    (changed,) = (analysis := calcimeter.analyze(thigh(), edits=edits)).lesions

    assert changed.category is Category.VASCULAR
    assert changed.place.side == "left"
    assert changed.amount.volume_mm3 == lesion.amount.volume_mm3
    assert [edit.why for edit in analysis.provenance.edits] == ["beaded"]
    assert "EDITED_BY_READER" in {c.code for c in analysis.caveats}


def test_whole_numbers_kept_as_floats_change_no_more_than_rounding():
    values, affine = thigh()

    (lesion,) = calcimeter.analyze((values.astype(np.float32), affine)).lesions

    assert lesion.amount.volume_mm3.value == pytest.approx(straight().lesions[0].amount.volume_mm3.value, rel=1e-6)


def test_the_study_that_is_analyzed_is_the_study_that_was_loaded():
    study = study_from_array(*thigh())

    assert analyze_ct(study).study is study


@pytest.mark.parametrize(
    ("highest_hu", "code"), [(400, "HU_RANGE_CLIPPED"), (None, None), (3071, None), (3072, "HU_RANGE_EXTENDED")]
)
def test_a_scale_that_ends_early_or_goes_on_is_said(highest_hu, code):
    values, affine = thigh()
    values = values.astype(np.int16)
    if highest_hu == 400:  # the deposit reaches 500 HU
        values = np.minimum(values, highest_hu)
    elif highest_hu is not None:
        values[5, 5, 5] = highest_hu
    said = {caveat.code for caveat in calcimeter.analyze((values, affine)).caveats}

    assert said & {"HU_RANGE_CLIPPED", "HU_RANGE_EXTENDED"} == ({code} if code else set())
