"""Rows of numbers with their sources, out of TOML; complaints are collected and said at once."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from math import inf, isfinite
from typing import Any

from calcimeter.errors import UsageError
from calcimeter.knowledge.network import ANY, NO, NONE_OF_THESE, OTHERWISE, YES, Group, Item, Row, Source
from calcimeter.knowledge.vocabulary import vocabulary

NOWHERE = Source("missing", "opinion", 1.0, "")

OF_TESTS = (
    "antinuclear_antibodies",
    "crystals",
    "dual_energy_urate",
    "gene_acvr1",
    "gene_of_phosphate",
    "histology",
    "several_places",
)
"""Items that no case file holds: what tests would show, and what is counted from the sites."""

SHOWN_AT_ONCE = 20


class Reader:
    """Turns tables into rows, and collects what is wrong with them."""

    def __init__(self, sources: Mapping[str, Source]) -> None:
        self.sources = sources
        self.diagnoses = (*vocabulary()["diagnoses"], NONE_OF_THESE)
        self.complaints: list[str] = []

    def complain(self, text: str) -> None:
        """Remember one thing that is wrong."""
        self.complaints.append(text)

    def raise_complaints(self) -> None:
        """Say everything that is wrong, if anything is."""
        if self.complaints:
            rest = len(self.complaints) - SHOWN_AT_ONCE
            more = f"; and {rest} more" if rest > 0 else ""
            raise UsageError(f"the knowledge is not consistent: {'; '.join(self.complaints[:SHOWN_AT_ONCE])}{more}")

    def check_known(self, term: Any, known: Iterable[str], where: str) -> bool:
        """Complain of a term that is not known."""
        known = tuple(known)
        if term in known:
            return True
        near = difflib.get_close_matches(str(term), known, n=3, cutoff=0.5) or known[:6]
        self.complain(f"{where}: {str(term)[:40]!r} is not known, nearest: {', '.join(near)}")
        return False

    def check_keys(self, table: Mapping[str, Any], known: Iterable[str], where: str) -> None:
        """Complain of every key that is not known."""
        known = tuple(known)
        for key in table:
            self.check_known(key, known, where)

    def check_complete(self, group: Group, parents: Iterable[str]) -> None:
        """Complain of a hidden fact without a background, and of findings without a row for some state."""
        if group.states:
            for parent_state in parents:
                row = group.given.get((NONE_OF_THESE, parent_state)) or group.given.get((NONE_OF_THESE, ANY))
                if row is None or min(row.shares.values()) <= 0:
                    self.complain(f"{group.name}: no row {NONE_OF_THESE} without a 0 for {parent_state or ANY}")
        for item in group.items.values():
            missing = [state for state in group.states or ("",) if state not in item.rows]
            if missing and OTHERWISE not in item.rows:
                self.complain(f"{group.name}.{item.name}: no row for {', '.join(missing) or 'otherwise'}")
            else:
                self._check_possible(group, item)

    def _check_possible(self, group: Group, item: Item) -> None:
        """Complain of an outcome that the background can't have: a likelihood ratio against it would be infinite."""
        rows = [item.row(NONE_OF_THESE, state) for state in group.states or ("",)]
        for outcome in item.outcomes:
            if not any(row.shares[outcome] > 0 for row in rows):
                self.complain(f"{group.name}.{item.name}: {outcome} is impossible in {NONE_OF_THESE}")

    def check_terms(self, groups: Mapping[str, Group]) -> None:
        """Complain of findings that no case file can hold."""
        words = vocabulary()
        known = {*words["history"], *words["findings"], *words["analytes"], *OF_TESTS}
        for name, group in groups.items():
            self.check_keys(group.items, known, name)

    def source(self, table: Mapping[str, Any], outer: Source | None, where: str) -> Source:
        """The source named in a table, else that of the table around it."""
        key = table.get("source")
        if key is None:
            if outer is None:
                self.complain(f"{where}: no source")
            return outer or NOWHERE
        return self.sources[key] if self.check_known(key, self.sources, f"{where}.source") else NOWHERE

    def shares(self, said: Any, names: tuple[str, ...], outer: Source, where: str) -> Row:
        """Probabilities of names that sum to 1; those not named are 0."""
        source = self.source(said, outer, where)
        found = dict.fromkeys(names, 0.0)
        for name, value in said.items():
            if name != "source" and self.check_known(name, names, where):
                found[name] = self.probability(value, f"{where}.{name}")
        if abs(sum(found.values()) - 1.0) > 1e-6:
            self.complain(f"{where}: sums to {sum(found.values()):.4g}, not to 1")
        return Row(found, source)

    def filled(self, said: Mapping[str, Any], background: Row, outer: Source, where: str) -> Row:
        """Probabilities whose rest is spread as in the background."""
        named = {k: self.probability(v, f"{where}.{k}") for k, v in said.items() if k != "source"}
        self.check_keys(named, background.shares, where)
        rest = 1.0 - sum(named.values())
        if rest < -1e-9:
            self.complain(f"{where}: sums to {1 - rest:.4g}, over 1")
        return Row(
            {name: named.get(name, 0.0) + max(rest, 0.0) * share for name, share in background.shares.items()},
            self.source(said, outer, where),
        )

    def share(self, said: Any, names: tuple[str, str], outer: Source, where: str) -> Row:
        """One probability and what is missing to 1; with a source of its own as ``{value, source}``."""
        source = outer
        if isinstance(said, Mapping):
            self.check_keys(said, ("value", "source"), where)
            source, said = self.source(said, outer, where), said.get("value")
        value = self.probability(said, where)
        return Row({names[0]: value, names[1]: 1.0 - value}, source)

    def finding(self, name: str, said: Mapping[str, Any], outer: Source, rows: tuple[str, ...]) -> Item:
        """A finding that is there or not."""
        source = self.source(said, outer, name)
        self.check_keys(said, ("source", *rows), name)
        chances = {k: self.share(v, (YES, NO), source, f"{name}.{k}") for k, v in said.items() if k != "source"}
        return Item(name, (YES, NO), chances)

    def levels(self, name: str, said: Mapping[str, Any], outer: Source, rows: tuple[str, ...]) -> Item:
        """A finding with levels, such as low, normal, high."""
        source = self.source(said, outer, name)
        self.check_keys(said, ("source", *rows), name)
        tables = {k: v for k, v in said.items() if k != "source" and isinstance(v, Mapping)}
        outcomes = tuple(dict.fromkeys(key for table in tables.values() for key in table if key != "source"))
        return Item(name, outcomes, {k: self.shares(v, outcomes, source, f"{name}.{k}") for k, v in tables.items()})

    def mixture(self, said: Any, where: str) -> tuple[tuple[float, float, float], ...]:
        """Normal curves as [share, mean, standard deviation]."""
        try:
            curves = tuple((float(share), float(mean), float(sd)) for share, mean, sd in said)
        except (TypeError, ValueError):
            curves = ()
        finite = all(isfinite(mean) and 0 < sd < inf for _, mean, sd in curves)
        if not curves or not finite or abs(sum(share for share, _, _ in curves) - 1) > 1e-6:
            self.complain(f"{where}: expected [[share, mean, standard deviation], ...] with shares that sum to 1")
        return curves

    def spread(self, said: Any, where: str) -> tuple[float, float]:
        """A median and the factor around it."""
        well_formed = isinstance(said, list) and len(said) == 2 and inf > said[0] > 0 and inf > said[1] > 1
        if not well_formed:
            self.complain(f"{where}: expected [median, factor] with a factor over 1")
            return (1.0, 2.0)
        return (float(said[0]), float(said[1]))

    def positive(self, said: Any, where: str) -> float:
        """A number over 0."""
        if not isinstance(said, int | float) or not 0 < said < inf:
            self.complain(f"{where}: expected a number over 0")
            return 1.0
        return float(said)

    def warnings(self, said: Mapping[str, Any], where: str) -> dict[str, tuple[float, str]]:
        """Diagnosis -> from which probability on, and the sentence."""
        self.check_keys(said, self.diagnoses, where)
        return {
            name: (self.probability(row.get("probability"), f"{where}.{name}"), str(row.get("warning", "")))
            for name, row in said.items()
        }

    def probability(self, said: Any, where: str) -> float:
        """A number from 0 to 1."""
        if isinstance(said, bool) or not isinstance(said, int | float) or not 0 <= said <= 1:
            self.complain(f"{where}: expected a number from 0 to 1, met {str(said)[:20]!r}")
            return 0.0
        return float(said)
