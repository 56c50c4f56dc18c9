"""DICOM SEG of the deposits on a radiograph: planar, on the image's own pixels, in a new series of its study."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from calcimeter import __version__
from calcimeter.codes import ABNORMAL_STRUCTURE, CALCIFICATION
from calcimeter.report import instance
from calcimeter.report.radiograph.figures import deposit_color
from calcimeter.report.segmentation import dicom_code

if TYPE_CHECKING:
    from highdicom.seg import SegmentDescription
    from pydicom.dataset import Dataset

    from calcimeter.model.radiograph import RadiographDeposit
    from calcimeter.model.radiograph_analysis import RadiographAnalysis

SERIES_NUMBER = 300


def make_radiograph_segmentation(analysis: RadiographAnalysis, source: Dataset, digest: str) -> Dataset | None:
    """A binary DICOM SEG, segment number = deposit id; deposits may overlap.

    The standard allows a segmentation of an image without a place in the patient: it then refers to the image alone,
    pixel by pixel.

    Parameters
    ----------
    source : Dataset
        From ``read_source``.
    digest : str
        From ``radiograph_digest``; the UIDs derive from it.

    Returns
    -------
    Dataset or None
        None without a deposit: a SEG needs a segment.
    """
    from highdicom.seg import Segmentation

    if not analysis.deposits:
        return None
    shape = (analysis.study.values.shape[0], analysis.study.values.shape[1])
    masks = np.stack([deposit.region.whole(shape) for deposit in analysis.deposits], axis=-1)
    who = instance.identity(digest, "segmentation", series_number=SERIES_NUMBER)
    with instance.lenient():
        segmentation = Segmentation(
            source_images=[source],
            pixel_array=masks[None],
            segmentation_type="BINARY",
            segment_descriptions=[_description(deposit) for deposit in analysis.deposits],
            content_label="CALCIFICATION",
            content_description="Calcification on a radiograph, research use only",
            content_creator_name="Calcimeter^",
            **instance.general_attributes(who),
        )
        instance.complete(segmentation, source)
        # Required of an image without a place in the patient; empty where the source does not tell it.
        segmentation.PatientOrientation = source.PatientOrientation
    return segmentation


def _description(deposit: RadiographDeposit) -> SegmentDescription:
    from highdicom import AlgorithmIdentificationSequence
    from highdicom.color import CIELabColor
    from highdicom.seg import SegmentDescription
    from pydicom.sr.codedict import codes

    name = f"Deposit {deposit.id}"
    algorithm = AlgorithmIdentificationSequence(
        name="calcimeter", version=__version__, family=codes.cid7162.MorphologicalOperations
    )
    return SegmentDescription(
        segment_number=deposit.id,
        segment_label=name,
        segmented_property_category=dicom_code(ABNORMAL_STRUCTURE),
        segmented_property_type=dicom_code(CALCIFICATION),
        algorithm_type="AUTOMATIC" if deposit.given is None else "SEMIAUTOMATIC",
        algorithm_identification=algorithm,
        tracking_uid=deposit.tracking_uid,
        tracking_id=name,
        display_color=CIELabColor.from_rgb(*deposit_color(deposit)),
    )
