"""The Word file of a draft as an author opens it."""

from __future__ import annotations

import docx
import pytest

from calcimeter.load.written import load_written
from calcimeter.report.writeup.write import write_draft
from report.drafted import write_a_case


@pytest.fixture(scope="module", params=["eurorad", "care"])
def document(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("word")
    write_a_case(folder / "source")
    write_draft(load_written(folder / "source"), request.param, folder / "draft")
    return docx.Document(folder / "draft" / "draft.docx")


def test_a_page_is_a4_and_takes_two_figures(document):
    page = document.sections[0]
    assert (round(page.page_width.cm, 1), round(page.page_height.cm, 1)) == (21.0, 29.7)
    text_height = page.page_height - page.top_margin - page.bottom_margin
    assert document.inline_shapes
    assert all(2 * picture.height < text_height for picture in document.inline_shapes)


def test_what_the_author_must_supply_is_marked(document):
    asks = [run for paragraph in document.paragraphs for run in paragraph.runs if run.text.startswith("To supply: ")]
    assert asks
    assert all(run.font.highlight_color is not None for run in asks)
