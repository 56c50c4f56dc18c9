"""What a DICOM SR says of one lesion: the measures beside its segment, and its outline on the slice to look at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from calcimeter.codes import (
    AREA,
    CALCIFICATION,
    CALCIFICATION_TYPE,
    CATEGORY,
    FLUID_LEVEL,
    MEASURES,
    PATTERNS,
    SOFT_TISSUE,
    STATES,
    UNDETERMINED,
    Measure,
)
from calcimeter.geometry.level_line import signed_area
from calcimeter.geometry.pixel_border import count_pieces, pixel_border
from calcimeter.model.caveat import caveat
from calcimeter.report.labels import segment_name
from calcimeter.report.segmentation import dicom_code
from calcimeter.report.sr_content import algorithm, comment, finding_sites, measured, outlined, tracked
from calcimeter.report.whereabouts import place_sentence
from calcimeter.report.wording import count, sentence

if TYPE_CHECKING:
    from collections.abc import Sequence

    from highdicom.sr import (
        FindingSite,
        Measurement,
        PlanarROIMeasurementsAndQualitativeEvaluations,
        QualitativeEvaluation,
        VolumetricROIMeasurementsAndQualitativeEvaluations,
    )
    from pydicom.dataset import Dataset

    from calcimeter.model.analysis import CTAnalysis
    from calcimeter.model.grid import FloatArray, Layout
    from calcimeter.model.lesion import Lesion
    from calcimeter.model.measures import Estimate
    from calcimeter.model.study import CTStudy
    from calcimeter.model.volume import Region


def lesion_groups(lesion: Lesion, analysis: CTAnalysis, results: tuple[Sequence[Dataset], Dataset]) -> tuple[Any, Any]:
    """The volumetric and the planar group of a lesion, under one name.

    Parameters
    ----------
    results : (sequence of Dataset, Dataset)
        From ``source.read_sources`` and from ``make_segmentation``.
    """
    sources, segmentation = results
    return _volume_group(lesion, analysis, segmentation), _outline_group(lesion, analysis.study, sources)


def _volume_group(
    lesion: Lesion, analysis: CTAnalysis, segmentation: Dataset
) -> VolumetricROIMeasurementsAndQualitativeEvaluations:
    """All measures of a lesion beside its segment, with its site, category, pattern and fluid level."""
    from highdicom.sr import (
        ReferencedSegment,
        SourceSeriesForSegmentation,
        VolumetricROIMeasurementsAndQualitativeEvaluations,
    )

    segment = ReferencedSegment(
        sop_class_uid=segmentation.SOPClassUID,
        sop_instance_uid=segmentation.SOPInstanceUID,
        segment_number=lesion.id,
        source_series=SourceSeriesForSegmentation(segmentation.ReferencedSeriesSequence[0].SeriesInstanceUID),
    )
    group = VolumetricROIMeasurementsAndQualitativeEvaluations(
        tracking_identifier=tracked(*_name(lesion)),
        referenced_segment=segment,
        finding_type=dicom_code(CALCIFICATION),
        finding_sites=_sites(lesion),
        algorithm_id=algorithm(),
        measurements=_measurements(lesion),
        qualitative_evaluations=_evaluations(lesion),
    )
    group[0].ContentSequence.append(comment(_sentences(lesion, analysis)))
    return group


def _outline_group(
    lesion: Lesion, study: CTStudy, sources: Sequence[Dataset]
) -> PlanarROIMeasurementsAndQualitativeEvaluations:
    """The outline of a lesion on the slice where it is largest: what a viewer jumps to.

    A planar group has one line, so of fragments side by side the largest is outlined, and a comment says so.
    """
    from highdicom.sr import PlanarROIMeasurementsAndQualitativeEvaluations

    layout = study.volume.layout
    k, line, pieces = key_outline(lesion.deposit.envelope, layout)
    _, row_mm, column_mm = layout.grid.spacing_mm
    image = (sources[0], study.frames[k]) if study.frames else (sources[k], None)
    group = PlanarROIMeasurementsAndQualitativeEvaluations(
        **outlined(_name(lesion), CALCIFICATION, line, image),
        finding_sites=_sites(lesion),
        measurements=[measured(Measure(AREA, "mm2"), abs(signed_area(line)) * row_mm * column_mm)],
    )
    if pieces > 1 or lesion.deposit.parts > 1:
        group[0].ContentSequence.append(comment(_one_of(pieces, lesion.deposit.parts)))
    return group


def _one_of(pieces: int, parts: int) -> str:
    """That line and area are of one piece alone; ``pieces`` on the image, ``parts`` of the whole lesion."""
    here = f"Outline and area are of the largest of {pieces} pieces on this image." if pieces > 1 else ""
    whole = f"The lesion consists of {count(parts, 'fragment')}; not all of them are outlined." if parts > 1 else ""
    return " ".join(words for words in (here, whole) if words)


def key_outline(envelope: Region, layout: Layout) -> tuple[int, FloatArray, int]:
    """The image of the file on which a region is largest, by its index, and the line around its largest piece there.

    Returns
    -------
    tuple of int, ndarray, (n, 2), and int
        The line is closed; columns and rows of the image, whole numbers at the centers of pixels. Last, how many
        pieces the region has on that image; those that meet at a corner only are two.
    """
    mask = layout.to_source(envelope.mask)
    start = [0, 0, 0]
    for k, (axis, flip) in enumerate(zip(layout.axes, layout.flips, strict=True)):
        start[axis] = layout.grid.shape[axis] - envelope.stop[k] if flip else envelope.start[k]
    widest = int(mask.sum(axis=(1, 2)).argmax())
    line = pixel_border(mask[widest]) + start[1:]
    return start[0] + widest, line[:, ::-1], count_pieces(mask[widest])


def _name(lesion: Lesion) -> tuple[str, str]:
    return lesion.tracking_uid, segment_name(lesion)


def _sites(lesion: Lesion) -> list[FindingSite] | None:
    return finding_sites(lesion.place.site, lesion.place.side, SOFT_TISSUE)


def _measurements(lesion: Lesion) -> list[Measurement]:
    amount, extent = lesion.amount, lesion.extent
    values: dict[str, Estimate | float | None] = {
        "volume_mm3": amount.volume_mm3,
        "volume_threshold_mm3": amount.threshold_mm3,
        "mineral_volume_mm3": amount.mineral_volume_mm3,
        "mass_mg_ha": amount.mass_mg_ha,
        "long_axis_mm": extent.axes.long_axis_mm,
        "short_axis_mm": extent.axes.short_axis_mm,
        "mean_hu": lesion.density.mean_hu,
        "max_hu": lesion.density.max_hu,
    }
    return [measured(MEASURES[field], value) for field, value in values.items() if value is not None]


def _evaluations(lesion: Lesion) -> list[QualitativeEvaluation]:
    """Only soft tissue has a segment, so the category is this one; a pattern that can't be told is undetermined."""
    from highdicom.sr import QualitativeEvaluation

    values = {
        CATEGORY: SOFT_TISSUE,
        CALCIFICATION_TYPE: PATTERNS.get(lesion.pattern.name or "", UNDETERMINED),
        FLUID_LEVEL: STATES[lesion.fluid_level.state],
    }
    return [QualitativeEvaluation(dicom_code(name), dicom_code(value)) for name, value in values.items()]


def _sentences(lesion: Lesion, analysis: CTAnalysis) -> str:
    """Where it lies, its fluid levels, and what its measures don't tell."""
    levels = lesion.fluid_level.levels
    found = sentence(count(len(levels), "fluid-calcium level")) if levels else ""
    doubts = (caveat(code).text for code in sorted({*lesion.caveats, *lesion.deposit.caveats}))
    said = (place_sentence(lesion, analysis), found, *doubts)
    return " ".join(words for words in said if words)
