"""Which fields each sentence of a draft was made from."""

from __future__ import annotations

from typing import Any

from calcimeter.report.writeup.draft import Draft
from calcimeter.report.writeup.words import Shown, Words


def draft_sources(draft: Draft) -> dict[str, Any]:
    """The content of ``sources.json``: sentences in order, figures, and what is to be supplied."""
    return {
        "schema": "calcimeter.draft/1",
        "form": draft.form,
        "sentences": [_sentence(k, *told) for k, told in enumerate(draft.sentences(), 1)],
        "figures": [{"file": figure.name, "from": figure.source} for figure in draft.figures],
        "to_supply": [{"section": title, "what": ask} for title, ask in draft.asks()],
    }


def _sentence(number: int, title: str, words: Words) -> dict[str, Any]:
    return {"id": number, "section": title, "text": words.text, "fields": [_field(one) for one in words.shown]}


def _field(one: Shown) -> dict[str, Any]:
    """Of a list or an object its length, which is what a sentence tells of it."""
    value = one.fact.value
    told = {"length": len(value)} if isinstance(value, list | dict) else {"value": value}
    return {"field": one.fact.address, **told, "shown": one.text}
