"""What is shown: one row asks for something, says what was measured, and whether it holds."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

HOLDS, SHORT, SKIPPED, SAID = "holds", "**falls short**", "skipped", "said"


@dataclass(frozen=True)
class Row:
    """One demand beside what was measured; ``verdict`` is one of the four words above."""

    asked: str
    measured: str
    verdict: str

    @classmethod
    def judged(cls, asked: str, measured: str, *, holds: bool) -> Row:
        """A row that holds or falls short."""
        return cls(asked, measured, HOLDS if holds else SHORT)


@dataclass
class Section:
    """A part of the page: its demands, then tables and remarks in Markdown, and the overlays that belong to it."""

    title: str
    rows: list[Row] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def judge(self, asked: str, measured: str, *, holds: bool) -> None:
        """Add a demand that holds or falls short."""
        self.rows.append(Row.judged(asked, measured, holds=holds))

    def skip(self, asked: str, reason: str) -> None:
        """Say that a demand was not looked at, and why."""
        self.rows.append(Row(asked, reason, SKIPPED))

    def as_markdown(self) -> str:
        """The section as it stands on the page."""
        lines = [f"## {self.title}", ""]
        if self.rows:
            lines.append(table(("asked", "measured", ""), [(r.asked, r.measured, r.verdict) for r in self.rows]))
        lines += [f"{note}\n" for note in self.notes]
        return "\n".join(lines)


def table(names: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    """A Markdown table."""
    cells = [names, ("---",) * len(names), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in cells) + "\n"


def share(part: float, whole: float) -> str:
    """A share in percent with its counts; a dash where there is nothing to count."""
    return f"{100 * part / whole:.1f} % ({part:.0f} of {whole:.0f})" if whole else "–"


def interval(part: int, whole: int) -> tuple[float, float]:
    """The 95 % interval of a share after Wilson, as fractions."""
    if whole == 0:
        return (0.0, 1.0)
    z, p = 1.96, part / whole
    middle, width = p + z * z / (2 * whole), z * (p * (1 - p) / whole + z * z / (4 * whole * whole)) ** 0.5
    return (max(0.0, (middle - width) / (1 + z * z / whole)), min(1.0, (middle + width) / (1 + z * z / whole)))


def share_with_interval(part: int, whole: int) -> str:
    """A share in percent with its 95 % interval and counts."""
    low, high = interval(part, whole)
    return f"{100 * part / whole:.1f} % ({100 * low:.1f} to {100 * high:.1f}; {part} of {whole})" if whole else "–"


def absent(path: Path | None) -> bool:
    """Whether data are not at hand."""
    return path is None or not path.exists()
