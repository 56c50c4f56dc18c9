"""What must not be missed, whatever its rank."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from calcimeter.knowledge.network import Knowledge
from calcimeter.model.chemistry import Chemistry
from calcimeter.model.differential import Ranked, RedFlag, critical_flags

MALIGNANT_OVER = 0.05
"""A malignant diagnosis above this probability is never passed over (the contract)."""


def red_flags(ranked: Sequence[Ranked], chemistry: Chemistry, knowledge: Knowledge) -> tuple[RedFlag, ...]:
    """Critical results, blood that fits no diagnosis here, what a needle would make worse, malignant ones over 5 %."""
    return (
        *critical_flags(chemistry),
        *_not_ranked(chemistry),
        *_no_biopsy(ranked, knowledge),
        *_malignant(ranked, knowledge),
    )


def _not_ranked(chemistry: Chemistry) -> Iterator[RedFlag]:
    """Blood in which PTH has no effect: each level alone fits several diagnoses, and together they fit none of them."""
    if "pth_resistance" in chemistry.pattern.possible:
        because = (
            f"{chemistry.pattern.because}: as where PTH has no effect. Pseudohypoparathyroidism, which makes bone "
            "under the skin, is none of the diagnoses ranked here; rule it out before believing the first"
        )
        yield RedFlag("not_ranked", "pseudohypoparathyroidism", because)


def _no_biopsy(ranked: Sequence[Ranked], knowledge: Knowledge) -> Iterator[RedFlag]:
    told = set()
    for test in knowledge.tests.values():
        for row in ranked:
            least, sentence = test.forbidden.get(row.diagnosis, (2.0, ""))
            if row.probability >= least and row.diagnosis not in told:
                told.add(row.diagnosis)
                yield RedFlag("no_biopsy", row.diagnosis, sentence)


def _malignant(ranked: Sequence[Ranked], knowledge: Knowledge) -> Iterator[RedFlag]:
    for row in ranked:
        if knowledge.diseases[row.diagnosis].malignant and row.probability > MALIGNANT_OVER:
            because = (
                f"malignant, probability {100 * row.probability:.0f} %: refer to a sarcoma center before any needle"
            )
            yield RedFlag("malignant", row.diagnosis, because)
