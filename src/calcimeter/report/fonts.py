"""The fonts a PDF is set in, none of them the machine's: a name in any common script prints alike everywhere."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import typst

FONT_PACKAGES = ("manimgx_fonts", "manimgx_fonts_cjk")
"""Noto Sans (SIL Open Font License 1.1) as packages: for the scripts that the fonts traveling with typst lack."""
LATIN = "Libertinus Serif"
"""Travels with typst; has Greek, Cyrillic and Hebrew too."""
_SCRIPTS = (
    "Arabic",
    "Armenian",
    "Bengali",
    "Devanagari",
    "Ethiopic",
    "Georgian",
    "Gujarati",
    "Gurmukhi",
    "Kannada",
    "Khmer",
    "Lao",
    "Malayalam",
    "Myanmar",
    "Oriya",
    "Sinhala",
    "Tamil",
    "Telugu",
    "Thai",
)


def font_families(text: str) -> tuple[str, ...]:
    """Families for a text, in the order in which a letter is looked for.

    Characters that Chinese, Japanese and Korean share are drawn as in Japan where the text holds kana, as in Korea
    where it holds hangul, else as in mainland China: a name alone does not tell.
    """
    if any("\u3041" <= letter <= "\u30ff" for letter in text):
        east = "JP"
    elif any("\uac00" <= letter <= "\ud7a3" for letter in text):
        east = "KR"
    else:
        east = "SC"
    return (LATIN, *(f"Noto Sans {script}" for script in _SCRIPTS), f"Noto Sans CJK {east}")


def fonts_at_hand(*, of_machine: bool) -> typst.Fonts:
    """The fonts that travel with typst, those of the font packages and, where asked, the machine's.

    A font package that is not installed is left out; the page then tells what it can't print.
    """
    import typst

    found = (find_spec(name) for name in FONT_PACKAGES)
    folders = [str(Path(spec.origin).parent) for spec in found if spec is not None and spec.origin is not None]
    return typst.Fonts(include_system_fonts=of_machine, font_paths=folders)
