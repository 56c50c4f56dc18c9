"""Label maps on the source grid: NIfTI for every program, .seg.nrrd with the keys of Slicer."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from calcimeter import __version__
from calcimeter.codes import ABNORMAL_STRUCTURE, CALCIFICATION
from calcimeter.model.grid import RAS_TO_LPS
from calcimeter.model.lesion import Category
from calcimeter.report.canvas import lesion_color
from calcimeter.report.gzip_planes import gzip_planes

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import numpy.typing as npt

    from calcimeter.model.analysis import CTAnalysis
    from calcimeter.model.grid import FloatArray, Index3
    from calcimeter.model.lesion import Lesion
    from calcimeter.model.study import CTStudy

    Labels = npt.NDArray[np.uint8] | npt.NDArray[np.uint16]


MOST_BYTES = 2**31
"""Of label maps or masks of lesions that overlap: what a small machine holds."""


def lesion_labels(lesions: Sequence[Lesion], shape: Index3) -> Labels:
    """Label map in analyzed order: each envelope with its lesion's id; where two overlap, the smaller shows.

    uint8 as long as the ids allow it.
    """
    highest = max((lesion.id for lesion in lesions), default=0)
    labels: Labels = np.zeros(shape, np.uint8) if highest < 256 else np.zeros(shape, np.uint16)
    for lesion in sorted(lesions, key=lambda x: (-x.deposit.envelope.voxels, x.id)):
        envelope = lesion.deposit.envelope
        labels[envelope.slices][envelope.mask] = lesion.id
    return labels


def write_nifti(labels: Labels, study: CTStudy, path: Path) -> None:
    """Write a label map in analyzed order as .nii.gz on the source grid.

    The array stands as in the source file; of a DICOM series, which has no such order, first column, then row, then
    slice. sform and qform both hold the affine.
    """
    array, affine = _image(labels, study)
    with path.open("wb") as file:
        file.writelines(gzip_planes(array, head=_nifti_header(array, affine)))


def write_seg_nrrd(analysis: CTAnalysis, path: Path) -> None:
    """Write the soft-tissue lesions as a .seg.nrrd that Slicer opens as a segmentation; without one, no segment.

    Lesions that share voxels stand in layers of their own, as Slicer writes overlapping segments: an axis in front.
    """
    lesions = analysis.of_category(Category.SOFT_TISSUE)
    study = analysis.study
    layers = _layers(lesions, study.volume.grid.shape)
    images = [_image(lesion_labels(layer, study.volume.grid.shape), study) for layer in layers]
    array: Labels = images[0][0] if len(images) == 1 else np.stack([image for image, _ in images])  # type: ignore[assignment]
    layer_of = {lesion.id: number for number, layer in enumerate(layers) for lesion in layer}
    segments = [
        line for index, lesion in enumerate(lesions) for line in _segment(index, lesion, study, layer_of[lesion.id])
    ]
    with path.open("wb") as file:
        file.write(("\n".join([*_nrrd_header(array, images[0][1]), *segments]) + "\n\n").encode("utf-8"))
        file.writelines(gzip_planes(array))


def _layers(lesions: Sequence[Lesion], shape: Index3) -> list[list[Lesion]]:
    """The lesions in layers within which none shares a voxel; one layer where all of them would fill the memory."""
    layers: list[list[Lesion]] = [[]]
    taken = [np.zeros(shape, dtype=bool)]
    for lesion in lesions:
        envelope = lesion.deposit.envelope
        free = next((k for k, used in enumerate(taken) if not (used[envelope.slices] & envelope.mask).any()), None)
        if free is None:
            if (len(layers) + 1) * math.prod(shape) > MOST_BYTES:
                return [list(lesions)]
            free = len(layers)
            layers.append([])
            taken.append(np.zeros(shape, dtype=bool))
        layers[free].append(lesion)
        taken[free][envelope.slices] |= envelope.mask
    return layers


def segment_name(lesion: Lesion) -> str:
    """What a person calls the segment: the reader's own name, or the id."""
    return lesion.deposit.label or f"Calcification {lesion.id}"


def _image(labels: Labels, study: CTStudy) -> tuple[Labels, FloatArray]:
    """The array (i, j, k) as an image file holds it, i fastest, and its affine to LPS."""
    source: Labels = study.volume.layout.to_source(labels)  # type: ignore[assignment]
    affine = study.volume.layout.grid.affine
    if study.source_format == "dicom":
        return source.transpose(2, 1, 0), affine[:, [2, 1, 0, 3]]
    return source, affine


def _nifti_header(array: Labels, affine: FloatArray) -> bytes:
    from nibabel.nifti1 import Nifti1Header

    header = Nifti1Header(endianness="<")
    header.set_data_dtype(array.dtype)
    header.set_data_shape(array.shape)
    header.set_qform(RAS_TO_LPS @ affine, code="scanner")
    header.set_sform(RAS_TO_LPS @ affine, code="scanner")
    header.set_xyzt_units("mm")
    header.set_intent("label", name="lesion or bone id")
    header["magic"] = b"n+1"
    header["vox_offset"] = 352
    header["descrip"] = f"calcimeter {__version__}".encode()
    block: bytes = header.binaryblock
    return block + bytes(4)  # no extension


def _nrrd_header(array: Labels, affine: FloatArray) -> list[str]:
    layered = array.ndim == 4
    directions = [*(["none"] if layered else []), *(_vector(affine[:3, axis]) for axis in range(3))]
    return [
        "NRRD0004",
        f"type: {'unsigned char' if array.dtype == np.uint8 else 'unsigned short'}",
        f"dimension: {array.ndim}",
        "space: left-posterior-superior",
        f"sizes: {' '.join(str(n) for n in array.shape)}",
        f"space directions: {' '.join(directions)}",
        f"kinds: {'list ' if layered else ''}domain domain domain",
        "endian: little",
        "encoding: gzip",
        f"space origin: {_vector(affine[:3, 3])}",
        "Segmentation_ContainedRepresentationNames:=Binary labelmap|",
        "Segmentation_MasterRepresentation:=Binary labelmap",
        "Segmentation_ReferenceImageExtentOffset:=0 0 0",
    ]


def _vector(values: FloatArray) -> str:
    return f"({','.join(repr(float(value) + 0.0) for value in values)})"


def _segment(index: int, lesion: Lesion, study: CTStudy, layer: int) -> list[str]:
    name = " ".join(segment_name(lesion).split())
    color = " ".join(f"{channel / 255:.6g}" for channel in lesion_color(lesion))
    keys = {
        "ID": lesion.tracking_uid,
        "Name": name,
        "NameAutoGenerated": "0",
        "LabelValue": str(lesion.id),
        "Layer": str(layer),
        "Color": color,
        "ColorAutoGenerated": "0",
        "Extent": " ".join(str(n) for n in _extent(lesion, study)),
        "Tags": f"Segmentation.Status:inprogress|TerminologyEntry:{_terminology()}|",
    }
    return [f"Segment{index}_{key}:={value}" for key, value in keys.items()]


def _terminology() -> str:
    """Category and type of the segment as Slicer writes them; no modifier, no region."""
    category, kind = (f"{c.scheme}^{c.value}^{c.meaning}" for c in (ABNORMAL_STRUCTURE, CALCIFICATION))
    context = "Segmentation category and type - DICOM master list"
    return f"{context}~{category}~{kind}~^^~Anatomic codes - DICOM master list~^^~^^"


def _extent(lesion: Lesion, study: CTStudy) -> list[int]:
    """First and last index of the lesion along i, j, k of the image file."""
    layout, box = study.volume.layout, lesion.deposit.envelope
    span: list[tuple[int, int]] = [(0, 0)] * 3
    for k, (axis, flip) in enumerate(zip(layout.axes, layout.flips, strict=True)):
        first, last = box.start[k], box.stop[k] - 1
        count = layout.grid.shape[axis]
        span[axis] = (count - 1 - last, count - 1 - first) if flip else (first, last)
    ordered = span[::-1] if study.source_format == "dicom" else span
    return [n for ends in ordered for n in ends]
