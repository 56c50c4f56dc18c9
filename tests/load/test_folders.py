"""What a folder holds beside a series, and how files can be given."""

from __future__ import annotations

import os
import zipfile

import numpy as np
import pytest
from ct_files import dicom_slice, make_scan, save, write_dicom, write_nifti
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, MediaStorageDirectoryStorage

from calcimeter.errors import AmbiguousSeries, UnreadableInput, UnsupportedStudy, UsageError
from calcimeter.load.options import LoadOptions
from calcimeter.load.study import list_series, load_study


def phases(folder, keyword="AcquisitionNumber", values=(1, 2)):
    """Two volumes at one place under one series UID."""
    scans = []
    for number, value in enumerate(values):
        scan = make_scan(seed=number)
        scan.tags = {keyword: value}
        folder.mkdir(exist_ok=True)
        for k in range(5):
            dataset = dicom_slice(scan, k)
            dataset.SOPInstanceUID = f"{scan.uid}.{number}.{k}"
            save(dataset, folder / f"{number}-{k}.dcm")
        scans.append(scan)
    return scans


@pytest.mark.parametrize(
    ("keyword", "values"),
    [
        ("AcquisitionNumber", (1, 2)),
        ("TemporalPositionIdentifier", (1, 2)),
        ("KVP", (80, 140)),
        ("ConvolutionKernel", ("B30f", "B70f")),
    ],
)
def test_volumes_that_share_a_series_are_told_apart_and_chosen_by_number(tmp_path, keyword, values) -> None:
    scans = phases(tmp_path, keyword, values)
    uid = scans[0].uid

    assert {one.series_uid for one in list_series(tmp_path)} == {f"{uid}/1", f"{uid}/2"}
    for number, scan in enumerate(scans, start=1):
        study = load_study(tmp_path, LoadOptions(series=f"{uid}/{number}"))
        assert np.array_equal(study.volume.values, scan.hu)
        assert study.series_uid == uid
        assert len(study.headers) == 5
    with pytest.raises(UsageError, match="no series"):
        load_study(tmp_path, LoadOptions(series=f"{uid}/3"))


def test_equally_good_volumes_of_a_series_are_a_question(tmp_path) -> None:
    uid = phases(tmp_path)[0].uid

    for options in (LoadOptions(), LoadOptions(series=uid)):
        with pytest.raises(AmbiguousSeries, match=f"{uid}/1, {uid}/2"):
            load_study(tmp_path, options)


def test_doubled_slices_that_nothing_tells_apart_are_refused(tmp_path) -> None:
    phases(tmp_path, values=(1, 1))

    with pytest.raises(UnsupportedStudy.__base__, match="5 slices at the place of another"):
        load_study(tmp_path)


def test_volumes_half_a_step_apart_are_not_one_of_half_the_step(tmp_path) -> None:
    for number, shift in ((1, 0.0), (2, 1.25)):
        scan = make_scan(seed=number)
        scan.affine[2, 3] += shift
        scan.tags = {"AcquisitionNumber": number}
        for k in range(5):
            dataset = dicom_slice(scan, k)
            dataset.SOPInstanceUID = f"{scan.uid}.{number}.{k}"
            save(dataset, tmp_path / f"{number}-{k}.dcm")

    assert [one.slice_step_mm for one in list_series(tmp_path)] == [2.5, 2.5]
    with pytest.raises(AmbiguousSeries):
        load_study(tmp_path)


def test_of_two_phases_the_whole_one_is_measured_though_the_other_lacks_a_slice(tmp_path) -> None:
    scans = phases(tmp_path)
    (tmp_path / "1-2.dcm").unlink()
    study = load_study(tmp_path)

    assert np.array_equal(study.volume.values, scans[0].hu)
    assert [one.note for one in study.alternatives] == ["1 slice missing"]


def test_every_turn_of_a_scanner_may_be_an_acquisition_of_its_own(tmp_path) -> None:
    scan = make_scan()
    for k in range(5):
        dataset = dicom_slice(scan, k)
        dataset.AcquisitionNumber = k + 1
        save(dataset, tmp_path / f"{k}.dcm")

    assert np.array_equal(load_study(tmp_path).volume.values, scan.hu)


def test_slices_that_were_all_given_one_uid_are_slices_nevertheless(tmp_path) -> None:
    scan = make_scan()
    scan.tags["SOPInstanceUID"] = "1.2.3"

    assert np.array_equal(load_study(write_dicom(tmp_path, scan)).volume.values, scan.hu)


def test_of_a_whole_file_and_its_cut_copy_the_whole_one_is_read(tmp_path) -> None:
    scan = make_scan()
    write_dicom(tmp_path, scan)
    (tmp_path / "0000-copy.dcm").write_bytes((tmp_path / "0000.dcm").read_bytes()[:-40])

    assert np.array_equal(load_study(tmp_path).volume.values, scan.hu)


@pytest.mark.parametrize("name", ["DICOMDIR", "DIRFILE"])
def test_a_disk_with_a_directory_is_searched_whether_folder_or_directory_is_given(tmp_path, name) -> None:
    scan = make_scan()
    write_dicom(tmp_path / "DICOM", scan)
    directory, record = Dataset(), Dataset()
    directory.file_meta = FileMetaDataset()
    directory.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    directory.file_meta.MediaStorageSOPClassUID = MediaStorageDirectoryStorage
    directory.file_meta.MediaStorageSOPInstanceUID = "1.2.3"
    record.DirectoryRecordType, record.PatientID = "PATIENT", "SECRET"
    directory.FileSetID, directory.DirectoryRecordSequence = "", [record]
    directory.save_as(tmp_path / name, enforce_file_format=True)

    for given in (tmp_path, tmp_path / name):
        study = load_study(given)
        assert np.array_equal(study.volume.values, scan.hu)
        assert study.alternatives == ()
        assert study.caveats == ()


def test_links_are_followed_once_and_what_is_no_file_is_not_waited_for(tmp_path) -> None:
    scan = make_scan()
    write_dicom(tmp_path / "archive" / "series", scan)
    (tmp_path / "study").mkdir()
    (tmp_path / "study" / "linked").symlink_to(tmp_path / "archive")
    (tmp_path / "archive" / "back").symlink_to(tmp_path / "study")
    (tmp_path / "study" / "nowhere").symlink_to(tmp_path / "gone")
    os.mkfifo(tmp_path / "study" / "pipe")

    assert np.array_equal(load_study(tmp_path / "study").volume.values, scan.hu)


def test_an_input_that_is_no_file_is_refused(tmp_path) -> None:
    os.mkfifo(tmp_path / "pipe")

    with pytest.raises(UnreadableInput, match="neither file nor folder"):
        load_study(tmp_path / "pipe")


def test_a_folder_of_zips_says_what_to_do(tmp_path) -> None:
    with zipfile.ZipFile(tmp_path / "scan.zip", "w") as archive:
        archive.writestr("a", "b")

    with pytest.raises(UnreadableInput, match="or the zip among them itself"):
        load_study(tmp_path)


def test_a_zip_that_can_be_unpacked_nowhere_says_so(tmp_path, monkeypatch) -> None:
    import tempfile

    with zipfile.ZipFile(tmp_path / "scan.zip", "w") as archive:
        archive.writestr("a", "b")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "gone"))

    with pytest.raises(UnreadableInput, match="no folder where it could be unpacked"):
        load_study(tmp_path / "scan.zip")


def test_a_zip_of_hostile_names_stays_in_its_folder(tmp_path) -> None:
    scan = make_scan()
    write_dicom(tmp_path / "series", scan)
    names = ["../../evil.dcm", "/etc/evil.dcm", "C:\\evil.dcm", "a/../../../evil.dcm", "con"]
    with zipfile.ZipFile(tmp_path / "scan.zip", "w") as archive:
        for name, path in zip(names, sorted((tmp_path / "series").iterdir()), strict=True):
            archive.writestr(zipfile.ZipInfo(name), path.read_bytes())
    before = sorted(path.name for path in tmp_path.rglob("*"))

    assert np.array_equal(load_study(tmp_path / "scan.zip").volume.values, scan.hu)
    assert sorted(path.name for path in tmp_path.rglob("*")) == before


def test_a_nifti_beside_images_that_can_not_be_measured_is_named(tmp_path) -> None:
    scan = make_scan()
    write_nifti(tmp_path / "scan.nii.gz", scan)
    scan.tags = {"Modality": "MR"}
    write_dicom(tmp_path / "mr", scan)

    with pytest.raises(UnsupportedStudy, match=r"modality MR, not CT.*1 NIfTI or NRRD file .* give it by itself"):
        load_study(tmp_path)
