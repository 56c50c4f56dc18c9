"""A label map of bones and organs that another program made -> bones and organs on the analyzed grid."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from calcimeter.errors import GeometryError, UnsupportedStudy, UsageError
from calcimeter.load.class_numbers import VALUES, Legend, Places, choose_legend
from calcimeter.load.outlines import TIE, label_array, segment_places
from calcimeter.load.volume_file import is_volume_file, open_volume_file, volume_format
from calcimeter.model.anatomy import LabelMap
from calcimeter.model.grid import FloatArray, Grid, Layout
from calcimeter.model.study import CTStudy
from calcimeter.model.volume import Volume

SAMPLES = 500_000
"""Voxels at which map and scan are compared, about."""

DENSE_HU = 200.0
"""Cortex and most trabecular bone of adults exceed it; muscle, and organs without contrast medium, do not."""

MIN_COVER = 0.95
"""Share of the scan's dense voxels that must lie in the map's grid: a map is made of the whole scan, and only a crop to
the body, which leaves out the table, is usual."""

ASIDE_MM = 8.0
"""How far the map is moved to see whether it fits better elsewhere: less than a vertebra, more than a voxel."""

MAX_VOXELS = 2**31
"""No scan has more: 4 GB of labels."""

UNMOVED = 1e-4
"""Voxels by which an index may change over the whole array and still count as unchanged."""


@dataclass(frozen=True, slots=True, eq=False)
class _Stored:
    """A map as it lies in its file: values by index, where they lie, and the names that the file gives to values."""

    values: npt.NDArray[np.uint16]
    grid: Grid
    names: dict[int, str]


def load_label_map(path: Path, study: CTStudy) -> LabelMap:
    """Bones and organs of a label map, on the analyzed grid of a study, by nearest neighbor.

    Parameters
    ----------
    path : Path
        NIfTI or NRRD (.seg.nrrd too) label map, or DICOM SEG, on any grid that covers the scan. Its classes are those
        of TotalSegmentator or MOOSE: by name where the file names them, else by number, and then the numbering is the
        one whose bones lie in what is dense in the scan.
    study : CTStudy

    Returns
    -------
    LabelMap
        Without the classes that have no name here, such as a face.

    Raises
    ------
    UsageError
        There is no such file, or it is a folder.
    UnreadableInput
        It is no label map, or damaged.
    UnsupportedStudy
        Its classes are not known, hold no bone, or could be those of two numberings.
    GeometryError
        It does not cover the scan, its bones are not where the scan has bone, or its left is the patient's right.
    """
    path = Path(path)
    if path.is_dir():
        raise UsageError("met a folder, expected a label map in one file; TotalSegmentator writes one with --ml")
    if not path.is_file():
        raise UsageError("the label map does not exist; check its name")
    stored = _read(path, study)
    present = np.zeros(VALUES, dtype=bool)
    for k in range(stored.values.shape[2]):
        present[stored.values[..., k]] = True
    if not present[1:].any():
        raise UnsupportedStudy("met a label map without a labeled voxel, expected bones; make it again")
    places = _places(stored, study.volume)
    legend = choose_legend(stored.names, map(int, np.flatnonzero(present)), places)
    return _on_grid(stored, study.volume, legend)


def _read(path: Path, study: CTStudy) -> _Stored:
    """The file's values and names."""
    if not is_volume_file(path):
        return _from_segmentation(path, study)
    if volume_format(path) == "nrrd":
        return _from_nrrd(path)
    from calcimeter.load.nifti import label_names

    stored = open_volume_file(path)
    return _Stored(label_array(stored), stored.grid, label_names(path))


def _from_nrrd(path: Path) -> _Stored:
    """An NRRD; where Slicer's segments overlap, which then lie in layers, the later layer is taken."""
    from calcimeter.load.volume_nrrd import open_nrrd

    file = open_nrrd(path, layered=True)
    labels = label_array(file.stored, file.layers)
    segments = segment_places(file.keys)
    if not segments:
        return _Stored(labels if file.layers is None else labels.max(axis=0), file.stored.grid, {})
    layers = labels if file.layers is not None else labels[None]
    values = np.zeros(file.stored.grid.shape, dtype=np.uint16, order="F")
    for layer, own in enumerate(layers):
        numbers = np.zeros(VALUES, dtype=np.uint16)
        for number, (place, value) in segments.items():
            if place == layer:
                numbers[value] = number
        for k in range(own.shape[2]):
            taken = numbers[own[..., k]]
            np.copyto(values[..., k], taken, where=taken > 0)
    names = {number: str(file.keys.get(f"Segment{k}_Name", "")) for k, number in enumerate(segments)}
    return _Stored(values, file.stored.grid, names)


def _from_segmentation(path: Path, study: CTStudy) -> _Stored:
    """A DICOM SEG."""
    from calcimeter.load.segmentation import read_segmentation

    outlines = read_segmentation(path, study)
    if not outlines:
        raise UnsupportedStudy("met a DICOM SEG without a segment, expected bones; make it again")
    grid = outlines[0].grid
    if math.prod(grid.shape) > MAX_VOXELS:
        raise UnsupportedStudy("met a DICOM SEG whose frames lie too far apart for one volume; make it from this scan")
    values = np.zeros(grid.shape, dtype=np.uint16)
    for outline in outlines:
        values[outline.region.slices][outline.region.mask] = outline.number
    return _Stored(values, grid, {outline.number: outline.name for outline in outlines if outline.name})


def _places(stored: _Stored, volume: Volume) -> Places:
    """Scan and map at evenly spread voxels; refused where the map does not cover the scan."""
    step = max(1, round((volume.values.size / SAMPLES) ** (1 / 3)))
    values = volume.values[::step, ::step, ::step]
    index = np.stack(np.meshgrid(*(np.arange(n) * step for n in values.shape), indexing="ij"), axis=-1).reshape(-1, 3)
    points_mm = volume.grid.to_patient(index)
    dense = (values > DENSE_HU).ravel()
    _check_cover(stored.grid, points_mm[dense])
    moves = ASIDE_MM * np.concatenate([np.eye(3), -np.eye(3)])
    aside = np.stack([_at(stored, points_mm + move) for move in moves])
    return Places(points_mm, dense, _at(stored, points_mm), aside)


def _check_cover(grid: Grid, dense_mm: FloatArray) -> None:
    """Refuse a map of a part of the scan, or of none of it."""
    place = grid.to_index(dense_mm)
    inside = ((place >= -1) & (place <= grid.shape)).all(axis=-1)
    cover = float(np.mean(inside)) if len(dense_mm) else 1.0
    if cover < MIN_COVER:
        raise GeometryError(
            f"met a label map that covers {cover:.0%} of what is dense in the scan, expected all of it; make it from"
            " this whole scan"
        )


def _at(stored: _Stored, points_mm: FloatArray) -> npt.NDArray[np.uint16]:
    """Values of the voxels nearest to points; 0 beyond the border."""
    index = np.floor(stored.grid.to_index(points_mm) + 0.5 + TIE).astype(np.intp)
    inside = ((index >= 0) & (index < stored.grid.shape)).all(axis=1)
    values = np.zeros(len(index), dtype=np.uint16)
    values[inside] = stored.values[tuple(index[inside].T)]
    return values


def _on_grid(stored: _Stored, volume: Volume, legend: Legend) -> LabelMap:
    """The map's parts on the analyzed grid."""
    parts = tuple(dict.fromkeys(legend.parts.values()))
    numbers = np.zeros(VALUES, dtype=np.uint8)
    for value, part in legend.parts.items():
        numbers[value] = 1 + parts.index(part)
    labels = np.empty(volume.grid.shape, dtype=np.uint8)
    layout = Layout.of(stored.grid)
    if layout.analyzed_grid().matches(volume.grid):
        for k, plane in enumerate(layout.from_source(stored.values)):
            labels[k] = numbers[plane]
    else:
        back = np.linalg.inv(stored.grid.affine) @ volume.grid.affine
        for k in range(len(labels)):
            labels[k] = numbers[_slice(stored.values, back, k, volume.grid.shape)]
    return LabelMap(labels, parts, volume.grid, legend.source)


def _slice(
    values: npt.NDArray[np.uint16], back: FloatArray, k: int, shape: tuple[int, int, int]
) -> npt.NDArray[np.uint16]:
    """One slice of the analyzed grid, whose index ``back`` takes to that of the map.

    Where the grids are parallel each index of the map follows from row or column alone, and is worked out once for it.
    """
    steps = (np.arange(shape[1])[:, None], np.arange(shape[2])[None, :])
    nearest, inside = [], np.ones((1, 1), dtype=bool)
    for axis in range(3):
        place = np.full((1, 1), back[axis, 3] + back[axis, 0] * k)
        for step, weight in zip(steps, back[axis, 1:3], strict=True):
            if abs(weight) * step.size > UNMOVED:
                place = place + weight * step
        index = np.floor(place + 0.5 + TIE).astype(np.intp)
        inside = inside & (index >= 0) & (index < values.shape[axis])
        nearest.append(np.clip(index, 0, values.shape[axis] - 1))
    found: npt.NDArray[np.uint16] = np.where(inside, values[tuple(nearest)], 0)
    return found
