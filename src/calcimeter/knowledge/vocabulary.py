"""The only terms that a case may use."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from calcimeter.errors import UsageError


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
        lower = {one.lower(): one for one in known}
        close = difflib.get_close_matches(said.lower(), lower, n=3, cutoff=0.5)
        near = [lower[one] for one in close] or known[:12]
        raise UsageError(f"{where}: {said!r} is not known; nearest: {', '.join(near)}")
    return term
