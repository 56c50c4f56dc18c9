"""However a scan lies in space, is scaled, padded, coded and named, every voxel keeps its HU and its place."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import numpy.typing as npt
from ct_files import TO_RAS, Scan, dicom_slice, save
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from pydicom.dataset import Dataset
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGLSLossless,
    RLELossless,
)
from pydicom.valuerep import DSfloat

from calcimeter.load.study import load_study, study_from_array
from calcimeter.model.study import CTStudy

PLACE_MM = 1e-3

Affine = npt.NDArray[np.float64]
Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Storage:
    """How the values of a series are stored."""

    signed: bool
    bits: int
    padded: bool
    syntax: str
    scales: tuple[tuple[float, float], ...]
    """Slope and intercept of the slices in turn."""

    def low_high(self) -> tuple[int, int]:
        return (-(1 << self.bits - 1), 1 << self.bits - 1) if self.signed else (0, 1 << self.bits)


def turn(degrees: tuple[float, float, float]) -> Affine:
    """A rotation about the three axes of the patient in turn."""
    (ca, cb, cc), (sa, sb, sc) = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    about_x = np.array([[1, 0, 0], [0, ca, -sa], [0, sa, ca]])
    about_y = np.array([[cb, 0, sb], [0, 1, 0], [-sb, 0, cb]])
    about_z = np.array([[cc, -sc, 0], [sc, cc, 0], [0, 0, 1]])
    turned: Affine = about_x @ about_y @ about_z
    return turned


@st.composite
def affines(draw: st.DrawFn) -> Affine:
    """Axes in any order and direction, right-handed or left-handed, straight or oblique; index to LPS mm."""
    signs = draw(st.tuples(*[st.sampled_from((-1, 1))] * 3))
    axes = np.eye(3)[list(draw(st.permutations(range(3))))] * signs
    angles = st.one_of(st.just(0.0), st.floats(-40, 40).map(lambda x: round(x, 2)))
    spacings = st.sampled_from((0.48828125, 0.703125, 0.976562, 0.625, 1.25, 2.5, 3.27, 5.0))
    affine = np.eye(4)
    affine[:3, :3] = (
        turn(draw(st.tuples(angles, angles, angles))) @ axes * draw(st.tuples(spacings, spacings, spacings))
    )
    decimals = draw(st.integers(0, 6))
    affine[:3, 3] = draw(st.tuples(*[st.floats(-1500, 1500).map(lambda x: round(x, decimals))] * 3))
    return affine


whole = st.tuples(st.sampled_from((1.0, 1.0, 2.0, -1.0)), st.sampled_from((-1024.0, -1000.0, -8192.0)))
fractional = st.tuples(st.sampled_from((0.5, 0.37, 1.000061, 2.0)), st.sampled_from((-1024.0, -1024.5, -1000.333333)))
scalings = st.one_of(
    whole.map(lambda one: (one,)),
    st.tuples(whole, whole, whole),
    fractional.map(lambda one: (one,)),
    st.tuples(fractional, fractional, whole),
)
storages = st.builds(
    Storage,
    signed=st.booleans(),
    bits=st.sampled_from((12, 16)),
    padded=st.booleans(),
    syntax=st.sampled_from(
        (
            ExplicitVRLittleEndian,
            ImplicitVRLittleEndian,
            ExplicitVRBigEndian,
            DeflatedExplicitVRLittleEndian,
            RLELossless,
            JPEG2000Lossless,
            JPEGLSLossless,
        )
    ),
    scales=scalings,
)
shapes = st.tuples(st.integers(3, 6), st.integers(3, 7), st.integers(3, 7))
images = st.tuples(st.integers(3, 6), st.integers(33, 36), st.integers(33, 36))
"""JPEG 2000 needs so many pixels."""

seeds = st.integers(0, 1000)


def assert_every_voxel_in_its_place(study: CTStudy, hu: Array, affine: Affine) -> None:
    """Each source voxel, sought by its position, has its value; asks nothing of how the loader sees the grid."""
    index = np.indices(hu.shape).reshape(3, -1).T
    places_mm = index @ affine[:3, :3].T + affine[:3, 3]
    grid, values = study.volume.grid, study.volume.values
    found = np.rint(grid.to_index(places_mm)).astype(int)

    assert np.abs(grid.to_patient(found) - places_mm).max() < PLACE_MM
    assert np.array_equal(values[tuple(found.T)], hu.ravel().astype(values.dtype))
    assert values.size == hu.size
    assert values.dtype == (np.int16 if np.array_equal(hu, np.rint(hu)) and np.abs(hu).max() < 32_768 else np.float32)
    assert (np.abs(grid.affine[:3, :3] / grid.spacing_mm)[[2, 1, 0], [0, 1, 2]] > 0.1).all()


@settings(max_examples=150)
@given(affine=affines(), storage=storages, shape=images, seed=seeds)
def test_a_series_keeps_every_value_in_its_place(affine, storage, shape, seed) -> None:
    padding_hu = [storage.low_high()[0] * slope + intercept for slope, intercept in storage.scales]
    assume(not storage.padded or all(hu <= -900 or hu > 3071 for hu in padding_hu))  # else it may be tissue
    random = np.random.default_rng(seed)
    stored, hu = _stored(storage, shape, random)
    with TemporaryDirectory() as name:
        for file, k in enumerate(random.permutation(shape[0])):
            _save(_slice(storage, stored[k], affine, int(k)), Path(name) / f"{file}")
        study = load_study(Path(name))

    assert_every_voxel_in_its_place(study, hu, affine)


@settings(max_examples=150)
@given(affine=affines(), shape=shapes, seed=seeds, dtype=st.sampled_from("bhilefd"), version=st.sampled_from((1, 2)))
def test_a_nifti_keeps_every_value_in_its_place(affine, shape, seed, dtype, version) -> None:
    import nibabel

    hu = _values(np.random.default_rng(seed), shape, dtype)
    kind = nibabel.Nifti1Image if version == 1 else nibabel.Nifti2Image
    with TemporaryDirectory() as name:
        image = kind(hu.astype(np.float32) if dtype in "le" else hu, TO_RAS @ affine)
        nibabel.save(image, Path(name) / "a.nii")
        study = load_study(Path(name) / "a.nii")

    assert_every_voxel_in_its_place(study, hu, affine)


@settings(max_examples=150)
@given(
    affine=affines(),
    shape=shapes,
    seed=seeds,
    dtype=st.sampled_from("bhilfd"),
    encoding=st.sampled_from(("raw", "gzip", "bzip2", "ascii")),
    space=st.sampled_from(("LPS", "RAS", "LAS", "right-anterior-superior", "left-posterior-superior")),
)
def test_an_nrrd_keeps_every_value_in_its_place(affine, shape, seed, dtype, encoding, space) -> None:
    import nrrd

    hu = _values(np.random.default_rng(seed), shape, dtype)
    initials = "".join(word[0] for word in space.split("-")).upper() if "-" in space else space
    signs = [1 if letter in "LPS" else -1 for letter in initials]
    header = {
        "space": space,
        "space directions": affine[:3, :3].T * signs,
        "space origin": affine[:3, 3] * signs,
        "encoding": encoding,
    }
    with TemporaryDirectory() as name:
        nrrd.write(str(Path(name) / "a.nrrd"), hu, header)
        study = load_study(Path(name) / "a.nrrd")

    assert_every_voxel_in_its_place(study, hu, affine)


@settings(max_examples=150)
@given(affine=affines(), shape=shapes, seed=seeds, dtype=st.sampled_from("bhilefd"))
def test_an_array_keeps_every_value_in_its_place(affine, shape, seed, dtype) -> None:
    hu = _values(np.random.default_rng(seed), shape, dtype)

    assert_every_voxel_in_its_place(study_from_array(hu, affine), hu, affine)


def _values(random: np.random.Generator, shape: tuple[int, ...], dtype: str) -> Array:
    """HU that a type can hold, with fractions where it has any; some below 0, for a scan holds air."""
    kind = np.dtype(dtype)
    low, high = (-128, 128) if kind.itemsize == 1 else (-1024, 2000)
    hu = random.integers(low, high, shape).astype(kind)
    hu[0, 0, 0] = -100
    return hu + kind.type(0.25) if kind.kind == "f" and random.random() < 0.5 else hu


def _stored(storage: Storage, shape: tuple[int, int, int], random: np.random.Generator) -> tuple[Array, Array]:
    """Stored values and their HU; padding is air."""
    low, high = storage.low_high()
    stored = random.integers(low + 1, high, shape)
    stored[0, 0, :2] = low + 1, high - 1  # whichever way the scale runs, one lies below 0 HU
    scales = np.array([storage.scales[k % len(storage.scales)] for k in range(shape[0])])
    hu = stored * scales[:, 0, None, None] + scales[:, 1, None, None]
    if storage.padded:
        padding = random.random(shape) < 0.1
        padding[0, 0, :2] = False
        stored[padding], hu[padding] = low, -1024
    return stored, hu


def _slice(storage: Storage, stored: Array, affine: Affine, k: int) -> Dataset:
    """One slice of a series, its decimals cut to what DICOM holds."""
    plain = np.eye(4)
    plain[:3, :3] = plain[:3, [2, 1, 0]]
    dataset = dicom_slice(Scan(np.zeros((k + 1, *stored.shape), dtype=np.int16), plain), k)
    steps = affine[:3, :3]
    lengths = np.linalg.norm(steps, axis=0)
    directions = steps / lengths
    dataset.ImagePositionPatient = _decimals(affine[:3, 3] + k * steps[:, 0])
    dataset.ImageOrientationPatient = _decimals((*directions[:, 2], *directions[:, 1]))
    dataset.PixelSpacing = _decimals(lengths[1:])
    dataset.RescaleSlope, dataset.RescaleIntercept = storage.scales[k % len(storage.scales)]
    dataset.BitsStored, dataset.HighBit = storage.bits, storage.bits - 1
    dataset.PixelRepresentation = int(storage.signed)
    if storage.padded:
        dataset.add_new("PixelPaddingValue", "SS" if storage.signed else "US", storage.low_high()[0])
    order = ">" if storage.syntax == ExplicitVRBigEndian else "<"
    dataset.PixelData = stored.astype(f"{order}{'i' if storage.signed else 'u'}2").tobytes()
    if storage.syntax in (RLELossless, JPEG2000Lossless, JPEGLSLossless):
        dataset.compress(storage.syntax, generate_instance_uid=False)
    dataset.file_meta.TransferSyntaxUID = storage.syntax
    return dataset


def _decimals(numbers: Any) -> list[DSfloat]:
    return [DSfloat(float(number), auto_format=True) for number in numbers]


def _save(dataset: Dataset, path: Path) -> None:
    syntax = dataset.file_meta.TransferSyntaxUID
    if syntax in (ImplicitVRLittleEndian, ExplicitVRBigEndian):
        little = syntax == ImplicitVRLittleEndian
        dataset.save_as(path, implicit_vr=little, little_endian=little, enforce_file_format=True)
    else:
        save(dataset, path)
