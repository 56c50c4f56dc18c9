"""Whether a header's words say that a contrast medium was given: ``[contrast_agent]`` of ``ct_images.toml``."""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache

from calcimeter.knowledge.table import read_table


@lru_cache(maxsize=1024)
def contrast_in(text: str) -> bool | None:
    """Whether a contrast medium was given, by the value of Contrast/Bolus Agent.

    Parameters
    ----------
    text : str
        As it stands in the header; a hospital's own words, in any language of the table.

    Returns
    -------
    bool or None
        None where the words say neither, or one thing and the other.
    """
    said = " ".join(_folded(text).replace("_", " ").split())
    if not said or _matches("unsaid", said):
        return None
    if _matches("both", said):
        return True
    sure = [_of_part(part) for part in re.split(_words()["parts"], said) if part.strip(" .")]
    return True if True in sure else (False if sure and None not in sure else None)


def _of_part(part: str) -> bool | None:
    """What one part of a text says; a denial in "no IV and oral contrast" may hold for both."""
    part = part.strip(" .")
    if _matches("unsaid", part):
        return None
    if _matches("none", part):
        joined = re.split(_words()["joined"], part)[1:]
        return None if any(re.search(_words()["given"], one) for one in joined) else False
    return True if re.search(_words()["given"], part) else None


def _matches(key: str, text: str) -> bool:
    return re.fullmatch(_words()[key], text) is not None


def _folded(text: str) -> str:
    """In capitals, without accents."""
    parts = unicodedata.normalize("NFKD", text)
    return "".join(letter for letter in parts if not unicodedata.combining(letter)).upper()


@cache
def _words() -> dict[str, str]:
    told = read_table("ct_images.toml")["contrast_agent"]
    return {key: str(words).replace("\n", "") for key, words in told.items()}
