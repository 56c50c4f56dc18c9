"""Copy the figures of docs/validation.md into the pages of docs/measures/, between the marks that name a section."""

from __future__ import annotations

import re
from pathlib import Path

DOCS = Path(__file__).resolve().parents[1] / "docs"
MARKS = re.compile(r"(<!-- figures: (.+?) -->\n)(.*?)(<!-- end of figures -->)", re.DOTALL)


def figures(validation: str, section: str) -> str:
    """The tables of demands of one section; where the page has none, that it was not run."""
    found = re.search(rf"^## {re.escape(section)}\n(.*?)(?=^## |\Z)", validation, re.DOTALL | re.MULTILINE)
    if not found:
        return "\nNot in the last run of the validation.\n\n"
    table = re.search(r"^\| asked \|.*?(?=\n\n|\Z)", found[1], re.DOTALL | re.MULTILINE)
    return f"\n{table[0].rstrip()}\n\n" if table else "\n"


def quoted(page: str, validation: str) -> str:
    """The page with its figures as they are in the validation."""
    return MARKS.sub(lambda mark: mark[1] + figures(validation, mark[2]) + mark[4], page)


def main() -> None:
    """Write every page anew."""
    validation = (DOCS / "validation.md").read_text(encoding="utf-8")
    for path in sorted((DOCS / "measures").glob("*.md")):
        path.write_text(quoted(path.read_text(encoding="utf-8"), validation), encoding="utf-8")


if __name__ == "__main__":
    main()
