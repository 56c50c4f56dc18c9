"""The same scan in any container gives the same values, the same place and the same analysis, to the last digit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from ct_files import TO_RAS, Scan, write_dicom, write_nifti, write_nrrd

import calcimeter
from calcimeter.load.study import load_study, study_from_array
from calcimeter.model.study import CTStudy
from calcimeter.phantom import write_phantom
from calcimeter.report.record import analysis_record

Affine = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Geometry:
    """What a scanner writes: decimals."""

    pixel_mm: float
    step_mm: float
    origin_mm: tuple[float, float, float]
    turned_deg: tuple[float, float] = (0.0, 0.0)

    def affine(self) -> Affine:
        """Slices, rows, columns to LPS, direction cosines written with six decimals as scanners do."""
        (ca, cb), (sa, sb) = np.cos(np.radians(self.turned_deg)), np.sin(np.radians(self.turned_deg))
        turn = np.array([[1, 0, 0], [0, ca, -sa], [0, sa, ca]]) @ np.array([[cb, 0, sb], [0, 1, 0], [-sb, 0, cb]])
        columns, rows = turn[:, 0].round(6), turn[:, 1].round(6)
        slices = np.cross(columns, rows)
        affine = np.eye(4)
        affine[:3, :3] = np.stack([slices * self.step_mm, rows * self.pixel_mm, columns * self.pixel_mm], axis=1)
        affine[:3, 3] = self.origin_mm
        return affine


def half_field(pixel_mm: float) -> float:
    """Where a scanner puts the first of 512 pixels of a field centered on its axis, with all of its decimals."""
    return -256 * pixel_mm + pixel_mm / 2


TYPICAL = [
    Geometry(0.703125, 0.625, (-180.0, -180.0, -612.5)),
    Geometry(0.703125, 1.25, (half_field(0.703125), half_field(0.703125), 1203.75)),
    Geometry(0.9765625, 5.0, (half_field(0.9765625), half_field(0.9765625) - 140.5, -95.5)),
    Geometry(0.976562, 3.27, (-249.512, -249.512, -268.71)),
    Geometry(0.976562, 2.5, (-250.0, -238.4, 33.02)),
    Geometry(0.48828125, 0.625, (-124.75585938, -301.75585938, -1048.375)),
    Geometry(0.8203125, 1.25, (-198.1, -210.0, 7.25)),
    Geometry(0.783203, 3.0, (-200.12, -187.5, -1500.4)),
    Geometry(0.703125, 2.5, (-180.0, -172.3, 51.25), (4.0, 0.0)),
    Geometry(0.976562, 1.25, (-249.512, -251.03, -88.125), (-2.5, 3.0)),
    Geometry(0.48828125, 5.0, (-125.0, -99.9, 212.7), (12.0, -1.0)),
]
MANY_DECIMALS = [
    Geometry(0.703125, 1.25, (-179.648437, -179.6484, 1203.7512)),
    Geometry(0.976562, 3.27, (-249.51171875, -248.02734, -268.7103)),
    Geometry(0.48828125, 2.5, (-124.75585938, -101.1234567, 88.87654321), (3.0, 2.0)),
]


def made(geometry: Geometry, shape: tuple[int, int, int] = (4, 512, 24)) -> Scan:
    """Noise on a grid with as many rows as a scanner has: turning them about costs the most digits."""
    hu = np.random.default_rng(7).integers(-1024, 3072, shape).astype(np.int16)
    return Scan(hu, geometry.affine())


def converted(scan: Scan, dicom: Path) -> Scan:
    """The array that a converter takes from the files: the grid is worked out from what they say in decimals."""
    volume = load_study(write_dicom(dicom, scan)).volume
    return Scan(np.ascontiguousarray(volume.layout.to_source(volume.values)), np.array(volume.layout.grid.affine))


def turned(scan: Scan, flips: tuple[int, ...]) -> Scan:
    """The same scan with axes in the other direction."""
    hu, affine = scan.hu, scan.affine.copy()
    for axis in flips:
        affine[:3, 3] += affine[:3, axis] * (hu.shape[axis] - 1)
        affine[:3, axis] *= -1
        hu = np.flip(hu, axis)
    return Scan(np.ascontiguousarray(hu), affine)


def with_qform(path: Path, scan: Scan) -> Path:
    """As written by programs that know of rotations only."""
    import nibabel

    image = nibabel.Nifti1Image(scan.hu.transpose(2, 1, 0), TO_RAS @ scan.affine[:, [2, 1, 0, 3]])
    image.set_qform(image.affine, 1)
    nibabel.save(image, path)
    return path


CONTAINERS: dict[str, Callable[[Path, Scan], CTStudy]] = {
    "int16 NIfTI": lambda to, scan: load_study(write_nifti(to / "a.nii", scan)),
    "float32 NIfTI": lambda to, scan: load_study(write_nifti(to / "b.nii", scan, np.float32)),
    "packed NIfTI": lambda to, scan: load_study(write_nifti(to / "c.nii.gz", scan)),
    "packed float32 NIfTI": lambda to, scan: load_study(write_nifti(to / "d.nii.gz", scan, np.float32)),
    "NIfTI with both forms": lambda to, scan: load_study(with_qform(to / "e.nii", scan)),
    "NRRD in LPS": lambda to, scan: load_study(write_nrrd(to / "f.nrrd", scan)),
    "NRRD in RAS": lambda to, scan: load_study(write_nrrd(to / "g.nrrd", scan, "RAS", encoding="raw")),
    "array": lambda to, scan: study_from_array(scan.hu, scan.affine),
    "float64 array": lambda to, scan: study_from_array(scan.hu.astype(np.float64), scan.affine),
}
FLIPPED = {"as dcm2niix writes it": (1,), "RAS+": (1, 2), "from the head down": (0,), "all turned": (0, 1, 2)}


@pytest.mark.parametrize("geometry", [*TYPICAL, *MANY_DECIMALS], ids=str)
def test_every_container_gives_bit_identical_values_place_and_digest(tmp_path, geometry) -> None:
    scan = made(geometry, (4, 96, 24))
    source = converted(scan, tmp_path / "dicom")
    original = load_study(tmp_path / "dicom")
    assert np.array_equal(original.volume.values, scan.hu)

    for name, load in CONTAINERS.items():
        _assert_same(load(tmp_path, source), original, name)


@pytest.mark.parametrize("geometry", TYPICAL, ids=str)
@pytest.mark.parametrize("flips", FLIPPED.values(), ids=FLIPPED)
def test_axes_turned_about_by_a_converter_change_no_digit(tmp_path, geometry, flips) -> None:
    source = converted(made(geometry), tmp_path / "dicom")
    original = load_study(tmp_path / "dicom")
    other = turned(source, flips)

    _assert_same(load_study(write_nifti(tmp_path / "a.nii", other)), original, "NIfTI")
    _assert_same(load_study(write_nrrd(tmp_path / "a.nrrd", other, "RAS", encoding="raw")), original, "NRRD")


@pytest.mark.parametrize("geometry", MANY_DECIMALS, ids=str)
@pytest.mark.parametrize("flips", FLIPPED.values(), ids=FLIPPED)
def test_positions_finer_than_a_micrometer_differ_by_one_at_most(tmp_path, geometry, flips) -> None:
    """Where the border between two micrometers lies near, single precision can't tell on which side a position is."""
    source = converted(made(geometry), tmp_path / "dicom")
    original = load_study(tmp_path / "dicom").volume
    there = load_study(write_nifti(tmp_path / "a.nii", turned(source, flips))).volume

    assert np.array_equal(there.values, original.values)
    assert np.array_equal(there.grid.affine[:3, :3], original.grid.affine[:3, :3])
    assert np.abs(there.grid.affine - original.grid.affine).max() < 1.001e-3


def _assert_same(study: CTStudy, original: CTStudy, name: str) -> None:
    assert study.volume.values.dtype == original.volume.values.dtype, name
    assert np.array_equal(study.volume.values, original.volume.values), name
    assert np.array_equal(study.volume.grid.affine, original.volume.grid.affine), name
    assert study.input_sha256 == original.input_sha256, name


@pytest.fixture(scope="module")
def sphere(tmp_path_factory) -> tuple[Path, Scan]:
    """A phantom as a scanner writes it, and what a converter makes of it."""
    folder = tmp_path_factory.mktemp("sphere")
    write_phantom("sphere", folder)
    volume = load_study(folder / "dicom").volume
    return folder / "dicom", Scan(np.asarray(volume.layout.to_source(volume.values)), volume.layout.grid.affine)


@pytest.fixture(scope="module")
def of_dicom(sphere) -> dict[str, Any]:
    return numbers(sphere[0])


def numbers(path: Path) -> dict[str, Any]:
    """The analysis with the voltage and position that a NIfTI does not tell, without what names the container."""
    record = analysis_record(calcimeter.analyze(path, kvp=120.0, position="HFS"))
    names = {lesion.pop("tracking_uid") for lesion in record["lesions"]}
    assert len(names) == len(record["lesions"]) >= 1
    del record["study"], record["caveats"], record["status"]
    return record


@pytest.mark.parametrize("kind", ["NIfTI as dcm2niix writes it", "NRRD"])
def test_the_analysis_is_the_same_to_the_last_digit(tmp_path, sphere, of_dicom, kind) -> None:
    other = turned(sphere[1], (1,))
    if kind == "NRRD":
        path = write_nrrd(tmp_path / "a.nrrd", sphere[1], "RAS", encoding="raw")
    else:
        path = write_nifti(tmp_path / "a.nii", other, np.float32)

    assert numbers(path) == of_dicom


def test_the_flips_of_the_tests_are_real(tmp_path) -> None:
    scan = made(TYPICAL[0])
    signs = {tuple(np.sign(turned(scan, flips).affine[:3, :3].sum(axis=0))) for flips in FLIPPED.values()}

    assert len(signs) == len(FLIPPED)
    assert signs <= set(product((-1.0, 1.0), repeat=3)) - {(1.0, 1.0, 1.0)}
