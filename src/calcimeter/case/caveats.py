"""What is not known of the case as a whole."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from calcimeter.model.case_result import CaseStudy, JoinedDeposit, StudyPair
from calcimeter.model.caveat import Caveat, caveat


def case_caveats(
    studies: Sequence[CaseStudy],
    deposits: Sequence[JoinedDeposit],
    pairs: Sequence[StudyPair],
    codes: frozenset[str],
) -> tuple[Caveat, ...]:
    """Caveats by code.

    Parameters
    ----------
    codes : frozenset of str
        What is already known to hold: of patients, dates, sides and blood results.
    """
    inputs = Counter(study.input_sha256 for study in studies)
    met = {
        "CASE_STUDY_TWICE": any(count > 1 for digest, count in inputs.items() if digest),
        "CASE_STUDY_REFUSED": any(not study.measured for study in studies),
        "CASE_DAYS_UNKNOWN": any(study.day is None and not study.is_left_out for study in studies),
        "CASE_CT_NOT_COMPARED": any(pair.comparison is None for pair in pairs),
        "CASE_JOINED_BY_SIZE": any(len({one.kind for one in deposit.seen}) > 1 for deposit in deposits),
    }
    return tuple(caveat(code) for code in sorted({*codes, *(code for code, holds in met.items() if holds)}))
