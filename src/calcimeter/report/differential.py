"""A differential diagnosis -> JSON, and lines for the shell."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from calcimeter.model.differential import Differential, Evidence, Ranked, RedFlag
from calcimeter.report.evidence import weighed

SHOWN = 0.02
"""Rows below this probability are summed up in one line of the shell; JSON has them all."""

LEAST_SHOWN, MOST_SHOWN = 3, 8
LEAST_WEIGHT = 0.1
"""Weights nearer to 0 are not shown in the shell."""


def differential_record(differential: Differential) -> dict[str, Any]:
    """What a differential fills of ``analysis.json``: differential, red_flags, next_tests, and what adds to them."""
    return {
        "differential": [_row(row) for row in differential.ranked],
        "against_leader": [_evidence(item) for item in differential.against_leader],
        "red_flags": flags_record(differential.red_flags),
        "next_tests": [
            {
                "test": test.test,
                "title": test.title,
                "kind": test.kind,
                "expected_bits": test.expected_bits,
                "burden": test.burden,
                "because": test.because,
                "warnings": list(test.warnings),
            }
            for test in differential.next_tests
        ],
        "not_weighed": list(differential.not_weighed),
        "prior": differential.prior,
    }


def ranking_record(differential: Differential | None, flags: Iterable[RedFlag] | None) -> dict[str, Any]:
    """The differential; where nothing is ranked null, with the critical results of the blood all the same."""
    if differential is not None:
        return differential_record(differential)
    return {"differential": None, "red_flags": None if flags is None else flags_record(flags), "next_tests": None}


def flags_record(flags: Iterable[RedFlag]) -> list[dict[str, str]]:
    """The value of ``red_flags``."""
    return [{"flag": one.flag, "about": one.about, "because": one.because} for one in flags]


def rank_record(differential: Differential, chemistry: Mapping[str, Any]) -> dict[str, Any]:
    """What ``calcimeter rank --json`` prints.

    Parameters
    ----------
    differential : Differential
    chemistry : mapping
        The record of the chemistry, as JSON.
    """
    findings = {
        found.name: {"present": found.present, "because": found.because, "disagreement": found.disagreement}
        for found in differential.findings
    }
    used = {key for row in differential.ranked for item in row.evidence for key in item.source.split(", ")}
    sources = {key: text for key, text in differential.sources.items() if key in used}
    return {**differential_record(differential), "findings": findings, "chemistry": dict(chemistry), "sources": sources}


def differential_lines(differential: Differential) -> Iterator[str]:
    """The same as a small table for the shell."""
    yield f"Among patients {differential.prior_title}; research use only, not a medical device."
    yield from (f"! {flag.because}" for flag in differential.red_flags)
    shown = _shown(differential.ranked)
    for row in shown:
        yield f"{100 * row.probability:5.1f} %  {row.title}"
        yield from _reasons(row.evidence)
    rest = 100 * sum(row.probability for row in differential.ranked[len(shown) :])
    yield f"{rest:5.1f} %  the other {len(differential.ranked) - len(shown)} together"
    yield from _heard(differential)
    yield "Next:" if differential.next_tests else "Next: no test would tell more than a five-hundredth of a bit"
    for test in differential.next_tests[:MOST_SHOWN]:
        yield f"  {test.expected_bits:.3f} bits  {test.title} ({test.because})"
        yield from (f"             mind: {warning}" for warning in test.warnings)


def _row(row: Ranked) -> dict[str, Any]:
    return {
        "diagnosis": row.diagnosis,
        "title": row.title,
        "probability": row.probability,
        "score": row.score,
        "evidence": [_evidence(item) for item in row.evidence],
    }


def _evidence(item: Evidence) -> dict[str, Any]:
    seen = list(item.seen) if isinstance(item.seen, tuple) else item.seen
    return {"finding": item.finding, "seen": seen, "weight": item.weight, "source": item.source, "group": item.group}


def _shown(ranked: Sequence[Ranked]) -> Sequence[Ranked]:
    """The rows worth a line of the shell."""
    probable = sum(row.probability >= SHOWN for row in ranked)
    return ranked[: min(max(probable, LEAST_SHOWN), MOST_SHOWN)]


def _reasons(evidence: Sequence[Evidence]) -> Iterator[str]:
    """For and against, a line each."""
    for word, sign in (("for", 1), ("against", -1)):
        said = [weighed(item) for item in evidence if sign * item.weight >= LEAST_WEIGHT]
        if said:
            yield f"           {word}: {', '.join(said)}"


def _heard(differential: Differential) -> Iterator[str]:
    """What speaks against the first, where reader and measurement disagree, and what was not weighed."""
    against = ", ".join(weighed(item) for item in differential.against_leader)
    if against:
        yield f"Against the first, compared with the others: {against}"
    for found in differential.findings:
        if found.disagreement:
            yield f"{found.name.replace('_', ' ')}: {found.because}, but {found.disagreement}"
    if differential.not_weighed:
        yield f"Not weighed: {', '.join(differential.not_weighed).replace('_', ' ')}"
