"""Reads and checks the knowledge of the ranking: the TOML files of ``knowledge/ranking/``."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from math import inf
from pathlib import Path
from typing import Any

from calcimeter.errors import UsageError
from calcimeter.knowledge.network import (
    ANY,
    NO,
    NONE_OF_THESE,
    OTHERWISE,
    YES,
    Disease,
    Group,
    Knowledge,
    Population,
    Row,
    Sites,
    Source,
    Test,
)
from calcimeter.knowledge.read_rows import NOWHERE, Reader
from calcimeter.knowledge.vocabulary import vocabulary

SPECIAL = ("sources", "diagnoses", "priors", "sites", "tests")
"""Files with a form of their own; every other one holds groups of findings."""

TEST_KINDS = ("bedside", "blood", "imaging", "genetic", "invasive")
TEST_KEYS = ("title", "kind", "modality", "reveals", "burden", "source", "misleads", "forbidden")
MODALITIES = ("CT", "MR", "US", "CR", "NM", "PT")


@cache
def shipped_knowledge() -> Knowledge:
    """The knowledge of the package; read once."""
    return read_knowledge()


def read_knowledge(changed: Path | None = None) -> Knowledge:
    """Read and check the knowledge.

    Parameters
    ----------
    changed : Path, optional
        A TOML file or a folder of them; each takes the place of the shipped file of its name.

    Raises
    ------
    UsageError
        Everything that is wrong, at once: what can't be read, numbers without a source, rows that do not sum to 1,
        diagnoses, states and terms that are not known.
    """
    tables = _tables(changed)
    try:
        reader, knowledge = _read(tables)
    except UsageError:
        raise
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        where = "the knowledge" if changed is None else changed.name if changed.is_file() else "the changed files"
        raise UsageError(
            f"a table of {where} is not of the form that the shipped one has ({type(error).__name__}: {error})"
        ) from error
    reader.raise_complaints()
    return knowledge


def _read(tables: Mapping[str, Mapping[str, Any]]) -> tuple[Reader, Knowledge]:
    """The knowledge, with what is wrong with it in the reader."""
    reader = Reader(_sources(tables["sources"]))
    groups = {
        name: _group(reader, name, table)
        for file, content in tables.items()
        if file not in SPECIAL
        for name, table in content.items()
    }
    _check_groups(reader, groups)
    return reader, Knowledge(
        sources=reader.sources,
        diseases=_diseases(reader, tables["diagnoses"]),
        populations=_populations(reader, tables["priors"], groups),
        sites=_sites(reader, tables["sites"]),
        groups=groups,
        items={item: group for group in groups.values() for item in group.items},
        lapse=reader.share(tables["priors"].get("lapse"), (YES, NO), NOWHERE, "priors, lapse"),
        tests=_tests(reader, tables["tests"], groups),
    )


def _tables(changed: Path | None) -> dict[str, dict[str, Any]]:
    """File name without suffix -> its content, in the order of the names."""
    shipped = files("calcimeter.knowledge").joinpath("ranking")
    texts = {f.name: f.read_text(encoding="utf-8") for f in shipped.iterdir() if f.name.endswith(".toml")}
    if changed is not None:
        texts |= _texts(changed, texts)
    tables = {}
    for name in sorted(texts):
        try:
            tables[name.removesuffix(".toml")] = tomllib.loads(texts[name])
        except tomllib.TOMLDecodeError as error:
            raise UsageError(f"{name} is not TOML: {error}") from error
    return tables


def _texts(changed: Path, shipped: Iterable[str]) -> dict[str, str]:
    """The changed files, by name."""
    paths = sorted(changed.glob("*.toml")) if changed.is_dir() else [changed]
    if not paths:
        raise UsageError(
            "met a folder without TOML files; expected changed copies of those that `knowledge show` names"
        )
    unknown = [path.name for path in paths if path.name not in shipped]
    if unknown:
        raise UsageError(
            f"met a file of another name than the knowledge has; expected one of {', '.join(sorted(shipped))}"
        )
    try:
        return {path.name: path.read_text(encoding="utf-8") for path in paths}
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError("a file of the knowledge can't be read as text; check its name") from error


def _sources(table: Mapping[str, Any]) -> dict[str, Source]:
    sources = {}
    for key, said in table.items():
        well_formed = isinstance(said, Mapping) and set(said) == {"kind", "patients", "text"}
        if not well_formed or said["kind"] not in ("measured", "definition", "opinion"):
            raise UsageError(f"sources.toml, {key}: expected kind (measured, definition, opinion), patients and text")
        if not isinstance(said["patients"], int | float) or not 0 < said["patients"] < inf:
            raise UsageError(f"sources.toml, {key}: patients must be a number over 0")
        sources[key] = Source(key, said["kind"], float(said["patients"]), str(said["text"]))
    return sources


def _group(reader: Reader, name: str, table: Mapping[str, Any]) -> Group:
    """One hidden fact with its findings."""
    reader.check_keys(table, ("title", "source", "parent", "states", "given", "shows", "levels"), name)
    outer = reader.source(table, None, name)
    states = {str(k): str(v) for k, v in table.get("states", {}).items()}
    given = {}
    for diagnosis, said in table.get("given", {}).items():
        nested = bool(said) and all(isinstance(row, Mapping) for row in said.values())
        for parent_state, row in said.items() if nested else [(ANY, said)]:
            where = f"{name}.given.{diagnosis}.{parent_state}"
            given[diagnosis, parent_state] = reader.shares(row, tuple(states), outer, where)
    rows = tuple(states) + tuple(reader.diagnoses) + (OTHERWISE,)
    items = {k: reader.finding(k, v, outer, rows) for k, v in table.get("shows", {}).items()}
    items |= {k: reader.levels(k, v, outer, rows) for k, v in table.get("levels", {}).items()}
    return Group(name, str(table.get("title", name)), states, table.get("parent"), given, items)


def _check_groups(reader: Reader, groups: Mapping[str, Group]) -> None:
    """Every combination of diagnosis and state has a row; names are of the vocabulary, and once."""
    seen: set[str] = set()
    for name, group in groups.items():
        parents: tuple[str, ...] = ("",)
        if group.parent is not None:
            if group.parent not in groups or groups[_top(groups, name)].parent is not None:
                reader.complain(f"{name}: its parent {group.parent!r} is no group, or parents run in a circle")
                continue
            parents = tuple(groups[group.parent].states)
        for diagnosis, parent_state in group.given:
            reader.check_known(diagnosis, reader.diagnoses, f"{name}.given")
            reader.check_known(parent_state, (*parents, ANY), f"{name}.given.{diagnosis}")
        reader.check_complete(group, parents)
        for item in group.items:
            if item in seen:
                reader.complain(f"{name}: {item!r} stands in another group too")
            seen.add(item)
    reader.check_terms(groups)


def _diseases(reader: Reader, table: Mapping[str, Any]) -> dict[str, Disease]:
    outer = reader.source(table, None, "diagnoses")
    found = {}
    for name in (*vocabulary()["diagnoses"], NONE_OF_THESE):
        said = table.get(name)
        if not isinstance(said, Mapping):
            reader.complain(f"diagnoses.toml: no table [{name}]")
            continue
        reader.check_keys(said, ("title", "malignant", "age", "female", "size_cm", "source"), name)
        source = reader.source(said, outer, name)
        found[name] = Disease(
            name=name,
            title=str(said.get("title", name)),
            malignant=said.get("malignant", False) is True,
            age=reader.mixture(said.get("age"), f"{name}.age"),
            female=reader.share(said.get("female"), ("F", "M"), source, f"{name}.female"),
            size_cm=reader.spread(said.get("size_cm"), f"{name}.size_cm"),
            source=source,
        )
    reader.check_keys(table, ("source", *vocabulary()["diagnoses"], NONE_OF_THESE), "diagnoses.toml")
    return found


def _populations(reader: Reader, table: Mapping[str, Any], groups: Mapping[str, Group]) -> dict[str, Population]:
    found = {}
    names = (*vocabulary()["diagnoses"], NONE_OF_THESE)
    for name, said in table.items():
        if name == "lapse":
            continue
        reader.check_keys(said, ("title", "source", "known", "denied_by", "shares"), name)
        shares = {k: v for k, v in said.get("shares", {}).items() if reader.check_known(k, names, f"priors, {name}")}
        if shares and set(shares) != set(names):
            reader.complain(f"priors, {name}: no share of {', '.join(sorted(set(names) - set(shares)))}")
            continue
        total = sum(shares.values()) or 1.0
        even = {k: (shares[k] / total if shares else 1 / len(names)) for k in names}
        known = said.get("known", {})
        for group, state in known.items():
            reader.check_known(group, groups, f"priors, {name}.known") and reader.check_known(
                state, groups[group].states, f"priors, {name}.known.{group}"
            )
        denied = said.get("denied_by", {})
        items = {item: group.items[item] for group in groups.values() for item in group.items}
        for item, outcome in denied.items():
            reader.check_known(item, items, f"priors, {name}.denied_by") and reader.check_known(
                outcome, items[item].outcomes, f"priors, {name}.denied_by.{item}"
            )
        source = reader.source(said, None, f"priors, {name}")
        found[name] = Population(name, str(said.get("title", name)), Row(even, source), dict(known), dict(denied))
    return found


def _sites(reader: Reader, table: Mapping[str, Any]) -> Sites:
    places = vocabulary()["sites"]
    reader.check_keys(table, ("source", "near", "no_place", "blur", "given"), "sites.toml")
    outer = reader.source(table, None, "sites.toml")
    background = reader.shares(table["given"].get(NONE_OF_THESE, {}), places, outer, f"sites.{NONE_OF_THESE}")
    if min(background.shares.values()) <= 0:
        reader.complain(f"sites.toml: every site needs a share over 0 in {NONE_OF_THESE}")
    given = {}
    for name, said in table["given"].items():
        reader.check_known(name, reader.diagnoses, "sites.given")
        given[name] = reader.filled(said, background, outer, f"sites.{name}")
    for name in reader.diagnoses:
        if name not in given:
            reader.complain(f"sites.toml: no row {name}")
    near = tuple(frozenset(places) for places in table.get("near", ()))
    for name in frozenset().union(*near, table.get("no_place", ())):
        reader.check_known(name, places, "sites.toml")
    blur = reader.probability(table.get("blur"), "sites.blur")
    return Sites(given, near, frozenset(table.get("no_place", ())), blur)


def _tests(reader: Reader, table: Mapping[str, Any], groups: Mapping[str, Group]) -> dict[str, Test]:
    items = {item for group in groups.values() for item in group.items}
    outer = reader.source(table, None, "tests.toml")
    found = {}
    for name, said in table.items():
        if name == "source":
            continue
        reader.check_keys(said, TEST_KEYS, name)
        for item in said.get("reveals", ()):
            reader.check_known(item, items, f"tests, {name}.reveals")
        tops = [_top(groups, k) for k, group in groups.items() if group.items.keys() & set(said.get("reveals", ()))]
        if len(set(tops)) < len(tops):
            reader.complain(f"tests, {name}: its items hang on two facts of one tree; make two tests of it")
        reader.check_known(said.get("kind"), TEST_KINDS, f"tests, {name}.kind")
        if "modality" in said:
            reader.check_known(said["modality"], MODALITIES, f"tests, {name}.modality")
        found[name] = Test(
            name=name,
            title=str(said.get("title", name)),
            kind=str(said.get("kind")),
            reveals=tuple(said.get("reveals", ())),
            burden=reader.positive(said.get("burden"), f"tests, {name}.burden"),
            source=reader.source(said, outer, name),
            modality=said.get("modality"),
            misleads=reader.warnings(said.get("misleads", {}), f"tests, {name}.misleads"),
            forbidden=reader.warnings(said.get("forbidden", {}), f"tests, {name}.forbidden"),
        )
    return found


def _top(groups: Mapping[str, Group], name: str) -> str:
    """The fact at the root of a fact's tree; stops where parents run in a circle or lead nowhere."""
    seen = {name}
    while (parent := groups[name].parent) is not None and parent in groups and parent not in seen:
        seen.add(parent)
        name = parent
    return name
