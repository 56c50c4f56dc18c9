"""The PDF: opens, archival, the same bytes every time."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from builders import SECRETS, build_analysis
from calcimeter.model.analysis import CTAnalysis, Edit
from calcimeter.report.figures import draw_figures
from calcimeter.report.pdf import render_pdf


def pdf_of(analysis: CTAnalysis, folder: Path) -> bytes:
    figures = draw_figures(analysis)
    for figure in figures:
        (folder / f"{figure.name}.png").write_bytes(figure.png)
    return render_pdf(analysis, figures, folder)


def test_the_pdf_is_archival_and_equal_from_run_to_run(tmp_path: Path) -> None:
    analysis = build_analysis()

    first, second = pdf_of(analysis, tmp_path), pdf_of(analysis, tmp_path)

    assert first.startswith(b"%PDF-")
    assert first.rstrip().endswith(b"%%EOF")
    assert b"pdfaid:part>3<" in first
    assert first == second


def test_the_pdf_without_a_lesion_and_without_dicom_is_written(tmp_path: Path) -> None:
    analysis = build_analysis(dicom=False, lesions=False, skeleton=False)
    assert pdf_of(analysis, tmp_path).startswith(b"%PDF-")


def test_the_creation_date_follows_source_date_epoch(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    analysis = build_analysis(lesions=False)
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    assert b"1970-01-01" in pdf_of(analysis, tmp_path)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    assert b"2023-11-14" in pdf_of(analysis, tmp_path)


def test_a_readers_words_in_another_script_or_in_markup_do_no_harm(tmp_path: Path) -> None:
    analysis = build_analysis()
    why = '#panic("inj") *bold* \\ 骨化 "quoted"'
    edits = (Edit(("2.25.1001",), "reject", why=why),)
    edited = replace(analysis, provenance=replace(analysis.provenance, edits=edits))
    assert pdf_of(edited, tmp_path).startswith(b"%PDF-")


def test_the_pdf_holds_no_name_identifier_or_path(tmp_path: Path) -> None:
    analysis = build_analysis()
    pdf = pdf_of(analysis, tmp_path)
    for secret in (*SECRETS, "/tmp", "/root", str(tmp_path)):
        assert secret.encode() not in pdf
