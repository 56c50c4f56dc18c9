"""Ranks the diagnoses: prior and evidence, as natural-log weights that add up.

Given a diagnosis, the hidden facts of different trees are independent; findings of one tree are not, and are weighed
together. What is told of a patient can also lead astray altogether: a small share of every answer stays with the prior
(``lapse``).

A finding's own weight is what it adds to those of its tree: the mean of being told in the order of the knowledge and in
the reverse order, so that the order of a case file does not matter and correlated findings share.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cache
from math import exp

from calcimeter.errors import UsageError
from calcimeter.knowledge.network import NO, NONE_OF_THESE, YES, Knowledge, Population
from calcimeter.knowledge.read_network import shipped_knowledge
from calcimeter.model.case import Case
from calcimeter.model.chemistry import Chemistry
from calcimeter.model.differential import Differential, Evidence, Outcome, Ranked, RedFlag
from calcimeter.model.finding import Finding
from calcimeter.reason.contradictions import contradicting
from calcimeter.reason.likelihood import prior as prior_of
from calcimeter.reason.next_tests import next_tests
from calcimeter.reason.observe import Observed, observe
from calcimeter.reason.red_flags import red_flags
from calcimeter.reason.weights import Part, parts

SPEAKS_AGAINST = -0.1
"""Natural log: a finding that is 10 % less probable with the leader than with the others is worth a line."""


def rank(
    case: Case,
    findings: Iterable[Finding] = (),
    chemistry: Chemistry | None = None,
    *,
    prior: str = "referral",
    knowledge: Knowledge | None = None,
) -> Differential:
    """Rank every diagnosis of the vocabulary and ``none_of_these``.

    Parameters
    ----------
    case : Case
        Its diagnosis and stated differential are never looked at; of its treatments only whether parathyroid glands
        were taken out, after which a low hormone says nothing.
    findings : iterable of Finding
        What analyses of images measured; a reader's findings in the case override them.
    chemistry : Chemistry, optional
        What the laboratory results of the case say.
    prior : str
        The population: referral, unselected, dialysis or uniform.
    knowledge : Knowledge, optional
        Another one than that of the package.

    Returns
    -------
    Differential
        With an empty case: the prior.

    Raises
    ------
    UsageError
        No such population.
    """
    knowledge = knowledge or shipped_knowledge()
    if prior not in knowledge.populations:
        raise UsageError(f"no prior is called {prior!r}; expected one of {', '.join(knowledge.populations)}")
    chemistry = chemistry or Chemistry()
    observed = observe(case, findings, chemistry, knowledge)
    denied = _denied(observed, knowledge.populations[prior])
    if denied:
        knowledge = _without_known(knowledge, prior)
    ranked = _ranked(knowledge, observed, prior)
    done = {lesion.modality for lesion in case.lesions if lesion.modality}
    return Differential(
        ranked=ranked,
        prior=prior,
        prior_title=knowledge.populations[prior].title,
        against_leader=_against(ranked),
        findings=observed.merged,
        red_flags=(
            *red_flags(ranked, chemistry, knowledge),
            *_contradicted(denied, knowledge.populations[prior]),
            *contradicting(case, observed.merged, observed.seen),
        ),
        next_tests=next_tests(ranked, observed.seen, knowledge, prior, done, observed.answered),
        not_weighed=observed.not_weighed,
        sources={key: source.text for key, source in knowledge.sources.items()},
    )


def _denied(observed: Observed, population: Population) -> list[str]:
    """What the case says that nobody of the population can show, in words."""
    return [
        f"no {item.replace('_', ' ')}"
        if outcome == NO
        else f"{item.replace('egfr', 'eGFR')} {outcome.replace('_', ' ')}"
        for item, outcome in population.denied_by.items()
        if observed.seen.get(item) == (outcome,)
    ]


@cache
def _without_known(knowledge: Knowledge, population: str) -> Knowledge:
    """The knowledge in which nothing is taken for granted of a population: its patients speak for themselves."""
    changed = replace(knowledge.populations[population], known={})
    return replace(knowledge, populations={**knowledge.populations, population: changed})


def _contradicted(denied: Sequence[str], population: Population) -> Iterator[RedFlag]:
    """A flag where the population that was chosen is not that of the patient."""
    if denied:
        because = (
            f"the prior is that of patients {population.title}, and the case says {' and '.join(denied)}: "
            "check which is true, or take another prior"
        )
        yield RedFlag("contradiction", population.name, because)


def _ranked(knowledge: Knowledge, observed: Observed, population: str) -> tuple[Ranked, ...]:
    """All rows, most probable first; equal ones in the order of the vocabulary."""
    background = parts(knowledge, observed, population, NONE_OF_THESE)
    rows = []
    for name, disease in knowledge.diseases.items():
        pairs = zip(parts(knowledge, observed, population, name), background, strict=True)
        evidence = [_evidence(own, other, observed, population) for own, other in pairs]
        score = sum(item.weight for item in evidence)
        strongest = tuple(sorted(evidence, key=lambda item: -abs(item.weight)))
        rows.append(Ranked(name, disease.title, 0.0, score, strongest))
    highest = max(row.score for row in rows)
    total = sum(exp(row.score - highest) for row in rows)
    lapse, before = knowledge.lapse.shares[YES], prior_of(knowledge, population)
    rows = [
        replace(row, probability=(1 - lapse) * exp(row.score - highest) / total + lapse * before[row.diagnosis])
        for row in rows
    ]
    return tuple(sorted(rows, key=lambda row: -row.probability))


def _evidence(own: Part, background: Part, observed: Observed, population: str) -> Evidence:
    """The weight of one finding against ``none_of_these``."""
    of_patient: dict[str, Outcome | None] = {
        "prior": population,
        "age": observed.age_years,
        "sex": observed.sex,
        "site": observed.sites,
        "size": observed.size_cm,
    }
    seen = of_patient.get(own.finding, observed.shown.get(own.finding))
    assert seen is not None
    return Evidence(own.finding, seen, own.log - background.log, own.source, own.group)


def _against(ranked: tuple[Ranked, ...]) -> tuple[Evidence, ...]:
    """What speaks against the first: its weights against the mean of the others, weighed by how probable they are."""
    leader, others = ranked[0], ranked[1:]
    rest = sum(row.probability for row in others)
    mean: dict[str, float] = {}
    for row in others:
        for item in row.evidence:
            mean[item.finding] = mean.get(item.finding, 0.0) + row.probability / rest * item.weight
    differences = [replace(item, weight=item.weight - mean[item.finding]) for item in leader.evidence]
    against = [item for item in differences if item.weight < SPEAKS_AGAINST]
    return tuple(sorted(against, key=lambda item: item.weight))
