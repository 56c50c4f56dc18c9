"""Blood results from FHIR R4: Observations, and of a Patient age and sex alone."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from calcimeter.errors import AmbiguousResult, Refused, UnreadableInput
from calcimeter.knowledge.analyte_names import Match
from calcimeter.load.labs.csv_file import decode
from calcimeter.load.labs.dates import years_between
from calcimeter.load.labs.fhir_parts import (
    Measured,
    analyte_name,
    interpretation_of,
    listed,
    loinc_codes,
    mapping,
    moment_of,
    quantity_of,
    reference_of,
    text_of,
)
from calcimeter.load.labs.meaning import coded_match, named_match
from calcimeter.load.labs.result import Found, LabFile, checked
from calcimeter.load.labs.written import NO_VALUE, folded, read_flag, read_value
from calcimeter.model.case import Interpretation, LabResult, Sex, Subject

SEXES: dict[str, Sex] = {"male": "M", "female": "F", "other": "O"}
VOID = {"entered-in-error": "marked as entered in error", "cancelled": "cancelled", "registered": "not there yet"}
"""Statuses of an Observation that holds no result to use."""


def read_fhir(data: bytes) -> LabFile:
    """Blood results from a Bundle, a list of resources, or a single Observation, as JSON.

    Parameters
    ----------
    data : bytes

    Returns
    -------
    LabFile
        The subject's age is that at the last dated result; a birth date that gives only year or month is taken in its
        middle, and a note says so.

    Raises
    ------
    UnreadableInput
        Not JSON, or without an Observation.
    UnknownUnit, AmbiguousResult
        A result that can't be read in one way; the message names the entry, counted from 1.
    Refused
        Results of several persons.
    """
    content = _json(data)
    resources = list(_resources(content))
    observations = [(where, one) for where, one in resources if one.get("resourceType") == "Observation"]
    if not observations:
        raise UnreadableInput("met FHIR without an Observation, expected a Bundle with laboratory results")
    patients = [one for _, one in resources if one.get("resourceType") == "Patient"]
    _check_one_person(observations, patients)
    reading = _Reading()
    for where, one in observations:
        reading.take(one, where)
    return reading.lab_file(patients[0] if patients else {}, is_one_page=_is_one_page(content))


def _json(data: bytes) -> Any:
    text, _ = decode(data)
    if text.lstrip().startswith("<"):
        raise UnreadableInput("met XML, expected FHIR as JSON; export the Bundle as application/fhir+json")
    try:
        return json.loads(text, parse_constant=_refuse_constant)
    except (json.JSONDecodeError, RecursionError) as error:
        where = f"line {error.lineno}: " if isinstance(error, json.JSONDecodeError) else ""
        raise UnreadableInput(f"{where}met JSON that is cut short or damaged, expected a FHIR Bundle") from None


def _refuse_constant(name: str) -> float:
    raise UnreadableInput(f"met {name} as a number, expected FHIR as JSON with finite numbers")


def _resources(content: Any) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every resource with its place."""
    if isinstance(content, Mapping) and content.get("resourceType") == "Bundle":
        items = [mapping(entry).get("resource") for entry in listed(content.get("entry"))]
    else:
        items = content if isinstance(content, list) else [content]
    for place, item in enumerate(items, start=1):
        if isinstance(item, Mapping) and "resourceType" in item:
            yield f"entry {place}", item
    if isinstance(content, Mapping) and "resourceType" not in content:
        raise UnreadableInput("met JSON without a resourceType, expected a FHIR Bundle with Observations")


def _is_one_page(content: Any) -> bool:
    """Whether the Bundle is one page of several."""
    links = listed(content.get("link")) if isinstance(content, Mapping) else []
    return any(mapping(link).get("relation") == "next" for link in links)


def _check_one_person(observations: list[tuple[str, Mapping[str, Any]]], patients: list[Mapping[str, Any]]) -> None:
    subjects = {str(ref) for _, one in observations if (ref := mapping(one.get("subject")).get("reference"))}
    persons = max(len(patients), len(subjects))
    if persons > 1:
        raise Refused(f"met results of {persons} persons in one Bundle, expected one; export each by itself")


class _Reading:
    """Collects the results of a Bundle while it is read."""

    def __init__(self) -> None:
        self.results: list[LabResult] = []
        self.urine: list[LabResult] = []
        self.notes: list[str] = []
        self.unknown: Counter[str] = Counter()

    def take(self, observation: Mapping[str, Any], where: str) -> None:
        """Read one Observation and its components."""
        status = str(observation.get("status", ""))
        if status in VOID:
            self.notes.append(f"{where}: {_label(observation, where)} is {VOID[status]}; not used")
            return
        if status == "preliminary":
            self.notes.append(f"{where}: {_label(observation, where)} is preliminary")
        components = [mapping(one) for one in listed(observation.get("component"))]
        if not components or any(key.startswith("value") for key in observation):
            self._take_part(observation, observation, where)
        for number, component in enumerate(components, start=1):
            self._take_part(component, observation, f"{where}, component {number}")

    def lab_file(self, patient: Mapping[str, Any], *, is_one_page: bool) -> LabFile:
        """Everything that was read."""
        if is_one_page:
            self.notes.append("the Bundle is one page of several; results on the others are not known here")
        subject = self._subject(patient)
        unknown = tuple(self.unknown.items())
        return LabFile(tuple(self.results), subject, tuple(self.notes), tuple(self.urine), unknown)

    def _take_part(self, part: Mapping[str, Any], observation: Mapping[str, Any], where: str) -> None:
        """Read an Observation itself, or one of its components; date and specimen are the Observation's."""
        match = _match(part, observation, where)
        if match is None:
            if any(key.startswith("value") for key in part):
                self.unknown[where] += 1
            return
        found = self._found(part, observation, match, where)
        if found is None:
            return
        (self.urine if match.specimen == "urine" else self.results).append(checked(found))

    def _found(self, part: Mapping[str, Any], observation: Mapping[str, Any], match: Match, where: str) -> Found | None:
        """A result, or None with a note where the Observation has no number and no word for it."""
        interpretation, off_scale = interpretation_of(part, where)
        date, time = moment_of(observation, where)
        if date is None and observation.get("effectiveDateTime"):
            self.notes.append(f"{where}: {match.term} has no full date; it counts as undated")
        value, unit, comparator = self._value(part, match, where)
        interpretation = interpretation or _word(part)
        if value is None and interpretation is None:
            has_words = any(key.startswith("value") for key in part)
            what = "a value that is no number" if has_words else "no value"
            self.notes.append(f"{where}: {match.term} has {what}{_absent(part)}")
            return None
        reference, is_read = reference_of(part, unit, match, where)
        if not is_read:
            self.notes.append(f"{where}: the reference range of {match.term} is not understood and was not used")
        if comparator and off_scale and comparator[0] != off_scale:
            raise AmbiguousResult(
                f"{where}: met the comparator {comparator} beside the interpretation {off_scale}; expected one of them"
            )
        return Found(
            where=where,
            match=match,
            value=value,
            unit=unit,
            comparator=comparator or (off_scale if value is not None else None),
            interpretation=interpretation,
            date=date,
            time=time,
            reference=reference,
        )

    def _value(self, part: Mapping[str, Any], match: Match, where: str) -> Measured:
        """Value, unit and comparator; a valueString counts where it is number and unit, such as "> 900 pg/mL"."""
        if "valueQuantity" in part:
            return quantity_of(mapping(part["valueQuantity"]), match, where)
        if isinstance(part.get("valueInteger"), int):
            raise AmbiguousResult(f"{where}: met {match.term} as a number without a unit, expected a valueQuantity")
        text = part.get("valueString")
        found = re.fullmatch(r"\s*([<>=\u2264\u2265]*\s*[\d.,]+)\s+(\S.*)", text) if isinstance(text, str) else None
        written = read_value(found[1], "decimal", where) if found else None
        if found is None or written is None:
            return None, None, None
        return written.number, found[2], written.comparator

    def _subject(self, patient: Mapping[str, Any]) -> Subject:
        sex = SEXES.get(str(patient.get("gender", "")))
        birth = re.fullmatch(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?", str(patient.get("birthDate", "")))
        last = max((result.date for result in self.results if result.date), default=None)
        if birth is None or last is None:
            return Subject(sex=sex)
        year, month, day = birth[1], birth[2] or "07", birth[3] or ("15" if birth[2] else "01")
        if birth[3] is None:
            self.notes.append("the birth date is not given to the day; the age is uncertain by up to half a year")
        try:
            born = dt.date(int(year), int(month), int(day))
        except ValueError:
            raise AmbiguousResult("met a date of birth that does not exist, expected a day of the calendar") from None
        return Subject(age_years=years_between(born, last), sex=sex)


def _match(part: Mapping[str, Any], observation: Mapping[str, Any], where: str) -> Match | None:
    codes = loinc_codes(part)
    specimen = text_of(observation.get("specimen"))
    if codes:
        return coded_match(codes, text_of(part.get("code")), specimen, where)
    return named_match(analyte_name(part), specimen)


def _label(observation: Mapping[str, Any], where: str) -> str:
    """Its analyte; a name that is not known stays unsaid, for it can be a person's."""
    match = _match(observation, observation, where)
    return match.term if match else "a result"


def _word(part: Mapping[str, Any]) -> Interpretation | None:
    """Low, normal or high, where that stands in place of a number."""
    return read_flag(str(part.get("valueString") or "")) or read_flag(text_of(part.get("valueCodeableConcept")))


def _absent(part: Mapping[str, Any]) -> str:
    """The reason, where it is one of the words that laboratories have for it: others may be about a person."""
    reason = folded(text_of(part.get("dataAbsentReason")).replace("-", " "))
    return f" ({reason})" if NO_VALUE.fullmatch(reason) else ""
