"""Names in any script: an archival PDF has no missing glyph, and a letter that no font has is told of."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from builders import build_analysis
from calcimeter.report.content import report_content
from calcimeter.report.figures import draw_figures
from calcimeter.report.letters import MISSING, missing_letters, with_missing_marked
from calcimeter.report.pdf import typeset

NOBODY_S = "\U000f0123"
"""Of private use: no font has it."""
EMBEDDED = "Ελληνικά Кириллица עברית العربية Nguyễn Thị Łódź İğdır e\u0301q\u0303 µ × ≤ ²"


def test_what_the_fonts_of_typst_have_is_not_called_missing():
    assert missing_letters(EMBEDDED + MISSING) == frozenset()


@pytest.mark.parametrize("text", [NOBODY_S, f"Ω{NOBODY_S}Ж", f"{NOBODY_S}\u0301 and {NOBODY_S}"])
def test_a_letter_that_no_font_has_is_found_among_others(text):
    assert NOBODY_S in missing_letters(text)
    assert missing_letters(text) <= {NOBODY_S, "\u0301"}


def test_a_missing_letter_is_a_box_and_the_reader_is_told():
    marked = with_missing_marked({"title": f"Ω {NOBODY_S}", "rows": [[f"a{NOBODY_S}"]]})
    assert (marked["title"], marked["rows"]) == (f"Ω {MISSING}", [[f"a{MISSING}"]])
    assert marked["unprinted"].startswith(f"{MISSING}: a letter that no font on this machine has")
    assert "report.html" in marked["unprinted"]


@pytest.mark.parametrize("label", [EMBEDDED, "腫瘍性石灰沈着症 せっかい 한국어 แคลเซียม", f"weird {NOBODY_S}"])
def test_a_name_in_any_script_leaves_the_pdf_archival_which_no_glyph_may_miss_in(label, tmp_path: Path):
    analysis = build_analysis()
    first, *others = analysis.lesions
    lesions = (replace(first, deposit=replace(first.deposit, label=label)), *others)
    named = replace(analysis, lesions=lesions)
    figures = draw_figures(named)
    for figure in figures:
        (tmp_path / f"{figure.name}.png").write_bytes(figure.png)
    assert b"pdfaid:part>3<" in typeset("report.typ", report_content(named, figures), tmp_path)
