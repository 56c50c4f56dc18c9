"""The only terms that a case may use."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from calcimeter.errors import UsageError

MOST_NAMED = 3
LEAST_LETTERS, HELD_LETTERS = 3, 4
"""Of a word that two terms share, and of a term that is held by another: shorter ones are in many by chance."""


@cache
def vocabulary() -> Mapping[str, tuple[str, ...]]:
    """Kind of term -> its terms, in the order of ``vocabulary.json``; read once."""
    text = files("calcimeter.knowledge").joinpath("vocabulary.json").read_text(encoding="utf-8")
    return {kind: tuple(terms) for kind, terms in json.loads(text).items()}


def known_term(term: Any, known: Iterable[str], where: str) -> str:
    """Give a term back, if it is known.

    Parameters
    ----------
    term : anything
    known : iterable of str
        The terms that are allowed there.
    where : str
        Where it stands, for the message.

    Raises
    ------
    UsageError
        It is not known; the message names the nearest known ones.
    """
    known = tuple(known)
    if not isinstance(term, str) or term not in known:
        said = str(term)[:40]
        near = nearest(said, known) or known[:12]
        raise UsageError(f"{where}: {said!r} is not known; nearest: {', '.join(near)}")
    return term


def nearest(said: str, known: Iterable[str]) -> list[str]:
    """The known terms, three at most, that a wrong one may mean; none where nothing is like it.

    Those that share a word with it or hold it come first: "pth" means "pth_intact" rather than "pthrp".
    """
    plain = re.sub(r"[\s_-]+", "_", said.strip().lower())
    lower = {one.lower(): one for one in known}
    words = {word for word in plain.split("_") if len(word) >= LEAST_LETTERS}
    sharing = [one for one in lower if words & set(one.split("_")) or (len(plain) >= HELD_LETTERS and plain in one)]
    sharing.sort(key=lambda one: -difflib.SequenceMatcher(a=plain, b=one).ratio())
    close = difflib.get_close_matches(plain, lower, n=MOST_NAMED, cutoff=0.5)
    return [lower[one] for one in dict.fromkeys([*sharing, *close])][:MOST_NAMED]
