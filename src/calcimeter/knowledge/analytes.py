"""What blood and urine results are called, coded and measured in, and what is low, normal and high."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any

from calcimeter.knowledge.table import read_table
from calcimeter.units import Quantity

Limits = tuple[float | None, float | None]


ANY_AGE = 3.0
"""Ranges that begin under this age, years, count as ranges for every age: patients are hardly ever younger."""


@dataclass(frozen=True, slots=True)
class AgeRange:
    """A reference range for an age and perhaps a sex, in the canonical unit; from_years <= age < to_years."""

    low: float | None
    high: float | None
    from_years: float
    to_years: float
    sex: str | None
    source: str


@dataclass(frozen=True, slots=True)
class Analyte:
    """What ``analytes.toml`` says of one analyte; numbers in the canonical unit.

    Parameters
    ----------
    term : str
        Of the vocabulary.
    label : str
        For people.
    quantity : Quantity
        Its units.
    plausible : tuple of two floats
        What lies outside is a slip of unit or decimal point.
    critical : tuple of two floats or None
        At or beyond them a doctor has to know at once; None: no such limit.
    lowest_unstated : float or None
        Of calcium: below it, it is only believed to be total where the laboratory says so.
    lowest_adult : float or None
        An adult's value below it is a slip of unit.
    high_at_any_age : float or None
        A value over it is high also at ages without a range.
    range_factor : float or None
        How far the middle of a laboratory's range may lie from that of a range here, as a ratio; None: anywhere.
    assay_bound : bool
        Ranges differ between laboratories.
    variation_percent : float or None
        Coefficient of variation within a person.
    ranges : tuple of AgeRange
    """

    term: str
    label: str
    quantity: Quantity
    plausible: tuple[float, float]
    critical: Limits
    lowest_unstated: float | None
    lowest_adult: float | None
    high_at_any_age: float | None
    range_factor: float | None
    assay_bound: bool
    variation_percent: float | None
    ranges: tuple[AgeRange, ...]

    def range_for(self, age_years: float | None, sex: str | None) -> AgeRange | str:
        """The reference range for an age and a sex, or in words why there is none."""
        if not self.ranges:
            return "no reference range of its own is known; it takes the laboratory's"
        if age_years is None and not self._same_for_all():
            return "the age is not known, and the reference range depends on it"
        at_age = [one for one in self.ranges if age_years is None or one.from_years <= age_years < one.to_years]
        fitting = [one for one in at_age if one.sex in (None, sex)]
        if not at_age:
            return "no reference range is known for this age; it takes the laboratory's"
        if not fitting:
            return "the sex is not known as M or F, and the reference range depends on it"
        return fitting[0]

    def candidates(self, age_years: float | None, sex: str | None) -> tuple[AgeRange, ...]:
        """Every range that may apply where age or sex are not known; none where some age has no range."""
        if age_years is None and min((one.from_years for one in self.ranges), default=ANY_AGE) >= ANY_AGE:
            return ()
        return tuple(
            one
            for one in self.ranges
            if (age_years is None or one.from_years <= age_years < one.to_years)
            and (one.sex in (None, sex) or sex not in ("M", "F"))
        )

    def _same_for_all(self) -> bool:
        return len(self.ranges) == 1 and self.ranges[0].from_years <= 1.0


@cache
def analyte_table() -> dict[str, Any]:
    """What ``analytes.toml`` says; read once."""
    return read_table("analytes.toml")


@cache
def analytes() -> Mapping[str, Analyte]:
    """Every analyte of the vocabulary by its term; read once."""
    return MappingProxyType({term: _analyte(term, entry) for term, entry in analyte_table()["analytes"].items()})


@cache
def urine() -> Mapping[str, Analyte]:
    """Phosphate and creatinine in urine, with molar masses and canonical units as in blood; read once."""
    return MappingProxyType({term: _in_urine(term, entry) for term, entry in analyte_table()["urine"].items()})


def _analyte(term: str, entry: Mapping[str, Any]) -> Analyte:
    critical = entry.get("critical", {})
    return Analyte(
        term=term,
        label=entry["label"],
        quantity=_quantity(entry),
        plausible=(entry["plausible"]["low"], entry["plausible"]["high"]),
        critical=(critical.get("low"), critical.get("high")),
        lowest_unstated=entry.get("lowest_unstated", {}).get("value"),
        lowest_adult=entry.get("lowest_adult", {}).get("value"),
        high_at_any_age=entry.get("high_at_any_age", {}).get("value"),
        range_factor=entry.get("range_factor", {}).get("value"),
        assay_bound=entry.get("assay_bound", False),
        variation_percent=entry.get("variation", {}).get("percent"),
        ranges=tuple(_age_range(one) for one in entry.get("ranges", ())),
    )


def _quantity(entry: Mapping[str, Any]) -> Quantity:
    mass, nitrogen = entry.get("molar_mass", {}), entry.get("molar_mass_n")
    return Quantity(
        name=entry["label"],
        unit=entry.get("unit", entry["units"][0]),
        usual=tuple(entry["units"]),
        molar_mass_g_per_mol=mass.get("value"),
        valence=mass.get("valence"),
        annotated=MappingProxyType({"N": nitrogen["value"]} if nitrogen else {}),
    )


def _age_range(one: Mapping[str, Any]) -> AgeRange:
    sources = analyte_table()["sources"]
    return AgeRange(
        one.get("low"),
        one.get("high"),
        one["from_years"],
        one.get("to_years", float("inf")),
        one.get("sex"),
        sources[one["source"]],
    )


def _in_urine(term: str, entry: Mapping[str, Any]) -> Analyte:
    in_blood = analyte_table()["analytes"][term]
    return _analyte(term, {**entry, "molar_mass": in_blood["molar_mass"]})
