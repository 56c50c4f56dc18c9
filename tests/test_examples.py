"""The how-tos and the tutorial are run as they stand: shell and Python, page by page, in an empty folder."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "benchmarks"))

PAGES = [ROOT / "docs" / "tutorial.md", *sorted((ROOT / "docs" / "how-to").glob("[!i]*.md"))]


def run_page(page: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> int:
    """Run every block of a page in one folder and one namespace; how many there were."""
    monkeypatch.chdir(folder)
    found = re.findall(r"^```(shell|python)\n(.*?)^```", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    names: dict[str, object] = {}
    for language, text in found:
        if language == "python":
            exec(compile(text, page.name, "exec"), names)
            continue
        for line in text.splitlines():
            command, *words = shlex.split(line, comments=True)
            assert command == "calcimeter", line
            done = subprocess.run(
                [sys.executable, "-m", "calcimeter", *words], capture_output=True, text=True, check=False
            )
            assert done.returncode == 0, f"{line}: {done.stderr}"
    return len(found)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_runs_from_top_to_bottom(page, tmp_path, monkeypatch):
    assert run_page(page, tmp_path, monkeypatch) >= 2


def test_the_figures_that_the_measures_quote_are_those_of_the_validation():
    from quote import quoted

    validation = (ROOT / "docs" / "validation.md").read_text(encoding="utf-8")
    pages = sorted((ROOT / "docs" / "measures").glob("*.md"))
    texts = [page.read_text(encoding="utf-8") for page in pages]
    assert sum(text.count("<!-- figures: ") for text in texts) > 5
    assert [quoted(text, validation) for text in texts] == texts, "run: python benchmarks/quote.py"
