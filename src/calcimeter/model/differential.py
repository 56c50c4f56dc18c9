"""The ranked diagnoses with their reasons, what must not be missed, and what to do next."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from calcimeter.model.chemistry import BloodValue, Chemistry

Outcome = bool | str | float | tuple[str, ...]
"""What was seen: there or not; a level; years or centimeters; sites."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What one finding says of one diagnosis.

    Parameters
    ----------
    finding : str
        A term of the vocabulary, or prior, age, sex, site, size, several_places, egfr.
    seen : bool, str, float or tuple of str
        What was seen of it.
    weight : float
        Natural-log likelihood ratio against ``none_of_these``, without what other findings of its group already said.
        The weights of a diagnosis sum to its score.
    source : str
        Keys of the sources that the numbers come from.
    group : str
        The hidden fact through which it speaks; findings of one group are not independent.
    """

    finding: str
    seen: Outcome
    weight: float
    source: str
    group: str


@dataclass(frozen=True, slots=True)
class Ranked:
    """One diagnosis.

    Parameters
    ----------
    diagnosis : str
    title : str
        In words.
    probability : float
        All of them sum to 1.
    score : float
        The sum of its weights: natural log of how many times as probable it is as ``none_of_these``, before the small
        share that always stays with the prior.
    evidence : tuple of Evidence
        Strongest first, whatever its sign; the prior is one of them.
    """

    diagnosis: str
    title: str
    probability: float
    score: float
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class Merged:
    """One finding after a reader and the measurements were heard.

    Parameters
    ----------
    name : str
    present : bool or None
        What counts: the reader's word where there is one.
    because : str
    disagreement : str or None
        In words, where the two say the opposite.
    """

    name: str
    present: bool | None
    because: str
    disagreement: str | None = None


@dataclass(frozen=True, slots=True)
class RedFlag:
    """What must not be missed, whatever its rank.

    Parameters
    ----------
    flag : str
        malignant, critical_result, no_biopsy, not_ranked (the blood has a pattern of a disease that is none of the
        diagnoses) or contradiction (the population is not that of the patient, or two things can't both be true).
    about : str
        The diagnosis, the analyte, the disease, the population, or the term that contradicts another.
    because : str
    """

    flag: Literal["malignant", "critical_result", "no_biopsy", "not_ranked", "contradiction"]
    about: str
    because: str


@dataclass(frozen=True, slots=True)
class NextTest:
    """A test that was not done yet.

    Parameters
    ----------
    test : str
    title : str
        In words.
    kind : str
        bedside, blood, imaging, genetic or invasive.
    expected_bits : float
        By how much it is expected to lower the uncertainty over the diagnoses.
    burden : float
        Cost and harm in units of a blood sample.
    because : str
        Between which diagnoses it decides.
    warnings : tuple of str
        Where its result misleads.
    """

    test: str
    title: str
    kind: str
    expected_bits: float
    burden: float
    because: str
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Differential:
    """Every diagnosis of the vocabulary and ``none_of_these``, most probable first.

    Parameters
    ----------
    ranked : tuple of Ranked
    prior, prior_title : str
        The population, and in words.
    against_leader : tuple of Evidence
        What speaks for the others and against the first: weights against the mean of the others, all below 0.
    findings : tuple of Merged
    red_flags : tuple of RedFlag
    next_tests : tuple of NextTest
        In the order in which to do them; invasive ones last.
    not_weighed : tuple of str
        Given, but known to no likelihood, or a number without a range: it changed nothing.
    sources : mapping of str to str
        Key of a source -> citation.
    """

    ranked: tuple[Ranked, ...]
    prior: str
    prior_title: str
    against_leader: tuple[Evidence, ...]
    findings: tuple[Merged, ...]
    red_flags: tuple[RedFlag, ...]
    next_tests: tuple[NextTest, ...]
    not_weighed: tuple[str, ...]
    sources: Mapping[str, str]

    def probability(self, diagnosis: str) -> float:
        """That of one diagnosis."""
        return next(row.probability for row in self.ranked if row.diagnosis == diagnosis)


def critical_flags(chemistry: Chemistry) -> tuple[RedFlag, ...]:
    """The results that a doctor has to know at once, whether or not anything is ranked."""
    several = len({one.day for one in chemistry.results}) > 1
    return tuple(
        RedFlag("critical_result", value.analyte, f"{_critical(value)}{_on_day(value) if several else ''}")
        for value in chemistry.criticals
    )


def flags_of(differential: Differential | None, chemistry: Chemistry | None) -> tuple[RedFlag, ...] | None:
    """What must not be missed; a critical result also where nothing is ranked. None: nothing was asked."""
    if differential is not None:
        return differential.red_flags
    return None if chemistry is None else critical_flags(chemistry)


def with_latest_criticals(flags: Iterable[RedFlag], chemistry: Chemistry | None) -> tuple[RedFlag, ...]:
    """Flags of a ranking by blood before treatment, with the critical ones of the latest blood instead of its own."""
    now = () if chemistry is None else critical_flags(chemistry)
    return (*now, *(flag for flag in flags if flag.flag != "critical_result"))


def _on_day(value: BloodValue) -> str:
    """Where there are results of several days: a critical one may be of after treatment, or of long ago."""
    return " without a date" if value.day is None else f" on day {value.day}"


def _critical(value: BloodValue) -> str:
    """The result as the laboratory gave it, where it gave a number."""
    name = value.analyte.replace("_", " ")
    number, unit = value.given or (value.value, value.unit)
    if number is None:
        return f"critical result: {name} {value.status or ''}".rstrip()
    return f"critical result: {name} {value.comparator or ''}{number:.4g} {unit}"
