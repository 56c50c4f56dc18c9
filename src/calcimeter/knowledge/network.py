"""What the ranking believes, as records: diagnoses, how common they are, what they show, and what a test would tell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

NONE_OF_THESE = "none_of_these"
"""The row for everything that the vocabulary does not name; its likelihoods are the background."""

OTHERWISE = "otherwise"
"""The row of a finding that holds for every state and diagnosis without a row of its own."""

ANY = "any"
"""The row of a hidden fact that holds whatever its parent is."""

YES, NO = "yes", "no"


@dataclass(frozen=True, slots=True)
class Source:
    """Where numbers come from.

    Parameters
    ----------
    key : str
    kind : str
        measured, definition or opinion.
    patients : float
        How far its numbers are trusted: they count as if seen in so many patients.
    text : str
        The citation.
    """

    key: str
    kind: Literal["measured", "definition", "opinion"]
    patients: float
    text: str


@dataclass(frozen=True, slots=True)
class Row:
    """Probabilities that sum to 1, with where they come from."""

    shares: Mapping[str, float]
    source: Source


@dataclass(frozen=True, slots=True)
class Item:
    """Something that can be seen: a finding, a piece of history, a laboratory value.

    Parameters
    ----------
    name : str
        A term of the vocabulary, or of a test's result that no case file holds.
    outcomes : tuple of str
        yes and no; or the levels that it can have.
    rows : mapping of str to Row
        By state of the hidden fact, or by diagnosis, which goes first; ``otherwise`` for the rest.
    """

    name: str
    outcomes: tuple[str, ...]
    rows: Mapping[str, Row]

    def row(self, diagnosis: str, state: str) -> Row:
        """The row that holds for a diagnosis when the hidden fact is so."""
        return self.rows.get(diagnosis) or self.rows.get(state) or self.rows[OTHERWISE]


@dataclass(frozen=True, slots=True)
class Group:
    """Findings that depend on one another through a hidden fact, such as what the deposit looks like.

    Parameters
    ----------
    name : str
    title : str
        In words.
    states : mapping of str to str
        What the hidden fact can be, in words; empty where the findings depend on the diagnosis alone.
    parent : str or None
        The hidden fact that this one also depends on.
    given : mapping of (diagnosis, state of the parent or "any") to Row
    items : mapping of str to Item
    """

    name: str
    title: str
    states: Mapping[str, str]
    parent: str | None
    given: Mapping[tuple[str, str], Row]
    items: Mapping[str, Item]

    def row(self, diagnosis: str, parent_state: str) -> Row:
        """The row that holds for a diagnosis: its own, else the background."""
        for name in (diagnosis, NONE_OF_THESE):
            row = self.given.get((name, parent_state)) or self.given.get((name, ANY))
            if row is not None:
                return row
        raise KeyError(diagnosis)


@dataclass(frozen=True, slots=True)
class Disease:
    """Who gets it, and how large it is.

    Parameters
    ----------
    age : tuple of (share, mean, standard deviation)
        A mixture of normal curves, in years.
    female : Row
        Shares of F and M.
    size_cm : (median, factor)
        Of the long axis: two of three lie within the factor.
    source : Source
        Of age and size.
    """

    name: str
    title: str
    malignant: bool
    age: tuple[tuple[float, float, float], ...]
    female: Row
    size_cm: tuple[float, float]
    source: Source


@dataclass(frozen=True, slots=True)
class Population:
    """How common each diagnosis is among those who are asked about.

    Parameters
    ----------
    shares : Row
        Sums to 1 over the diagnoses and ``none_of_these``.
    known : mapping of str to str
        Hidden facts that hold for everybody in it, such as failing kidneys.
    denied_by : mapping of str to str
        Finding -> its outcome that nobody in it can have, such as no dialysis.
    """

    name: str
    title: str
    shares: Row
    known: Mapping[str, str]
    denied_by: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Sites:
    """Where it lies.

    Parameters
    ----------
    given : mapping of str to Row
        Diagnosis -> shares of every site of the vocabulary.
    near : tuple of sets
        Sites that may name one place.
    no_place : set
        Terms that name no single place.
    blur : float
        How often a deposit is named by a neighbor of its site: a mass at the upper thigh as of the hip.
    """

    given: Mapping[str, Row]
    near: tuple[frozenset[str], ...]
    no_place: frozenset[str]
    blur: float


@dataclass(frozen=True, slots=True)
class Test:
    """A test that could be done next.

    Parameters
    ----------
    reveals : tuple of str
        The items whose outcome it tells.
    burden : float
        Cost and harm to the patient, in units of a blood sample.
    kind : str
        bedside, blood, imaging, genetic or invasive.
    modality : str or None
        Of the study that it is: where a deposit was measured on such a study, it is done. None: no such study.
    misleads : mapping of str to (probability, sentence)
        Diagnosis -> from which probability on it comes with this warning.
    forbidden : mapping of str to (probability, sentence)
        Diagnosis -> from which probability on it is not offered at all.
    """

    name: str
    title: str
    kind: str
    reveals: tuple[str, ...]
    burden: float
    source: Source
    modality: str | None
    misleads: Mapping[str, tuple[float, str]]
    forbidden: Mapping[str, tuple[float, str]]


@dataclass(frozen=True, slots=True, eq=False)
class Knowledge:
    """Everything that the ranking believes.

    Parameters
    ----------
    items : mapping of str to Group
        Item -> the group that holds it.
    lapse : Row
        Shares of yes and no: how often everything that is told of a patient leads astray.
    """

    sources: Mapping[str, Source]
    diseases: Mapping[str, Disease]
    populations: Mapping[str, Population]
    sites: Sites
    groups: Mapping[str, Group]
    items: Mapping[str, Group]
    lapse: Row
    tests: Mapping[str, Test]
