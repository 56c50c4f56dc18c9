"""Letters that a PDF can't show: what no font has is a box, and the page says so."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable
from typing import Any

from calcimeter.report.fonts import font_families, fonts_at_hand

MISSING = "□"
"""What stands for such a letter; a font that travels with typst has it."""
PAGE = b'#set text(font: json(bytes(sys.inputs.fonts)))\n#for word in sys.inputs.words.split(" ") { par(word) }'
"""A paragraph a word: a mark without its letter would else ask for a font for the space before it."""
_UNSHOWN = re.compile(r'the text `"(.+?)"` could not be displayed', re.DOTALL)
_ESCAPED = re.compile(r"\\u\{([0-9a-f]+)\}")
"""As typst writes a mark that has no letter of its own."""
_WORD = re.compile(r"[^\x00-\x7f]+")


def with_missing_marked(content: dict[str, Any]) -> dict[str, Any]:
    """The text of a report with a box for every letter that no font has, and ``unprinted``, which tells of them.

    Fonts are those of ``report.fonts`` and those of the machine. Without such a letter ``unprinted`` is "".
    """
    text = json.dumps(content, ensure_ascii=False)
    missing = missing_letters(text)
    marked: dict[str, Any] = json.loads(text.translate({ord(letter): MISSING for letter in missing}))
    return {**marked, "unprinted": _note(missing) if missing else ""}


def missing_letters(text: str) -> frozenset[str]:
    """Letters of a text that no font at hand can show, each asked for with its neighbors, for marks combine."""
    import typst

    missing: set[str] = set()
    families, fonts = json.dumps(font_families(text)), fonts_at_hand(of_machine=True)
    words = sorted(set(_WORD.findall(text)))
    while words:
        compiler = typst.Compiler(PAGE, font_paths=fonts, sys_inputs={"words": " ".join(words), "fonts": families})
        try:
            compiler.compile(format="pdf", pdf_standards=["a-3b"], timestamp=0)
        except typst.TypstError as error:
            told = _UNSHOWN.search(str(error))
            unshown = _named_in(told[1]) if told else set()
            if missing.issuperset(unshown):  # nothing new is told
                break
            missing |= unshown
            words = sorted({part for word in words for part in _without(word, missing)})
        else:
            break
    return frozenset(missing)


def _named_in(message: str) -> set[str]:
    """Letters that a message of typst's names."""
    return {letter for letter in _ESCAPED.sub(lambda code: chr(int(code[1], 16)), message) if not letter.isascii()}


def _without(word: str, letters: Iterable[str]) -> list[str]:
    for letter in letters:
        word = word.replace(letter, " ")
    return word.split()


def _note(missing: Iterable[str]) -> str:
    scripts = ", ".join(sorted({_script(letter) for letter in missing}))
    return f"{MISSING}: a letter that no font on this machine has ({scripts}); report.html shows it."


def _script(letter: str) -> str:
    """As Unicode names its letters; a font for it has that in its own name."""
    if not unicodedata.category(letter).startswith(("L", "M", "N")):
        return "symbols"
    name = unicodedata.name(letter, "unknown script").split(" ")[0]
    return {"CJK": "Chinese characters", "unknown": "unknown script"}.get(name, name.capitalize())
