"""The files: what a scanner would write, equal to what was scanned, the same bytes each time."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pydicom
import pytest

from calcimeter.errors import OutputExists
from calcimeter.phantom import acquisition_of, scan, scene_of, write_reference
from calcimeter.phantom.acquire import Acquisition, ReferenceObject
from dicom_tools import errors_of

SMALL = replace(acquisition_of("layered"), shape=(12, 60, 64), center_mm=(62.0, 28.0, 3.0), spacing_mm=(4.0, 1.1, 1.0))
OBLIQUE = replace(
    SMALL, bits=16, position="FFP", directions=((0.0, 0.6, -0.8), (0.0, 0.8, 0.6), (-1.0, 0.0, 0.0)), thickness_mm=5.0
)


@cache
def scanned(acquisition: Acquisition) -> ReferenceObject:
    return scan(scene_of("layered", acquisition.position), acquisition)


def written(folder: Path, acquisition: Acquisition = SMALL):
    reference = scanned(acquisition)
    write_reference(reference, folder)
    return reference, [pydicom.dcmread(path) for path in sorted((folder / "dicom").iterdir())]


@pytest.mark.parametrize("acquisition", [SMALL, OBLIQUE], ids=["12 bits", "16 bits, oblique, prone"])
def test_files_read_back_equal_in_values_and_geometry(tmp_path, acquisition):
    reference, slices = written(tmp_path, acquisition)
    hu = np.stack([s.pixel_array * float(s.RescaleSlope) + float(s.RescaleIntercept) for s in slices])
    assert np.array_equal(hu, reference.volume.layout.to_source(reference.volume.values))
    for k, dataset in enumerate(slices):
        assert np.allclose(dataset.ImagePositionPatient, acquisition.grid.to_patient((k, 0, 0)), atol=1e-6)
    columns_go, rows_go = np.reshape(slices[0].ImageOrientationPatient, (2, 3)).astype(float)
    corner = np.array(slices[0].ImagePositionPatient, dtype=float)
    spacing = [float(s) for s in slices[0].PixelSpacing]
    assert np.allclose(corner + 5 * spacing[0] * rows_go, acquisition.grid.to_patient((0, 5, 0)), atol=1e-6)
    assert np.allclose(corner + 7 * spacing[1] * columns_go, acquisition.grid.to_patient((0, 0, 7)), atol=1e-6)
    assert float(slices[0].SliceThickness) == acquisition.slice_thickness_mm


def test_headers_say_phantom_and_how_it_was_acquired(tmp_path):
    _, slices = written(tmp_path)
    first = slices[0]
    assert (str(first.PatientName), first.PatientID) == ("CALCIMETER^PHANTOM", "CALCIMETER")
    assert first.QualityControlImage == "YES"
    assert list(first.ImageType) == ["ORIGINAL", "PRIMARY", "AXIAL"]
    assert (float(first.KVP), first.ConvolutionKernel, first.PatientPosition) == (120.0, "STANDARD", "HFS")
    assert len({s.SOPInstanceUID for s in slices}) == len(slices)
    assert len({s.SeriesInstanceUID for s in slices}) == 1


def test_the_same_object_gives_the_same_bytes(tmp_path, monkeypatch):
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    digests = []
    for name in ("first", "second"):
        write_reference(scan(scene_of("layered"), SMALL), tmp_path / name)
        files = sorted(p for p in (tmp_path / name).rglob("*") if p.is_file())
        digests.append([hashlib.sha256(p.read_bytes()).hexdigest() for p in files])
    assert digests[0] == digests[1]


def test_source_date_epoch_rules_the_dates(tmp_path, monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1000000000")
    _, slices = written(tmp_path)
    assert slices[0].StudyDate == "20010909"


def test_another_acquisition_is_another_series(tmp_path):
    _, first = written(tmp_path / "first")
    _, second = written(tmp_path / "second", replace(SMALL, seed=7))
    assert first[0].SeriesInstanceUID != second[0].SeriesInstanceUID


def test_truth_is_written_as_plain_json(tmp_path):
    reference, _ = written(tmp_path)
    truth = json.loads((tmp_path / "truth.json").read_text(encoding="utf-8"))
    assert truth["schema"] == "calcimeter.truth/1"
    assert truth["acquisition"]["position"] == "HFS"
    assert truth["lesions"][0]["volume_mm3"] == pytest.approx(reference.truth["lesions"][0]["volume_mm3"], rel=1e-6)
    assert truth["lesions"][0]["fluid_level"]["state"] == "present"


def test_a_folder_that_holds_a_scan_is_refused(tmp_path):
    written(tmp_path)
    with pytest.raises(OutputExists):
        written(tmp_path)


@pytest.mark.parametrize("acquisition", [SMALL, OBLIQUE], ids=["12 bits", "16 bits, oblique, prone"])
def test_dciodvfy_finds_no_error(tmp_path, acquisition):
    written(tmp_path, acquisition)
    for path in ("IM0001.dcm", "IM0012.dcm"):
        assert errors_of(tmp_path / "dicom" / path) == []
