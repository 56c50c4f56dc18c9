"""Names of classes in label maps: a name -> the bone or organ it means; and which number is which class."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from calcimeter.knowledge.table import read_table
from calcimeter.model.anatomy import Part


def part_of(name: str) -> Part | None:
    """The bone or organ of a class by its name, whatever the order of its words; None where it is none that we know."""
    knowledge = _knowledge()
    words = words_of(name)
    side: Any = next((s for s in ("left", "right") if s in words), None)
    stem = words - {"left", "right"}
    bone = knowledge["bones"].get(stem)
    if bone is not None:
        return Part(bone, "midline" if bone in knowledge["midline"] else side, is_bone=True)
    organ = knowledge["organs"].get(stem)
    return None if organ is None else Part(organ, side, is_bone=False)


def numberings() -> dict[str, dict[int, str]]:
    """Name of every known numbering -> its class of each number."""
    found: dict[str, dict[int, str]] = _knowledge()["numberings"]
    return found


def words_of(name: str) -> frozenset[str]:
    """The words of a class name in any order, those that mean the same as one, without numbers: T12 is t."""
    same = _knowledge()["words"]
    return frozenset(same.get(word, word) for word in re.findall(r"[a-z]+", name.lower()))


@cache
def _knowledge() -> dict[str, Any]:
    """The file of numberings and names, its keys as sets of words."""
    read = read_table("label_maps.toml")
    words = read["words"]

    def by_words(table: dict[str, str]) -> dict[frozenset[str], str]:
        return {frozenset(words.get(word, word) for word in key.split()): term for key, term in table.items()}

    return {
        "words": words,
        "bones": by_words(read["bones"]),
        "organs": by_words(read["organs"]),
        "midline": frozenset(read["midline"]["bones"]),
        "numberings": {n["name"]: dict(enumerate(n["classes"], 1)) for n in read["numbering"]},
    }
