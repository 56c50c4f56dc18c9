"""What each finding says of one diagnosis: logarithms of likelihoods that add up."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from math import log
from typing import NamedTuple

from calcimeter.knowledge.network import NONE_OF_THESE, Knowledge
from calcimeter.reason.likelihood import (
    Seen,
    age_likelihood,
    prior,
    sex_likelihood,
    site_likelihood,
    size_likelihood,
    tree_likelihood,
    trees,
)
from calcimeter.reason.observe import Observed

PATIENT = "patient"
"""The group of what depends on the diagnosis alone: prior, age, sex, site, size."""


class Part(NamedTuple):
    """One term of a diagnosis' logarithm: the finding, its logarithm, the keys of its sources, and its group."""

    finding: str
    log: float
    source: str
    group: str


def parts(knowledge: Knowledge, observed: Observed, population: str, diagnosis: str) -> tuple[Part, ...]:
    """All terms of one diagnosis: their sum is the logarithm of its prior times the likelihood of what was seen."""
    common = knowledge.populations[population]
    first = Part("prior", log(prior(knowledge, population)[diagnosis]), common.shares.source.key, PATIENT)
    return (
        first,
        *_of_patient(knowledge, observed, diagnosis),
        *_of_trees(knowledge, observed.seen, common.known, diagnosis),
    )


def _of_patient(knowledge: Knowledge, observed: Observed, diagnosis: str) -> Iterator[Part]:
    disease = knowledge.diseases[diagnosis]
    key = disease.source.key
    if observed.age_years is not None:
        yield Part("age", log(age_likelihood(knowledge, diagnosis, observed.age_years)), key, PATIENT)
    if observed.sex is not None:
        share = sex_likelihood(knowledge, diagnosis, observed.sex)
        yield Part("sex", log(share), disease.female.source.key, PATIENT)
    if observed.sites:
        share = site_likelihood(knowledge, diagnosis, observed.sites)
        yield Part("site", log(share), knowledge.sites.given[diagnosis].source.key, PATIENT)
    if observed.size_cm is not None:
        yield Part("size", log(size_likelihood(knowledge, diagnosis, observed.size_cm)), key, PATIENT)


def _of_trees(knowledge: Knowledge, seen: Seen, known: Mapping[str, str], diagnosis: str) -> Iterator[Part]:
    for root, groups in trees(knowledge).items():
        items = [item for name in groups for item in knowledge.groups[name].items if item in seen]
        ask = partial(tree_likelihood, knowledge, root, diagnosis, known=known)
        told = _cumulated(ask, [(item, seen[item]) for item in items])
        backward = _cumulated(ask, [(item, seen[item]) for item in reversed(items)])
        for item in items:
            group = knowledge.items[item].name
            yield Part(item, (told[item] + backward[item]) / 2, _sources(knowledge, item, diagnosis), group)


def _cumulated(ask: Callable[[Seen], float], items: list[tuple[str, tuple[str, ...]]]) -> dict[str, float]:
    """What every item adds to those before it."""
    found: dict[str, float] = {}
    so_far: dict[str, tuple[str, ...]] = {}
    before = 0.0
    for item, outcomes in items:
        so_far[item] = outcomes
        now = log(ask(so_far))
        found[item], before = now - before, now
    return found


def _sources(knowledge: Knowledge, item: str, diagnosis: str) -> str:
    """Keys of the sources that an item's numbers come from, for one diagnosis."""
    group = knowledge.items[item]
    rows = [group.items[item].row(diagnosis, state) for state in group.states or ("",)]
    whose = diagnosis if any(name == diagnosis for name, _ in group.given) else NONE_OF_THESE
    rows += [row for (name, _), row in group.given.items() if name == whose]
    return ", ".join(sorted({row.source.key for row in rows}))
