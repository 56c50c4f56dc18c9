"""Laws of the ranking, over cases of chance."""

from __future__ import annotations

import math

from hypothesis import given, settings
from hypothesis import strategies as st

from calcimeter.knowledge.read_network import shipped_knowledge
from calcimeter.knowledge.vocabulary import vocabulary
from reason.textbook import ranked

TERMS = vocabulary()
FEW = settings(max_examples=10, deadline=None, derandomize=True)
LEVELS = st.sampled_from(["low", "normal", "high"])


def flagged(kind, most):
    return st.dictionaries(st.sampled_from(TERMS[kind]), st.booleans(), max_size=most)


@st.composite
def cases(draw):
    analytes = draw(st.lists(st.sampled_from(TERMS["analytes"]), unique=True, max_size=4))
    return {
        "subject": {
            "age_years": draw(st.none() | st.integers(0, 95)),
            "sex": draw(st.sampled_from([None, "M", "F", "O"])),
        },
        "history": draw(flagged("history", 6)),
        "findings": draw(flagged("findings", 6)),
        "sites": draw(st.lists(st.sampled_from(TERMS["sites"]), unique=True, max_size=3)),
        "labs": [{"analyte": name, "interpretation": draw(LEVELS)} for name in analytes],
    }


@FEW
@given(cases(), st.sampled_from(["referral", "unselected", "dialysis", "uniform"]))
def test_every_case_gives_finite_probabilities_that_sum_to_one(said, prior):
    result = ranked(said, prior)
    assert math.isclose(sum(row.probability for row in result.ranked), 1, abs_tol=1e-9)
    assert all(0 < row.probability < 1 and math.isfinite(row.score) for row in result.ranked)
    for row in result.ranked:
        assert math.isclose(sum(item.weight for item in row.evidence), row.score, abs_tol=1e-9)
    assert all(test.expected_bits >= 0 for test in result.next_tests)


@FEW
@given(cases(), st.randoms(use_true_random=False))
def test_the_order_of_evidence_does_not_matter(said, chance):
    turned = dict(said)
    for key in ("history", "findings"):
        pairs = list(said[key].items())
        chance.shuffle(pairs)
        turned[key] = dict(pairs)
    turned["labs"] = chance.sample(said["labs"], len(said["labs"]))
    turned["sites"] = said["sites"][::-1]
    before = {row.diagnosis: row for row in ranked(said).ranked}
    after = {row.diagnosis: row for row in ranked(turned).ranked}
    for name, row in before.items():
        assert math.isclose(row.probability, after[name].probability, rel_tol=1e-9)
        weights = {item.finding: item.weight for item in row.evidence}
        for item in after[name].evidence:
            assert math.isclose(item.weight, weights[item.finding], abs_tol=1e-9)


@FEW
@given(cases(), st.lists(st.sampled_from(TERMS["history"] + TERMS["findings"]), max_size=4))
def test_what_is_not_known_changes_nothing(said, terms):
    more = {**said, "history": dict(said["history"]), "findings": dict(said["findings"])}
    for term in terms:
        kind = "history" if term in TERMS["history"] else "findings"
        more[kind].setdefault(term, None)
    assert ranked(more).ranked == ranked(said).ranked


@FEW
@given(cases(), st.sampled_from(TERMS["findings"] + TERMS["history"]), st.booleans())
def test_supporting_evidence_never_lowers_what_it_supports_most(said, term, present):
    """Of all diagnoses the one that a finding favors most can't lose by it."""
    kind = "findings" if term in TERMS["findings"] else "history"
    if term not in shipped_knowledge().items or term in said[kind]:
        return
    before, after = ranked(said), ranked({**said, kind: {**said[kind], term: present}})
    scores = {row.diagnosis: row.score for row in before.ranked}
    gained = {row.diagnosis: row.score - scores[row.diagnosis] for row in after.ranked}
    most = max(gained, key=gained.__getitem__)
    assert after.probability(most) >= before.probability(most) - 1e-12
