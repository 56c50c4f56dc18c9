"""DICOM SEG of the soft-tissue lesions, as a new series of the source's study."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal

import numpy as np

from calcimeter import __version__
from calcimeter.codes import ABNORMAL_STRUCTURE, CALCIFICATION
from calcimeter.model.lesion import Category
from calcimeter.report import instance
from calcimeter.report.canvas import lesion_color
from calcimeter.report.labels import MOST_BYTES, lesion_labels, segment_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt
    from highdicom.seg import SegmentDescription
    from pydicom.dataset import Dataset
    from pydicom.sr.coding import Code

    from calcimeter.codes import Code as OwnCode
    from calcimeter.model.analysis import CTAnalysis
    from calcimeter.model.grid import Layout
    from calcimeter.model.lesion import Lesion

SERIES_NUMBER = 300


def make_segmentation(analysis: CTAnalysis, sources: Sequence[Dataset], digest: str) -> Dataset | None:
    """A binary DICOM SEG on the source grid, segment number = lesion id; empty frames are left out.

    Parameters
    ----------
    sources : sequence of Dataset
        From ``source.read_sources``.
    digest : str
        From ``instance.content_digest``; the UIDs derive from it.

    Returns
    -------
    Dataset or None
        None without a soft-tissue lesion: a SEG needs a segment.
    """
    from highdicom.seg import Segmentation

    lesions = analysis.of_category(Category.SOFT_TISSUE)
    if not lesions:
        return None
    volume = analysis.study.volume
    who = instance.identity(digest, "segmentation", series_number=SERIES_NUMBER)
    with instance.lenient():
        segmentation = Segmentation(
            source_images=sources,
            pixel_array=_pixels(lesions, volume.layout),
            segmentation_type="BINARY",
            segment_descriptions=[_description(lesion) for lesion in lesions],
            content_label="CALCIFICATION",
            content_description="Soft-tissue calcification, research use only",
            content_creator_name="Calcimeter^",
            **instance.general_attributes(who),
        )
        instance.complete(segmentation, sources[0])
        if analysis.study.frames:
            _refer_to_frames(segmentation, analysis.study.frames)
    return segmentation


def _pixels(lesions: Sequence[Lesion], layout: Layout) -> npt.NDArray[np.generic]:
    """Label map on the source grid, (slices, rows, columns); where lesions share voxels a mask of each, last axis.

    Masks of many lesions that would fill the memory are not made: there the smaller lesion shows, as in a label map.
    """
    shape = layout.analyzed_grid().shape
    overlap = any("LESIONS_OVERLAP" in lesion.caveats for lesion in lesions)
    if not overlap or len(lesions) * math.prod(shape) > MOST_BYTES:
        return layout.to_source(lesion_labels(lesions, shape))
    masks = np.zeros((*layout.grid.shape, len(lesions)), dtype=np.uint8)
    for k, lesion in enumerate(lesions):
        masks[..., k] = layout.to_source(lesion_labels([lesion], shape) > 0)
    return masks


def dicom_code(code: OwnCode) -> Code:
    """A concept of our table as pydicom's."""
    from pydicom.sr.coding import Code

    return Code(value=code.value, scheme_designator=code.scheme, meaning=code.meaning)


def _refer_to_frames(segmentation: Dataset, frames: Sequence[int]) -> None:
    """Replace the number of each source frame in the study by its number in the file."""
    for item in segmentation.PerFrameFunctionalGroupsSequence:
        for derivation in item.DerivationImageSequence:
            for source in derivation.SourceImageSequence:
                source.ReferencedFrameNumber = frames[source.ReferencedFrameNumber - 1]


def _made_by(lesion: Lesion) -> Literal["AUTOMATIC", "SEMIAUTOMATIC", "MANUAL"]:
    caveats = {*lesion.caveats, *lesion.deposit.caveats}
    if "GIVEN_OUTLINE" in caveats:
        return "MANUAL"
    return "SEMIAUTOMATIC" if "EDITED_BY_READER" in caveats else "AUTOMATIC"


def _description(lesion: Lesion) -> SegmentDescription:
    from highdicom import AlgorithmIdentificationSequence
    from highdicom.color import CIELabColor
    from highdicom.seg import SegmentDescription
    from pydicom.sr.codedict import codes

    made_by = _made_by(lesion)
    family = codes.cid7162.MorphologicalOperations
    algorithm = AlgorithmIdentificationSequence(name="calcimeter", version=__version__, family=family)
    return SegmentDescription(
        segment_number=lesion.id,
        segment_label=instance.cut(segment_name(lesion)),
        segmented_property_category=dicom_code(ABNORMAL_STRUCTURE),
        segmented_property_type=dicom_code(CALCIFICATION),
        algorithm_type=made_by,
        algorithm_identification=None if made_by == "MANUAL" else algorithm,
        tracking_uid=lesion.tracking_uid,
        tracking_id=instance.cut(segment_name(lesion)),
        display_color=CIELabColor.from_rgb(*lesion_color(lesion)),
    )
