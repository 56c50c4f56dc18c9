"""A draft as Markdown."""

from __future__ import annotations

import re

from calcimeter.report.writeup.draft import TELLS, Draft, Section

_SPECIAL = re.compile(r"([\\`*_\[\]<>#|])")


def draft_as_markdown(draft: Draft) -> str:
    """The whole draft; pictures are named by the files beside it."""
    parts = [f"# {_plain(draft.title.text)}", f"*{_plain(TELLS)}*"]
    for section in draft.sections:
        parts += _section(section)
    if draft.figures:
        parts.append("## Figures")
    for k, figure in enumerate(draft.figures, 1):
        caption = _plain(figure.caption.text)
        parts += [f"![Figure {k}]({figure.name})", f"**Figure {k}.** {caption}"]
    parts.append("## What you must still supply")
    parts.append("\n".join(f"- [ ] {title}: {_plain(ask)}" for title, ask in draft.asks()))
    return "\n\n".join(parts) + "\n"


def _section(section: Section) -> list[str]:
    parts = [f"## {section.title}"]
    parts += [" ".join(_plain(words.text) for words in paragraph) for paragraph in section.paragraphs]
    if section.points:
        parts.append("\n".join(f"- {_plain(words.text)}" for words in section.points))
    parts += [f"> **To supply:** {_plain(ask)}" for ask in section.asks]
    return parts


def _plain(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", text)
