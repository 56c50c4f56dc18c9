"""Whether a text is in English: the only language whose denials are understood."""

from __future__ import annotations

import re

from calcimeter.errors import UnreadableInput
from calcimeter.load.case_text.phrases import phrases

WORD = re.compile(r"[^\W\d_]+")
LEAST_WORDS = 2
"""One word of another language may be a name."""

SHORT_SHARE = 4
"""In a short sentence without an English word one word in so many is enough: "kein diabetes"."""


def check_language(text: str) -> None:
    """Refuse a plain text that is in another language.

    Raises
    ------
    UnreadableInput
        Its small words are more those of other languages than English ones, or its letters are not Latin. The names of
        diseases are alike in many languages, and what denies them is not: such a text would be read wrongly.
    """
    if is_foreign(text):
        raise UnreadableInput(
            "the text is not in English, and no other language is understood; "
            "translate it, or write the case file by hand"
        )


def is_foreign(text: str) -> bool:
    """Whether a plain text is in another language than English; what has no small words at all is not judged.

    Parameters
    ----------
    text : str
        A whole text or one sentence, as ``plain`` gives it.
    """
    words = WORD.findall(text)
    if 2 * sum(_is_latin(word) for word in words) < len(words):
        return True
    known = phrases()["language"]
    foreign = sum(word in known["other"] for word in words)
    english = sum(word in known["english"] for word in words)
    is_clear = foreign >= LEAST_WORDS or (english == 0 and SHORT_SHARE * foreign >= len(words))
    return foreign > english and is_clear


def _is_latin(word: str) -> bool:
    """Whether a word begins with a Latin letter; Greek ones stand in units and names of receptors."""
    return word[0] < "\u0250" or "\u0370" <= word[0] < "\u0400"
