"""The numbers of a scan as another reader has them: SimpleITK where it reads the input, else pydicom and NumPy."""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pydicom

from calcimeter.model.study import CTStudy

NEAR_MM = 0.01
PIXELS = ("PixelData", "FloatPixelData", "DoubleFloatPixelData")
Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Reading:
    """A scan by another reader: values in HU, where a voxel lies (index to LPS mm), and what is padding."""

    reader: str
    hu: Array
    place_mm: Callable[[tuple[int, ...]], Array]
    padding: Array


def disagreement(study: CTStudy, source: Path, dicom: dict[str, Path]) -> tuple[str, str]:
    """The other reader's name, and how its numbers differ, "" where they don't.

    Parameters
    ----------
    study : CTStudy
    source : Path
        What was loaded.
    dicom : dict
        SOP instance UID -> file, of the input's DICOM files.
    """
    reading = _read(study, source, dicom)
    grid = study.volume.grid
    for corner in product(*[(0, n - 1) for n in reading.hu.shape]):
        place_mm = reading.place_mm(corner)
        found = np.rint(grid.to_index(place_mm))
        off_mm = float(np.linalg.norm(grid.to_patient(found) - place_mm))
        if off_mm > NEAR_MM or not all(0 <= i < n for i, n in zip(found, grid.shape, strict=True)):
            return reading.reader, f"a corner lies {off_mm:.3f} mm off"
    ours, theirs = study.volume.values, _in_order_of(study, reading, reading.hu)
    differ = (ours != theirs.astype(ours.dtype)) & ~_in_order_of(study, reading, reading.padding)
    count = int(np.count_nonzero(differ))
    return reading.reader, f"{count} of {differ.size} values differ" if count else ""


def _in_order_of(study: CTStudy, reading: Reading, values: Array) -> Array:
    """Values of the other reader in analyzed order, by where the ends of its axes lie."""
    grid = study.volume.grid
    first = grid.to_index(reading.place_mm((0, 0, 0)))
    axes, flips = [], []
    for axis in range(3):
        step = grid.to_index(reading.place_mm(tuple(int(axis == a) for a in range(3)))) - first
        axes.append(int(np.argmax(np.abs(step))))
        flips.append(step[axes[-1]] < 0)
    turned = values[tuple(slice(None, None, -1) if flip else slice(None) for flip in flips)]
    return np.transpose(turned, np.argsort(axes))


def _read(study: CTStudy, source: Path, dicom: dict[str, Path]) -> Reading:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if study.source_format != "dicom":
            return _by_simpleitk([source], padding=None)
        headers = [pydicom.dcmread(io.BytesIO(header), force=True) for header in study.headers]
        files = [dicom[str(header.SOPInstanceUID)] for header in headers]
        datasets = [pydicom.dcmread(path, force=True) for path in files]
        if study.frames:
            return _of_frames(datasets[0], study.frames)
        by_pydicom = _of_slices(datasets)
        try:
            return _by_simpleitk(files, by_pydicom.padding)
        except RuntimeError:  # GDCM does not read it
            return by_pydicom


def _by_simpleitk(files: list[Path], padding: Array | None) -> Reading:
    """A NIfTI, an NRRD, or slices in order."""
    import SimpleITK as sitk  # noqa: N813

    sitk.ProcessObject.SetGlobalWarningDisplay(False)  # noqa: FBT003
    if len(files) == 1:
        image = sitk.ReadImage(str(files[0]))
    else:
        reader = sitk.ImageSeriesReader()
        reader.SetFileNames([str(path) for path in files])
        image = reader.Execute()

    def place_mm(index: tuple[int, ...]) -> Array:
        return np.array(image.TransformIndexToPhysicalPoint(index[::-1]))

    hu = sitk.GetArrayFromImage(image)
    return Reading("SimpleITK", hu, place_mm, np.zeros(hu.shape, dtype=bool) if padding is None else padding)


def _of_slices(datasets: list[Any]) -> Reading:
    """Single-frame files in the order of the stack."""
    planes = [_plane(one.pixel_array, float(one.RescaleSlope), float(one.RescaleIntercept)) for one in datasets]
    padding = [_padding(one, one.pixel_array) for one in datasets]
    positions = np.array([one.ImagePositionPatient for one in datasets], dtype=float)
    return _stacked("pydicom", planes, padding, positions, datasets[0])


def _of_frames(dataset: Any, frames: tuple[int, ...]) -> Reading:
    """The frames of a multi-frame file in the order of the stack."""
    groups = [
        {**_items(dataset.SharedFunctionalGroupsSequence[0]), **_items(dataset.PerFrameFunctionalGroupsSequence[f - 1])}
        for f in frames
    ]
    pixels = dataset.pixel_array
    planes, padding = [], []
    for frame, group in zip(frames, groups, strict=True):
        scale = group["PixelValueTransformationSequence"]
        planes.append(_plane(pixels[frame - 1], float(scale.RescaleSlope), float(scale.RescaleIntercept)))
        padding.append(_padding(dataset, pixels[frame - 1]))
    positions = np.array([group["PlanePositionSequence"].ImagePositionPatient for group in groups], dtype=float)
    geometry = pydicom.Dataset()
    geometry.ImageOrientationPatient = groups[0]["PlaneOrientationSequence"].ImageOrientationPatient
    geometry.PixelSpacing = groups[0]["PixelMeasuresSequence"].PixelSpacing
    return _stacked("pydicom", planes, padding, positions, geometry)


def _items(group: Any) -> dict[str, Any]:
    """The functional groups of one item."""
    return {element.keyword: element.value[0] for element in group if element.VR == "SQ" and element.value}


def _plane(stored: Array, slope: float, intercept: float) -> Array:
    hu: Array = stored.astype(np.float64) * slope + intercept
    return hu


def _padding(dataset: Any, stored: Array) -> Array:
    """Pixels outside the scanner's field, whichever sign the padding value is written with."""
    value = dataset.get("PixelPaddingValue")
    if value is None:
        return np.zeros(stored.shape, dtype=bool)
    limit = dataset.get("PixelPaddingRangeLimit", value)
    low, high = sorted(int(np.int64(end).astype(stored.dtype)) for end in (value, limit))
    return np.asarray((stored >= low) & (stored <= high))


def _stacked(reader: str, planes: list[Array], padding: list[Array], positions: Array, geometry: Any) -> Reading:
    """Slices as an array; a voxel's place comes from its own slice's position."""
    columns, rows = np.array(geometry.ImageOrientationPatient, dtype=float).reshape(2, 3)
    row_mm, column_mm = (float(spacing) for spacing in geometry.PixelSpacing)

    def place_mm(index: tuple[int, ...]) -> Array:
        k, i, j = index
        place: Array = positions[k] + i * row_mm * rows + j * column_mm * columns
        return place

    return Reading(reader, np.stack(planes), place_mm, np.stack(padding))
