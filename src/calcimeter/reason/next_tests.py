"""Which test to do next: the bits by which it should lower the uncertainty, against what it costs the patient."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from functools import cache
from itertools import product
from math import log2, prod

from calcimeter.knowledge.network import Knowledge, Test
from calcimeter.model.differential import NextTest, Ranked
from calcimeter.reason.likelihood import Seen, outcomes_given, states_after

LEAST_BITS = 0.002
"""Tests that tell less are not offered: a five-hundredth of a yes or no."""

LEAST_PROBABILITY = 1e-4
"""Diagnoses below it change no expectation that anybody could see; leaving them out saves time."""

SETTLED, HALF = 0.95, 0.5
"""A needle is not offered where the first diagnosis is as certain as this, harmless, and more probable than all the
others together whatever the needle shows."""

Outcomes = tuple[tuple[str, str], ...]
"""One way in which a test can come out: an outcome for each of its items."""


def next_tests(
    ranked: Sequence[Ranked],
    seen: Seen,
    knowledge: Knowledge,
    population: str,
    done: Collection[str] = (),
    answered: Collection[str] = (),
) -> tuple[NextTest, ...]:
    """The tests that are worth doing, in the order in which to do them.

    Invasive tests come last, whatever they tell; the others by bits per burden. A test is left out if all that it
    reveals is known or was measured, if it tells next to nothing, if a possible diagnosis forbids it, or if a study of
    its modality is among those ``done``; an invasive one also where the first diagnosis is certain beyond what it could
    change. ``answered`` are the items that were measured: one without a range is not better known for being measured
    again.
    """
    known = knowledge.populations[population].known

    @cache
    def after(group: str, diagnosis: str) -> Mapping[str, float]:
        return states_after(knowledge, group, diagnosis, seen, known)

    beliefs = {row.diagnosis: row.probability for row in ranked if row.probability > LEAST_PROBABILITY}
    found = []
    for test in knowledge.tests.values():
        if test.modality in done or _reached(test.forbidden, ranked):
            continue
        unseen = [item for item in test.reveals if item not in seen and item not in answered]
        if not unseen:
            continue
        table = {name: _chances(knowledge, name, unseen, after) for name in beliefs}
        outcomes = _outcomes(beliefs, table)
        bits = _bits(beliefs, outcomes)
        if bits >= LEAST_BITS and not (test.kind == "invasive" and _is_settled(ranked, outcomes, knowledge)):
            warnings = tuple(_reached(test.misleads, ranked))
            found.append(_offer(test, bits, _because(beliefs, outcomes, ranked), warnings))
    return tuple(sorted(found, key=lambda t: (t.kind == "invasive", -t.expected_bits / t.burden)))


def without_deposit(knowledge: Knowledge) -> Knowledge:
    """The knowledge without the tests that need a deposit: needles, and the studies that show one."""
    kept = {name: test for name, test in knowledge.tests.items() if test.kind != "invasive" and test.modality is None}
    return replace(knowledge, tests=kept)


def _is_settled(
    ranked: Sequence[Ranked], after: Sequence[tuple[float, Mapping[str, float]]], knowledge: Knowledge
) -> bool:
    """Whether the first diagnosis is certain beyond what a test could change; never one that is malignant."""
    first = ranked[0]
    if knowledge.diseases[first.diagnosis].malignant or first.probability < SETTLED:
        return False
    return all(shares[first.diagnosis] > HALF for _, shares in after)


def _chances(
    knowledge: Knowledge, diagnosis: str, unseen: Sequence[str], after: Callable[[str, str], Mapping[str, float]]
) -> dict[Outcomes, float]:
    """How probable every outcome of a test is, given the diagnosis and what was seen.

    Exact where the items of a test hang on hidden facts of different trees, or on one; the knowledge is checked for it.
    """
    by_group: list[list[tuple[Outcomes, float]]] = []
    for group in dict.fromkeys(knowledge.items[item].name for item in unseen):
        items = [item for item in unseen if knowledge.items[item].name == group]
        by_group.append(_of_group(knowledge, diagnosis, items, after(group, diagnosis)))
    return {
        tuple(pair for way, _ in ways for pair in way): prod(share for _, share in ways) for ways in product(*by_group)
    }


def _of_group(
    knowledge: Knowledge, diagnosis: str, items: Sequence[str], states: Mapping[str, float]
) -> list[tuple[Outcomes, float]]:
    """The outcomes of items of one group: independent of one another in each state."""
    tables = [[outcomes_given(knowledge, item, diagnosis, state) for item in items] for state in states]
    chances = list(states.values())
    found = []
    for way in product(*tables[0]):
        share = 0.0
        for chance, table in zip(chances, tables, strict=True):
            for outcome, outcomes in zip(way, table, strict=True):
                chance *= outcomes[outcome]
            share += chance
        found.append((tuple(zip(items, way, strict=True)), share))
    return found


def _outcomes(
    beliefs: Mapping[str, float], table: Mapping[str, Mapping[Outcomes, float]]
) -> list[tuple[float, dict[str, float]]]:
    """For every outcome: how probable it is, and what is believed after it."""
    found = []
    for way in next(iter(table.values())):
        joint = {name: share * table[name][way] for name, share in beliefs.items()}
        chance = sum(joint.values())
        if chance > 0:
            found.append((chance, {name: share / chance for name, share in joint.items()}))
    return found


def _bits(beliefs: Mapping[str, float], after: Sequence[tuple[float, Mapping[str, float]]]) -> float:
    """Mutual information of the test's outcome and the diagnosis, in bits; never below 0 but for rounding."""
    total = sum(beliefs.values())
    gained = sum(
        chance * share * log2(share * total / beliefs[name])
        for chance, shares in after
        for name, share in shares.items()
        if share > 0
    )
    return max(gained / total, 0.0)


def _because(
    beliefs: Mapping[str, float], after: Sequence[tuple[float, Mapping[str, float]]], ranked: Sequence[Ranked]
) -> str:
    """Which diagnosis it moves most, and how far."""

    def moved(name: str) -> float:
        return sum(chance * abs(shares[name] - beliefs[name]) for chance, shares in after)

    name = max(beliefs, key=moved)
    title = next(row.title for row in ranked if row.diagnosis == name)
    low, high = (pick(shares[name] for _, shares in after) for pick in (min, max))
    return f"{title}: now {_percent(beliefs[name])}, afterwards {_percent(low)} to {_percent(high)}"


def _percent(share: float) -> str:
    """Whole percents, but for the smallest."""
    return f"{100 * share:.{0 if share >= 0.01 else 1}f} %"


def _reached(sentences: Mapping[str, tuple[float, str]], ranked: Sequence[Ranked]) -> list[str]:
    """The sentences whose diagnosis is probable enough."""
    return [
        sentences[row.diagnosis][1]
        for row in ranked
        if row.diagnosis in sentences and row.probability >= sentences[row.diagnosis][0]
    ]


def _offer(test: Test, bits: float, because: str, warnings: tuple[str, ...]) -> NextTest:
    return NextTest(
        test=test.name,
        title=test.title,
        kind=test.kind,
        expected_bits=bits,
        burden=test.burden,
        because=because,
        warnings=warnings,
    )
