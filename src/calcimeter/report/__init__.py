"""The last step: an analysis -> the files of OUT."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from calcimeter.report.folder import check_output, whole_folder

if TYPE_CHECKING:
    from pathlib import Path

    from calcimeter.model.analysis import CTAnalysis

__all__ = ["ReportOptions", "check_output", "write_report"]


@dataclass(frozen=True, slots=True)
class ReportOptions:
    """What a user may choose of the output.

    Parameters
    ----------
    force : bool
        Replace an OUT that exists.
    all_categories : bool
        List bone, metal, contrast and outside too.
    previous : Path or None
        The earlier output folder that ``analysis.comparison`` is with; its pictures come from there.
    """

    force: bool = False
    all_categories: bool = False
    previous: Path | None = None


def write_report(analysis: CTAnalysis, out: Path, options: ReportOptions | None = None) -> None:
    """Write every result of an analysis into a folder, which appears when all of it is there.

    Without DICOM headers (another format, several multi-frame files) there is no SEG and no SR; without a soft-tissue
    lesion no SEG.

    Raises
    ------
    OutputExists
        The folder exists and ``options.force`` is not set.
    UsageError
        The folder can't be made or written.
    CalcimeterError
        The disk is full.
    """
    options = options or ReportOptions()
    with whole_folder(out, force=options.force) as folder:
        _write_tables(analysis, folder, options)
        _write_labels(analysis, folder, options)
        if analysis.study.headers:
            _write_dicom(analysis, folder)
        _write_pages(analysis, folder, options)
        if analysis.comparison is not None and options.previous is not None:
            from calcimeter.report.comparison_folder import write_comparison_pages

            write_comparison_pages(analysis.comparison, (options.previous, folder), folder, "comparison.html")


def _write_tables(analysis: CTAnalysis, folder: Path, options: ReportOptions) -> None:
    from calcimeter.report.record import analysis_record, write_json
    from calcimeter.report.table import write_table

    record = analysis_record(analysis, all_categories=options.all_categories)
    write_json(record, folder / "analysis.json")
    write_table(record, folder / "lesions.csv")


def _write_labels(analysis: CTAnalysis, folder: Path, options: ReportOptions) -> None:
    from calcimeter.report.labels import lesion_labels, write_nifti, write_seg_nrrd
    from calcimeter.report.record import listed_lesions
    from calcimeter.report.registration import write_registration

    study = analysis.study
    listed = listed_lesions(analysis, all_categories=options.all_categories)
    write_nifti(lesion_labels(listed, study.volume.grid.shape), study, folder / "lesions.nii.gz")
    write_nifti(analysis.anatomy.skeleton.labels, study, folder / "bones.nii.gz")
    write_seg_nrrd(analysis, folder / "lesions.seg.nrrd")
    write_registration(analysis, folder / "registration.npz")


def _write_dicom(analysis: CTAnalysis, folder: Path) -> None:
    from calcimeter.report.instance import content_digest, save
    from calcimeter.report.segmentation import make_segmentation
    from calcimeter.report.source import read_sources
    from calcimeter.report.structured import make_structured_report

    sources, digest = read_sources(analysis.study), content_digest(analysis)
    segmentation = make_segmentation(analysis, sources, digest)
    if segmentation is not None:
        save(segmentation, folder / "lesions.seg.dcm")
    save(make_structured_report(analysis, sources, segmentation, digest), folder / "report.sr.dcm")


def _write_pages(analysis: CTAnalysis, folder: Path, options: ReportOptions) -> None:
    from dataclasses import replace

    from calcimeter.report.figures import draw_figures
    from calcimeter.report.page import render_page
    from calcimeter.report.pages import write_pages
    from calcimeter.report.pdf import render_pdf
    from calcimeter.report.record import listed_lesions

    if options.all_categories:
        analysis = replace(analysis, lesions=listed_lesions(analysis, all_categories=True), set_aside=())
    figures = draw_figures(analysis)
    page = render_page(analysis, figures)
    write_pages(figures, page, lambda pictures: render_pdf(analysis, figures, pictures), folder)
