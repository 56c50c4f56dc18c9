"""A case file: YAML or JSON -> Case, and back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from calcimeter.errors import UsageError
from calcimeter.knowledge.places import places
from calcimeter.knowledge.vocabulary import known_term, vocabulary
from calcimeter.load.case_parts import check_keys, dates, flag, flags, listed, number, text, words
from calcimeter.load.labs import lab_results
from calcimeter.load.plain_text import parse
from calcimeter.model.case import Case, Sex, StatedFocus, StatedLesion, StudyEntry, Subject, Treatment

KEYS = (
    "subject",
    "history",
    "labs",
    "findings",
    "sites",
    "lesions",
    "foci",
    "studies",
    "treatments",
    "consent",
    "one_patient",
    "stated_differential",
    "diagnosis",
    "sources",
)
SIDES = ("left", "right", "midline")
SEXES = ("M", "F", "O")
LESION = ("site", "side", "bone", "part", "long_axis_cm", "short_axis_cm", "modality")
ORGANS = ("thyroid", "parathyroid")
POLES = ("upper", "middle", "lower", "ectopic")
MODALITIES = ("CR", "DX", "CT", "MR", "US", "NM", "PT")
OLDEST_YEARS = 130.0
LONGEST_CM = 100.0
"""No deposit is longer; 350 are millimeters."""


def load_case(path: Path) -> Case:
    """Read a case file.

    Parameters
    ----------
    path : Path
        YAML, or JSON where its name ends in ``.json``; the form stands in ``docs/case-file.md``.

    Returns
    -------
    Case
        What is not named is not known.

    Raises
    ------
    UsageError
        No such file, not of this form, or a key, a term or a unit that is not known; the message names the nearest.
    """
    try:
        content = Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError("the case file can't be read as text; check its name") from error
    return case_of(parse(content, is_json=path.suffix.lower() == ".json", what="the case file"))


def case_of(said: Any) -> Case:
    """Build a case from plain dictionaries and lists, as ``load_case`` reads them."""
    if not isinstance(said, Mapping):
        raise UsageError(f"the case is no mapping; expected keys such as {', '.join(KEYS[:5])}")
    check_keys(said, KEYS, "the case")
    terms = vocabulary()
    return Case(
        subject=_subject(said.get("subject")),
        history=flags(said.get("history"), terms["history"], "history"),
        labs=tuple(lab_results(listed(said.get("labs"), "labs"))),
        findings=flags(said.get("findings"), terms["findings"], "findings"),
        sites=words(said.get("sites"), terms["sites"], "sites"),
        lesions=tuple(_lesion(item, f"lesion {k}") for k, item in enumerate(listed(said.get("lesions"), "lesions"), 1)),
        foci=tuple(_focus(item, f"focus {k}") for k, item in enumerate(listed(said.get("foci"), "foci"), 1)),
        studies=tuple(_study(item, f"study {k}") for k, item in enumerate(listed(said.get("studies"), "studies"), 1)),
        treatments=tuple(
            _treatment(item, f"treatment {k}") for k, item in enumerate(listed(said.get("treatments"), "treatments"), 1)
        ),
        consent=flag(said.get("consent"), "consent"),
        one_patient=bool(flag(said.get("one_patient"), "one_patient")),
        stated_differential=words(said.get("stated_differential"), terms["diagnoses"], "stated_differential"),
        diagnosis=_optional(said.get("diagnosis"), terms["diagnoses"], "diagnosis"),
        sources=_sources(said.get("sources")),
    )


def case_record(case: Case) -> dict[str, Any]:
    """A case as plain dictionaries and lists, without what is not known; ``case_of`` makes the same case of it."""
    subject = {"age_years": case.subject.age_years, "sex": case.subject.sex}
    record: dict[str, Any] = {
        "subject": _known(subject),
        "history": dict(case.history),
        "labs": [_lab_record(lab) for lab in case.labs],
        "findings": dict(case.findings),
        "sites": list(case.sites),
        "lesions": [_known({key: getattr(lesion, key) for key in LESION}) for lesion in case.lesions],
        "foci": [_known({"organ": f.organ, "side": f.side, "pole": f.pole}) for f in case.foci],
        "studies": [_study_record(study) for study in case.studies],
        "treatments": [_known({"what": t.what, "date": _day(t.date)}) for t in case.treatments],
        "consent": case.consent,
        "one_patient": case.one_patient or None,
        "stated_differential": list(case.stated_differential),
        "diagnosis": case.diagnosis,
        "sources": {key: list(span) for key, span in case.sources.items()},
    }
    return {key: value for key, value in record.items() if value not in (None, {}, [])}


def dump_case(case: Case) -> str:
    """A case as the YAML of a case file; the same case gives the same text."""
    import yaml

    return yaml.safe_dump(case_record(case), sort_keys=False, allow_unicode=True, default_flow_style=None)


def _subject(said: Any) -> Subject:
    if said is None:
        return Subject()
    if not isinstance(said, Mapping):
        raise UsageError("subject: expected such as {age_years: 54, sex: M}")
    check_keys(said, ("age_years", "sex"), "subject")
    age = number(said.get("age_years"), "subject, age_years")
    if age is not None and age > OLDEST_YEARS:
        raise UsageError(f"subject, age_years: met {age:g}, expected 0 to {OLDEST_YEARS:g}")
    return Subject(age, cast("Sex | None", _optional(said.get("sex"), SEXES, "subject, sex")))


def _lesion(said: Any, where: str) -> StatedLesion:
    _check_mapping(said, LESION, where)
    terms = vocabulary()
    known = {"site": terms["sites"], "side": SIDES, "bone": terms["bones"], "part": terms["bone_parts"]}
    named: dict[str, Any] = {key: _optional(said.get(key), of, f"{where}, {key}") for key, of in known.items()}
    _check_part(named["bone"], named["part"], where)
    long_axis_cm, short_axis_cm = (_length_cm(said.get(key), f"{where}, {key}") for key in LESION[4:6])
    if long_axis_cm is not None and short_axis_cm is not None and short_axis_cm > long_axis_cm:
        raise UsageError(
            f"{where}: met a short axis of {short_axis_cm:g} cm over a long axis of {long_axis_cm:g} cm; exchange them"
        )
    return StatedLesion(
        **named,
        long_axis_cm=long_axis_cm,
        short_axis_cm=short_axis_cm,
        modality=_modality(said.get("modality"), f"{where}, modality"),
    )


def _check_part(bone: str | None, part: str | None, where: str) -> None:
    """Refuse a part that the bone does not have."""
    bones = places()["parts_of"][part] if part else ()
    if bone is not None and bones and bone not in bones:
        raise UsageError(f"{where}: met {part} of {bone}; it is a part of {' or '.join(bones)}: correct one of them")


def _modality(said: Any, where: str) -> str | None:
    """As DICOM writes it; what is written otherwise would have the same study offered as the next one."""
    written = text(said, where)
    if written is not None and written.upper() in MODALITIES:
        return written.upper()
    return _optional(written, MODALITIES, where)


def _length_cm(said: Any, where: str) -> float | None:
    found = number(said, where, positive=True)
    if found is not None and found > LONGEST_CM:
        raise UsageError(f"{where}: met {found:g}, expected centimeters, {LONGEST_CM:g} at most")
    return found


def _focus(said: Any, where: str) -> StatedFocus:
    _check_mapping(said, ("organ", "side", "pole"), where)
    return StatedFocus(
        organ=known_term(said.get("organ"), ORGANS, f"{where}, organ"),
        side=cast(Any, _optional(said.get("side"), SIDES, f"{where}, side")),
        pole=_optional(said.get("pole"), POLES, f"{where}, pole"),
    )


def _study(said: Any, where: str) -> StudyEntry:
    _check_mapping(said, ("path", "region", "date", "at", "box"), where)
    path = said.get("path")
    paths = path if isinstance(path, list) else [path]
    if len(paths) not in (1, 2) or not all(isinstance(name, str) and name for name in paths):
        raise UsageError(f"{where}, path: expected one path, or [early, delayed] of two scintigrams")
    region = _optional(said.get("region"), vocabulary()["sites"], f"{where}, region")
    at, box = (_places(said.get(key), f"{where}, {key}", count) for key, count in (("at", 2), ("box", 4)))
    return StudyEntry(tuple(paths), region, dates(said.get("date"), f"{where}, date"), at, box)


def _places(said: Any, where: str, count: int) -> tuple[tuple[float, ...], ...]:
    """Points on a radiograph, two numbers each, or boxes, four: columns and rows."""
    expected = f"{where}: expected such as [[{', '.join(['column, row'] * (count // 2))}], ...]"
    found = []
    for one in listed(said, where):
        if not isinstance(one, list) or len(one) != count:
            raise UsageError(expected)
        numbers = [number(value, where) for value in one]
        known = tuple(value for value in numbers if value is not None)
        if len(known) != count:
            raise UsageError(expected)
        found.append(known)
    return tuple(found)


def _treatment(said: Any, where: str) -> Treatment:
    _check_mapping(said, ("what", "date"), where)
    what = known_term(said.get("what"), vocabulary()["treatments"], f"{where}, what")
    return Treatment(what, dates(said.get("date"), f"{where}, date"))


def _sources(said: Any) -> dict[str, tuple[int, int]]:
    if said is None:
        return {}
    well_formed = isinstance(said, Mapping) and all(
        isinstance(span, list) and len(span) == 2 and all(type(end) is int and end >= 0 for end in span)
        for span in said.values()
    )
    if not well_formed:
        raise UsageError("sources: expected such as {subject.age_years: [312, 314]}")
    return {str(key): (span[0], span[1]) for key, span in said.items()}


def _check_mapping(said: Any, keys: tuple[str, ...], where: str) -> None:
    if not isinstance(said, Mapping):
        raise UsageError(f"{where}: no mapping; expected keys such as {', '.join(keys)}")
    check_keys(said, keys, where)


def _optional(said: Any, known: tuple[str, ...], where: str) -> str | None:
    return None if said is None else known_term(said, known, where)


def _known(record: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in record.items() if value is not None}


def _day(date: dt.date | None) -> str | None:
    return None if date is None else date.isoformat()


def _study_record(study: StudyEntry) -> dict[str, Any]:
    path = study.paths[0] if len(study.paths) == 1 else list(study.paths)
    at, box = ([list(place) for place in places] or None for places in (study.at, study.box))
    return _known({"path": path, "region": study.region, "date": _day(study.date), "at": at, "box": box})


def _lab_record(lab: Any) -> dict[str, Any]:
    keys = ("analyte", "value", "unit", "comparator", "interpretation", "kind")
    record = {key: getattr(lab, key) for key in keys}
    reference = None if lab.reference is None else list(lab.reference)
    return _known(record | {"date": _day(lab.date), "reference": reference})
