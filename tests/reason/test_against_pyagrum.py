"""The same network in an independent library for Bayesian networks gives the same probabilities."""

from __future__ import annotations

import math

import pytest

from calcimeter.knowledge.network import ANY, NONE_OF_THESE
from calcimeter.knowledge.read_network import shipped_knowledge
from calcimeter.load.case_file import case_of
from calcimeter.reason.chemistry import read_chemistry
from calcimeter.reason.likelihood import (
    age_likelihood,
    outcomes_given,
    prior,
    sex_likelihood,
    site_likelihood,
    size_likelihood,
    states_given,
)
from calcimeter.reason.observe import observe
from reason.textbook import PAIRS, TEXTBOOK, ranked

gum = pytest.importorskip("pyagrum", reason="pyagrum is not installed")
KNOWLEDGE = shipped_knowledge()
NAMES = list(KNOWLEDGE.diseases)


@pytest.fixture(scope="module")
def network():
    """Diagnosis -> hidden facts -> findings, as one network."""
    net = gum.BayesNet("ranking")
    net.add(gum.LabelizedVariable("diagnosis", "", NAMES))
    net.cpt("diagnosis").fillWith([prior(KNOWLEDGE, "referral")[name] for name in NAMES])
    for group in KNOWLEDGE.groups.values():
        if group.states:
            net.add(gum.LabelizedVariable(f"fact {group.name}", "", list(group.states)))
        for item in group.items.values():
            net.add(gum.LabelizedVariable(item.name, "", list(item.outcomes)))
    for group in KNOWLEDGE.groups.values():
        _fill_fact(net, group)
        for item in group.items.values():
            _fill_item(net, group, item.name)
    return net


def _fill_fact(net, group):
    if not group.states:
        return
    fact = f"fact {group.name}"
    net.addArc("diagnosis", fact)
    if group.parent is None:
        for name in NAMES:
            net.cpt(fact)[{"diagnosis": name}] = list(states_given(KNOWLEDGE, group.name, name, ANY))
        return
    net.addArc(f"fact {group.parent}", fact)
    for name in NAMES:
        for state in KNOWLEDGE.groups[group.parent].states:
            where = {"diagnosis": name, f"fact {group.parent}": state}
            net.cpt(fact)[where] = list(states_given(KNOWLEDGE, group.name, name, state))


def _fill_item(net, group, item):
    net.addArc("diagnosis", item)
    if group.states:
        net.addArc(f"fact {group.name}", item)
    for name in NAMES:
        for state in group.states or ("",):
            where = {"diagnosis": name} | ({f"fact {group.name}": state} if group.states else {})
            net.cpt(item)[where] = list(outcomes_given(KNOWLEDGE, item, name, state).values())


def _soft(observed):
    """Age, sex, sites and size as the likelihood of each diagnosis."""
    likelihood = dict.fromkeys(NAMES, 1.0)
    for name in NAMES:
        if observed.age_years is not None:
            likelihood[name] *= age_likelihood(KNOWLEDGE, name, observed.age_years)
        if observed.sex is not None:
            likelihood[name] *= sex_likelihood(KNOWLEDGE, name, observed.sex)
        if observed.sites:
            likelihood[name] *= site_likelihood(KNOWLEDGE, name, observed.sites)
        if observed.size_cm is not None:
            likelihood[name] *= size_likelihood(KNOWLEDGE, name, observed.size_cm)
    return [likelihood[name] for name in NAMES]


CASES = [*TEXTBOOK.values(), *(pair[3] | pair[5] for pair in PAIRS)]


@pytest.mark.parametrize("said", CASES, ids=range(len(CASES)))
def test_an_independent_library_gives_the_same_probabilities(said, network):
    case = case_of(said)
    chemistry = read_chemistry(case.subject, case.labs, case.history)
    observed = observe(case, (), chemistry, KNOWLEDGE)
    inference = gum.LazyPropagation(network)
    inference.addEvidence("diagnosis", _soft(observed))
    for item, outcomes in observed.seen.items():
        known = KNOWLEDGE.items[item].items[item].outcomes
        inference.addEvidence(item, [1.0 if outcome in outcomes else 0.0 for outcome in known])
    inference.makeInference()
    theirs = dict(zip(NAMES, inference.posterior("diagnosis").tolist(), strict=True))

    rows = ranked(said).ranked
    total = sum(math.exp(row.score) for row in rows)
    lapse, before = KNOWLEDGE.lapse.shares["yes"], prior(KNOWLEDGE, "referral")
    for row in rows:
        assert math.exp(row.score) / total == pytest.approx(theirs[row.diagnosis], abs=1e-9)
        mixed = (1 - lapse) * theirs[row.diagnosis] + lapse * before[row.diagnosis]
        assert row.probability == pytest.approx(mixed, abs=1e-9)
    assert NONE_OF_THESE in theirs
