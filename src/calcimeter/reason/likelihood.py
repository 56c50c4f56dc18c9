"""How probable what was seen is, were a diagnosis true: the network of diagnosis, hidden facts and findings.

Every number of the knowledge counts as if seen in so many patients as its source is worth, and one more patient is
added who is like the background. That is the mean of a beta (or Dirichlet) distribution whose prior is that one
patient; it keeps opinion from ever saying 0 or 1.

The hidden facts of a diagnosis form small trees (failing kidneys -> parathyroid -> calcium), summed over exactly.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import product
from math import erf, exp, log, pi, sqrt

from calcimeter.knowledge.network import ANY, NONE_OF_THESE, Disease, Group, Knowledge, Row

Seen = Mapping[str, tuple[str, ...]]
"""Item -> the outcomes that it may have had: one, or several that were not told apart."""

NO_STATE = ""
OLDEST_YEARS = 100.0
FULL_YEAR = 0.5
"""An age is told in full years: the middle of the year is meant."""


@cache
def trees(knowledge: Knowledge) -> Mapping[str, tuple[str, ...]]:
    """Root of each tree of hidden facts -> its groups, parents first."""
    found: dict[str, tuple[str, ...]] = {}
    for name, group in knowledge.groups.items():
        if group.parent is None:
            found[name] = tuple(_below(knowledge, name))
    return found


@cache
def states_given(knowledge: Knowledge, group: str, diagnosis: str, parent_state: str) -> tuple[float, ...]:
    """Probability of every state of a hidden fact, after the width of its source."""
    whole = knowledge.groups[group]
    if not whole.states:
        return (1.0,)
    background = whole.row(NONE_OF_THESE, parent_state).shares
    return tuple(_trusted(whole.row(diagnosis, parent_state), background).values())


@cache
def outcomes_given(knowledge: Knowledge, item: str, diagnosis: str, state: str) -> Mapping[str, float]:
    """Probability of every outcome of an item, after the width of its source."""
    group = knowledge.items[item]
    return _trusted(group.items[item].row(diagnosis, state), _background(knowledge, item))


def prior(knowledge: Knowledge, population: str) -> dict[str, float]:
    """Diagnosis -> how common it is, after the width of its source: pulled toward all being equally common."""
    row = knowledge.populations[population].shares
    return _trusted(row, dict.fromkeys(row.shares, 1.0 / len(row.shares)))


def tree_likelihood(knowledge: Knowledge, root: str, diagnosis: str, seen: Seen, known: Mapping[str, str]) -> float:
    """How probable the seen findings of one tree are together.

    Parameters
    ----------
    knowledge : Knowledge
    root : str
        A key of ``trees``.
    diagnosis : str
    seen : mapping of str to tuple of str
        Item -> outcomes; items of other trees are left alone.
    known : mapping of str to str
        Hidden facts that are known, such as failing kidneys in a population on dialysis; they are no evidence then.

    Returns
    -------
    float
        1.0 where nothing of the tree was seen.
    """
    spoken = _spoken(knowledge, root, seen)
    return _message(_Tree(knowledge, diagnosis, seen, known, spoken), root, ANY) if spoken else 1.0


def states_after(
    knowledge: Knowledge, group: str, diagnosis: str, seen: Seen, known: Mapping[str, str]
) -> dict[str, float]:
    """How probable every state of a hidden fact is with a diagnosis, after what was seen; sums to 1."""
    states = tuple(knowledge.groups[group].states)
    if not states:
        return {NO_STATE: 1.0}
    root = _root(knowledge, group)
    spoken = _spoken(knowledge, root, seen) | {group}
    shares = {}
    for state in states:
        tree = _Tree(knowledge, diagnosis, seen, known, spoken, held=(group, state))
        shares[state] = _message(tree, root, ANY)
    total = sum(shares.values())
    return {state: share / total for state, share in shares.items()}


def age_likelihood(knowledge: Knowledge, diagnosis: str, age_years: float) -> float:
    """Density of the age, per year: continuous, and never 0."""
    own, background = (_age_density(knowledge.diseases[name], age_years) for name in (diagnosis, NONE_OF_THESE))
    patients = knowledge.diseases[diagnosis].source.patients
    return (patients * own + background) / (patients + 1.0)


def sex_likelihood(knowledge: Knowledge, diagnosis: str, sex: str) -> float:
    """Probability of the sex, F or M."""
    background = knowledge.diseases[NONE_OF_THESE].female.shares
    return _trusted(knowledge.diseases[diagnosis].female, background)[sex]


def site_likelihood(knowledge: Knowledge, diagnosis: str, sites: tuple[str, ...]) -> float:
    """Mean probability of the sites: those of one patient are not independent."""
    shares = _named(knowledge, diagnosis)
    return sum(shares[site] for site in sites) / len(sites)


def size_likelihood(knowledge: Knowledge, diagnosis: str, size_cm: float) -> float:
    """Density of the long axis on a logarithmic scale."""
    own, background = (_size_density(knowledge.diseases[name], size_cm) for name in (diagnosis, NONE_OF_THESE))
    patients = knowledge.diseases[diagnosis].source.patients
    return (patients * own + background) / (patients + 1.0)


@dataclass(frozen=True, slots=True)
class _Tree:
    """One question to a tree: whose, what was seen, which groups have anything to say, and a state to hold on to."""

    knowledge: Knowledge
    diagnosis: str
    seen: Seen
    known: Mapping[str, str]
    spoken: frozenset[str]
    held: tuple[str, str] | None = None


def _spoken(knowledge: Knowledge, root: str, seen: Seen) -> frozenset[str]:
    """The groups of a tree of which something was seen."""
    groups = knowledge.groups
    return frozenset(name for name in trees(knowledge)[root] if not groups[name].items.keys().isdisjoint(seen))


def _message(tree: _Tree, name: str, parent_state: str) -> float:
    """What a group and everything below it says, for one state of its parent."""
    group = tree.knowledge.groups[name]
    needed = _with_ancestors(tree.knowledge, tree.spoken)
    children = [child for child in _children(tree.knowledge, name) if child in needed]
    items = [(item, tree.seen[item]) for item in group.items if item in tree.seen]
    total = 0.0
    for state, chance in _states(tree, name, parent_state):
        for item, outcomes in items:
            shares = outcomes_given(tree.knowledge, item, tree.diagnosis, state)
            chance *= sum(shares[outcome] for outcome in outcomes)
        for child in children:
            chance *= _message(tree, child, state)
        total += chance
    return total


def _states(tree: _Tree, name: str, parent_state: str) -> Iterator[tuple[str, float]]:
    """The states of a group that are asked about, with how probable they are."""
    states = tuple(tree.knowledge.groups[name].states) or (NO_STATE,)
    chances = states_given(tree.knowledge, name, tree.diagnosis, parent_state)
    if name in tree.known:
        states, chances = (tree.known[name],), (1.0,)
    for state, chance in zip(states, chances, strict=True):
        if tree.held is None or tree.held[0] != name or tree.held[1] == state:
            yield state, chance


def _root(knowledge: Knowledge, name: str) -> str:
    parent = knowledge.groups[name].parent
    return name if parent is None else _root(knowledge, parent)


@cache
def _children(knowledge: Knowledge, name: str) -> tuple[str, ...]:
    return tuple(child for child, group in knowledge.groups.items() if group.parent == name)


def _below(knowledge: Knowledge, name: str) -> list[str]:
    """A group and everything under it, parents first."""
    return [name, *(below for child in _children(knowledge, name) for below in _below(knowledge, child))]


@cache
def _with_ancestors(knowledge: Knowledge, names: frozenset[str]) -> frozenset[str]:
    found = set()
    for name in names:
        at: str | None = name
        while at is not None:
            found.add(at)
            at = knowledge.groups[at].parent
    return frozenset(found)


@cache
def _background(knowledge: Knowledge, item: str) -> Mapping[str, float]:
    """Outcomes of an item among patients with none of these."""
    group = knowledge.items[item]
    found = dict.fromkeys(group.items[item].outcomes, 0.0)
    for state, chance in _background_states(knowledge, group).items():
        for outcome, share in group.items[item].row(NONE_OF_THESE, state).shares.items():
            found[outcome] += chance * share
    return found


def _background_states(knowledge: Knowledge, group: Group) -> dict[str, float]:
    """States of a hidden fact among patients with none of these, over all states of its parent."""
    if not group.states:
        return {NO_STATE: 1.0}
    above = {ANY: 1.0} if group.parent is None else _background_states(knowledge, knowledge.groups[group.parent])
    found = dict.fromkeys(group.states, 0.0)
    for (parent_state, chance), state in product(above.items(), group.states):
        found[state] += chance * group.row(NONE_OF_THESE, parent_state).shares[state]
    return found


def _trusted(row: Row, background: Mapping[str, float]) -> dict[str, float]:
    """A row after so many patients as its source is worth, and one of the background."""
    patients = row.source.patients
    return {name: (patients * share + background[name]) / (patients + 1.0) for name, share in row.shares.items()}


@cache
def _named(knowledge: Knowledge, diagnosis: str) -> Mapping[str, float]:
    """How often each site is named: the sites themselves, some of them by a neighbor."""
    sites = knowledge.sites
    shares = _trusted(sites.given[diagnosis], sites.given[NONE_OF_THESE].shares)
    named = dict.fromkeys(shares, 0.0)
    for site, share in shares.items():
        neighbors = sorted(frozenset().union(*(near for near in sites.near if site in near)) - {site})
        named[site] += share * (1.0 - sites.blur if neighbors else 1.0)
        for neighbor in neighbors:
            named[neighbor] += share * sites.blur / len(neighbors)
    return named


def _age_density(disease: Disease, age_years: float) -> float:
    """Mixture of normal curves, each cut at 0 and 100 years."""
    at = min(max(age_years + FULL_YEAR, 0.0), OLDEST_YEARS)
    total = 0.0
    for share, mean, sd in disease.age:
        inside = _normal_below((OLDEST_YEARS - mean) / sd) - _normal_below(-mean / sd)
        total += share * _normal((at - mean) / sd) / (sd * inside)
    return total


def _size_density(disease: Disease, size_cm: float) -> float:
    median, factor = disease.size_cm
    return _normal(log(size_cm / median) / log(factor)) / log(factor)


def _normal(z: float) -> float:
    return exp(-0.5 * z * z) / sqrt(2.0 * pi)


def _normal_below(z: float) -> float:
    return 0.5 * (1.0 + erf(z / sqrt(2.0)))
