"""The ranking as material for a discussion: a calculation, said to be one."""

from __future__ import annotations

from calcimeter.report.wording import term as readable
from calcimeter.report.writeup.facts import Fact
from calcimeter.report.writeup.words import Words, listed, say, share, show, term

LEAST_PROBABILITY, LEAST_ROWS, MOST_ROWS = 0.02, 3, 6
NEVER_SHOWN = 0.001
"""Below it a row says nothing [chosen]."""

LEAST_WEIGHT, MOST_REASONS = 0.3, 5


def ranking_sentences(main: Fact) -> list[Words]:
    """What leads, what speaks for and against it, and what must not be missed."""
    rows = main["differential"].items()
    if not rows:
        return []
    first = rows[0]
    name = term(first["title"])
    said = [
        say(
            "By the ranking of the software, which is a calculation and no diagnosis, {name} leads with {share}",
            name=name,
            share=share(first["probability"]),
        ),
        say("Evidence for it: {reasons}", reasons=_reasons(first, 1)),
        say("Evidence against it: {reasons}", reasons=_reasons(first, -1)),
        *(say("To be kept in mind: {flag}", flag=term(flag["because"])) for flag in main["red_flags"].items()),
        *(say("Reader and measurement disagree: {what}", what=term(one)) for one in main["disagreements"].items()),
        *_contradicted(main["findings"]),
    ]
    return [words for words in said if words is not None]


def ranked_rows(main: Fact) -> list[Words]:
    """The leading diagnoses with their probabilities."""
    rows = [row for row in main["differential"].items() if row["probability"].value >= NEVER_SHOWN]
    worth = sum(row["probability"].value >= LEAST_PROBABILITY for row in rows)
    shown = rows[: min(max(worth, LEAST_ROWS), MOST_ROWS)]
    told = [
        say("{title} ({share} in the ranking)", title=term(one["title"]), share=share(one["probability"]))
        for one in shown
    ]
    return [words for words in told if words is not None]


def stated_rows(main: Fact) -> list[Words]:
    """The differential that the case file states."""
    return [words for one in main["stated"]["differential"].items() if (words := term(one))]


def diagnosis_words(main: Fact) -> Words | None:
    """The diagnosis that the case file states, never one from the ranking."""
    return say("{diagnosis}", diagnosis=term(main["stated"]["diagnosis"]))


def _contradicted(findings: Fact) -> list[Words | None]:
    """Signs of which a reader says another than what was measured."""
    return [
        say(
            "{name}: {reader}, {measured}",
            name=show(one["present"], readable(one.key)),
            reader=term(one["because"]),
            measured=term(one["disagreement"]),
        )
        for one in findings.items()
        if one["disagreement"].known
    ]


def _reasons(row: Fact, sign: int) -> Words | None:
    """The weightiest evidence of one sign: a finding, and how it was seen."""
    evidence = [one for one in row["evidence"].items() if one["finding"].value != "prior"]
    worth = [one for one in evidence if sign * one["weight"].value >= LEAST_WEIGHT]
    worth.sort(key=lambda one: -sign * one["weight"].value)
    return listed([words for one in worth[:MOST_REASONS] if (words := _seen(one))])


def _seen(one: Fact) -> Words | None:
    name, seen = term(one["finding"]), one["seen"]
    if seen.value is True:
        return name
    if seen.value is False:
        return say("{no} {name}", no=show(seen, "no"), name=name)
    if isinstance(seen.value, str):
        return say("{seen} {name}", seen=term(seen), name=name)
    if isinstance(seen.value, list):
        places = listed([words for part in seen.items() if (words := term(part))])
        return say("{name} ({places})", name=name, places=places)
    return name
