"""NIfTI, NRRD, arrays and zips give the very scan that DICOM gives."""

from __future__ import annotations

import zipfile
from itertools import permutations, product
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from ct_files import TO_RAS, Scan, make_scan, write_dicom, write_nifti, write_nrrd
from hypothesis import given, settings
from hypothesis import strategies as st

from calcimeter.errors import GeometryError, UnreadableInput, UnsupportedStudy, UsageError
from calcimeter.load.options import LoadOptions
from calcimeter.load.study import list_series, load_study, study_from_array

SPACES = ("left-posterior-superior", "RAS", "left-anterior-superior")

# Sixty-fourths of a mm are whole in single precision, which NIfTI keeps: any other value may round over a border.
sixty_fourths = st.integers(-20_000, 20_000).map(lambda n: n / 64)


@settings(max_examples=30)
@given(
    spacing=st.tuples(*[st.integers(20, 200).map(lambda n: n / 64)] * 3),
    origin=st.tuples(sixty_fourths, sixty_fourths, sixty_fourths),
    flips=st.tuples(*[st.sampled_from([1, -1])] * 3),
    dtype=st.sampled_from([np.int16, np.int32, np.float32, np.float64]),
    space=st.sampled_from(SPACES),
)
def test_every_container_gives_the_same_values_place_and_digest(spacing, origin, flips, dtype, space) -> None:
    scan = make_scan(spacing=spacing)
    scan.affine[:3, :3] *= flips
    scan.affine[:3, 3] = origin
    with TemporaryDirectory() as name:
        folder = Path(name)
        studies = [
            load_study(write_dicom(folder / "dicom", scan)),
            load_study(write_nifti(folder / "a.nii", scan, dtype)),
            load_study(write_nifti(folder / "b.nii.gz", scan, dtype)),
            load_study(write_nrrd(folder / "c.nrrd", scan, space)),
            study_from_array(scan.hu.astype(dtype), scan.affine),
        ]

    assert len({study.input_sha256 for study in studies}) == 1
    for study in studies:
        assert study.volume.values.dtype == np.int16
        assert np.array_equal(study.volume.values, studies[0].volume.values)
        assert np.allclose(study.volume.grid.affine, studies[0].volume.grid.affine, atol=1e-4)


def test_fractional_values_are_the_same_in_every_container(tmp_path) -> None:
    scan = make_scan()
    scan.hu, scan.slope, scan.intercept = scan.hu * 0.37 - 1.5, 0.37, -1.5
    single = Scan(scan.hu.astype(np.float32), scan.affine)
    digests = {
        load_study(write_dicom(tmp_path / "dicom", scan)).input_sha256,
        load_study(write_nifti(tmp_path / "a.nii.gz", scan, np.float32)).input_sha256,
        load_study(write_nrrd(tmp_path / "a.nrrd", single)).input_sha256,
        study_from_array(scan.hu, scan.affine).input_sha256,
    }

    assert len(digests) == 1


@settings(max_examples=48)
@given(order=st.sampled_from(list(permutations(range(3)))), signs=st.sampled_from(list(product((1, -1), repeat=3))))
def test_the_order_and_direction_of_an_arrays_axes_do_not_matter(order, signs) -> None:
    scan = make_scan()
    hu, affine = scan.hu.transpose(order), scan.affine[:, [*order, 3]].copy()
    for axis, sign in enumerate(signs):
        if sign < 0:
            affine[:3, 3] += affine[:3, axis] * (hu.shape[axis] - 1)
            affine[:3, axis] *= -1
            hu = np.flip(hu, axis)
    study = study_from_array(hu, affine)

    assert np.array_equal(study.volume.values, scan.hu)
    assert study.volume.values.flags.c_contiguous
    assert np.array_equal(study.volume.layout.to_source(study.volume.values), hu)
    assert study.input_sha256 == study_from_array(scan.hu, scan.affine).input_sha256


def test_one_value_or_a_tenth_of_a_millimeter_changes_the_digest() -> None:
    scan = make_scan()
    original = study_from_array(scan.hu, scan.affine).input_sha256
    shifted, changed = scan.affine.copy(), scan.hu.copy()
    shifted[0, 3] += 0.1
    changed[2, 2, 2] += 1

    assert study_from_array(scan.hu, shifted).input_sha256 != original
    assert study_from_array(changed, scan.affine).input_sha256 != original


def test_a_study_without_dicom_says_what_it_does_not_know(tmp_path) -> None:
    path = write_nifti(tmp_path / "ct.nii.gz", make_scan())
    untold, told = load_study(path), load_study(path, LoadOptions(kvp=120, position="FFS"))

    assert [caveat.code for caveat in untold.caveats] == ["KERNEL_UNKNOWN", "KVP_UNKNOWN", "POSITION_UNKNOWN"]
    assert untold.headers == ()
    assert (untold.source_format, untold.series_uid, untold.kvp, untold.position) == ("nifti", None, None, None)
    assert [caveat.code for caveat in told.caveats] == ["KERNEL_UNKNOWN"]
    assert (told.kvp, told.position) == (120, "FFS")
    assert list_series(path) == ()
    with pytest.raises(UsageError, match="leave --series out"):
        load_study(path, LoadOptions(series="1.2"))


def test_an_array_keeps_no_link_to_the_callers(tmp_path) -> None:
    scan = make_scan()
    study = study_from_array(scan.hu, scan.affine)
    before = study.volume.values.copy()
    scan.hu[:] = 0

    assert np.array_equal(study.volume.values, before)


def test_the_scale_of_a_nifti_is_applied(tmp_path) -> None:
    import nibabel

    scan = make_scan()
    image = nibabel.Nifti1Image(
        (scan.hu + 1024).transpose(2, 1, 0).astype(np.int16), TO_RAS @ scan.affine[:, [2, 1, 0, 3]]
    )
    image.header.set_slope_inter(1, -1024)
    path = tmp_path / "scaled.nii"
    nibabel.save(image, path)
    content = bytearray(path.read_bytes())
    content[112:120] = np.array([1, -1024], "<f4").tobytes()  # nibabel writes its own scale
    content[352:] = (scan.hu + 1024).astype("<i2").tobytes()
    path.write_bytes(content)

    assert np.array_equal(load_study(path).volume.values, scan.hu)


def _with_forms(path: Path, scan: Scan, sform_code: int, qform_code: int, shift_mm: float = 0.0) -> Path:
    import nibabel

    affine = TO_RAS @ scan.affine[:, [2, 1, 0, 3]]
    shifted = affine.copy()
    shifted[2, 3] += shift_mm
    image = nibabel.Nifti1Image(scan.hu.transpose(2, 1, 0), affine)
    image.set_sform(affine, sform_code)
    image.set_qform(shifted, qform_code)
    nibabel.save(image, path)
    return path


def test_the_sform_is_preferred_and_the_qform_will_do(tmp_path) -> None:
    scan = make_scan()
    by_sform = load_study(_with_forms(tmp_path / "s.nii", scan, 1, 0, shift_mm=50))
    by_qform = load_study(_with_forms(tmp_path / "q.nii", scan, 0, 1))
    by_both = load_study(_with_forms(tmp_path / "b.nii", scan, 1, 1, shift_mm=0.05))

    for study in (by_sform, by_qform, by_both):
        assert np.allclose(study.volume.grid.affine, scan.affine, atol=1e-4)


def test_two_forms_that_differ_or_none_are_refused(tmp_path) -> None:
    with pytest.raises(GeometryError, match=r"sform and qform differ by 50\.0 mm and 0\.0 degrees"):
        load_study(_with_forms(tmp_path / "a.nii", make_scan(), 1, 1, shift_mm=50))
    with pytest.raises(GeometryError, match="neither sform nor qform"):
        load_study(_with_forms(tmp_path / "b.nii", make_scan(), 0, 0))


def test_damaged_or_unsuitable_volume_files_are_refused(tmp_path) -> None:
    import nibabel

    scan = make_scan()
    path = write_nifti(tmp_path / "a.nii", scan)
    path.write_bytes(path.read_bytes()[:-10])
    packed = write_nifti(tmp_path / "a.nii.gz", scan)
    packed.write_bytes(packed.read_bytes()[:-40])
    nrrd = write_nrrd(tmp_path / "a.nrrd", scan)
    nrrd.write_bytes(nrrd.read_bytes()[:-40])
    (tmp_path / "b.nii").write_bytes(b"no image at all")
    (tmp_path / "b.nrrd").write_bytes(b"no image at all")
    nibabel.save(nibabel.Nifti1Image(np.zeros((4, 4, 4, 2), np.int16), np.eye(4)), tmp_path / "four.nii")

    for name in ("a.nii", "a.nii.gz", "a.nrrd", "b.nii", "b.nrrd", "four.nii"):
        with pytest.raises(UnreadableInput) as refusal:
            load_study(tmp_path / name)
        assert str(tmp_path) not in str(refusal.value)


def test_values_that_are_not_hu_are_refused(tmp_path) -> None:
    scan = make_scan()
    with pytest.raises(UnsupportedStudy, match="no value below 0"):
        load_study(write_nifti(tmp_path / "a.nii", Scan(scan.hu + 1024, scan.affine)))
    real = scan.hu.astype(np.float32)
    real[1, 1, 1] = np.nan
    with pytest.raises(UnreadableInput, match="not numbers"):
        study_from_array(real, scan.affine)
    with pytest.raises(UnsupportedStudy, match="type bool"):
        study_from_array(scan.hu > 0, scan.affine)


def test_arrays_without_a_right_angled_grid_are_refused() -> None:
    scan = make_scan()
    sheared, singular = scan.affine.copy(), scan.affine.copy()
    sheared[1, 0] = 1.0
    singular[:3, 0] = singular[:3, 1]

    with pytest.raises(GeometryError, match="sheared by 21"):
        study_from_array(scan.hu, sheared)
    with pytest.raises(GeometryError, match="singular"):
        study_from_array(scan.hu, singular)
    with pytest.raises(GeometryError, match="2 axes"):
        study_from_array(scan.hu[0], scan.affine)
    with pytest.raises(GeometryError, match="2 x 6 x 7"):
        study_from_array(scan.hu[:2], scan.affine)


@pytest.mark.parametrize("per_mm", [1e-3, 1e3], ids=["meters", "micrometers"])
def test_an_affine_in_another_unit_than_millimeters_is_refused_with_the_size_of_its_voxels(per_mm) -> None:
    scan = make_scan()
    other = scan.affine.copy()
    other[:3] *= per_mm

    with pytest.raises(GeometryError, match=r"voxels of [\d.e+-]+ x .* mm, which is no place in a body"):
        study_from_array(scan.hu, other)


@pytest.mark.parametrize("fields", [{"encoding": "raw"}, {"encoding": "gzip"}, {"endian": "big", "encoding": "raw"}])
def test_nrrd_is_read_raw_packed_and_of_either_byte_order(tmp_path, fields) -> None:
    scan = make_scan()
    if fields.get("endian") == "big":
        scan.hu = scan.hu.astype(">i2")
    path = write_nrrd(tmp_path / "a.nrrd", scan, **fields)
    detached = write_nrrd(tmp_path / "b.nhdr", scan, **fields)

    assert np.array_equal(load_study(path).volume.values, scan.hu)
    assert load_study(detached).input_sha256 == load_study(path).input_sha256


def test_an_nrrd_that_does_not_say_where_it_lies_is_refused(tmp_path) -> None:
    import nrrd

    nrrd.write(str(tmp_path / "a.nrrd"), make_scan().hu)
    with pytest.raises(GeometryError, match="without orientation"):
        load_study(tmp_path / "a.nrrd")
    path = write_nrrd(tmp_path / "b.nhdr", make_scan())
    path.write_text(path.read_text().replace("data file: b.raw.gz", "data file: ../../b.raw.gz"))
    with pytest.raises(UnreadableInput, match="one data file in the same folder"):
        load_study(path)


def test_a_zip_is_a_folder(tmp_path) -> None:
    scan = make_scan()
    series, packed = write_dicom(tmp_path / "series", scan), tmp_path / "scan.zip"
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in series.iterdir():
            archive.write(path, f"../../{path.name}")
        archive.writestr("/etc/notes.txt", "nothing")
    study = load_study(packed)

    assert study.input_sha256 == load_study(series).input_sha256
    assert len(study.headers) == 5
    assert list_series(packed) == list_series(series)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["scan.zip", "series"]


def test_a_zip_or_folder_with_one_volume_file_is_that_file(tmp_path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    path, packed = write_nifti(folder / "ct.nii.gz", make_scan()), tmp_path / "scan.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        archive.write(path, "a/ct.nii.gz")

    assert load_study(packed).input_sha256 == load_study(path).input_sha256 == load_study(folder).input_sha256
    write_nifti(folder / "other.nii.gz", make_scan())
    with pytest.raises(UsageError, match="2 volume files"):
        load_study(folder)


def test_absurd_or_damaged_zips_are_refused(tmp_path, monkeypatch) -> None:
    packed = tmp_path / "scan.zip"
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a", bytes(10_000_000))
    damaged = bytearray(packed.read_bytes())
    damaged[100:140] = b"\xff" * 40
    (tmp_path / "damaged.zip").write_bytes(damaged)

    with pytest.raises(UnreadableInput, match="damaged or unusual zip"):
        load_study(tmp_path / "damaged.zip")
    monkeypatch.setattr("calcimeter.load.archive.MAX_BYTES", 1_000_000)
    with pytest.raises(UnreadableInput, match="met a zip of 1 files"):
        load_study(packed)


def test_the_real_nifti_keeps_every_value_in_its_place(shared_data) -> None:
    import nibabel

    path = shared_data("totalsegmentator/example_ct.nii.gz")
    study, image = load_study(path), nibabel.load(path)

    assert np.array_equal(study.volume.layout.to_source(study.volume.values), np.asarray(image.dataobj))
    assert np.allclose(study.volume.layout.grid.affine, TO_RAS @ image.affine)
    assert study.volume.grid.spacing_mm == pytest.approx((3, 3, 3))
