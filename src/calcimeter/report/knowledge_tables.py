"""The knowledge of the ranking as Markdown tables with sources."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from calcimeter.knowledge.network import ANY, NONE_OF_THESE, OTHERWISE, YES, Group, Item, Knowledge, Row
from calcimeter.knowledge.vocabulary import vocabulary
from calcimeter.report.wording import term

INTRODUCTION = """\
# What the ranking believes

`calcimeter knowledge show` prints this page from the TOML files in `src/calcimeter/knowledge/ranking/`;
`calcimeter knowledge check FILE` checks a changed file, and `calcimeter rank CASE.yaml --knowledge FILE` uses it.
[Reasoning](reasoning.md) says how the numbers are put together.

Numbers are probabilities unless a unit is named. The source of a row stands in its last column. Opinion is marked as
such by its source: nobody counted. A number counts as if it had been seen in so many patients as its source is worth,
and one more patient is added who is like the background (`none_of_these`)."""


def knowledge_page(knowledge: Knowledge) -> str:
    """The whole page, ending in a line feed."""
    parts = [
        INTRODUCTION,
        "## Sources",
        *_sources(knowledge),
        "## How common each diagnosis is",
        *_priors(knowledge),
        "## Who gets it, and how large it is",
        *_patients(knowledge),
        "## Where it lies",
        *_sites(knowledge),
        *(part for group in knowledge.groups.values() for part in _group(group)),
        "## Tests",
        *_tests(knowledge),
        "## Terms that change nothing",
        _without_weight(knowledge),
    ]
    return "\n\n".join(parts) + "\n"


def _sources(knowledge: Knowledge) -> Iterator[str]:
    rows = [(f"`{s.key}`", s.kind, f"{s.patients:g}", s.text) for s in knowledge.sources.values()]
    yield _table(("key", "kind", "patients it is worth", "source"), rows)


def _priors(knowledge: Knowledge) -> Iterator[str]:
    populations = list(knowledge.populations.values())
    yield _list(
        f"`{p.name}`: patients {p.title}{_said_known(p.known)}; source `{p.shares.source.key}`" for p in populations
    )
    lapse = knowledge.lapse
    yield f"Everything told of a patient leads astray in {lapse.shares[YES]:g} (source `{lapse.source.key}`)."
    names = sorted(knowledge.diseases, key=lambda name: -populations[0].shares.shares[name])
    rows = [(term(name), *(f"{p.shares.shares[name]:.2g}" for p in populations)) for name in names]
    yield _table(("diagnosis", *(p.name for p in populations)), rows)


def _said_known(known: Mapping[str, str]) -> str:
    facts = (f"{term(group)} {term(state)}" for group, state in known.items())
    return "".join(f"; {fact} in all of them, so that it is no evidence" for fact in facts)


def _patients(knowledge: Knowledge) -> Iterator[str]:
    yield "Ages: normal curves as share x mean (standard deviation), in years. Long axes: median (factor), in cm."
    rows = []
    for disease in knowledge.diseases.values():
        ages = " + ".join(f"{share:g} x {mean:g} ({sd:g})" for share, mean, sd in disease.age)
        female = f"{disease.female.shares['F']:g}{_other(disease.female, disease.source.key)}"
        size = f"{disease.size_cm[0]:g} ({disease.size_cm[1]:g})"
        malignant = "yes" if disease.malignant else ""
        rows.append((disease.title, malignant, ages, female, size, f"`{disease.source.key}`"))
    yield _table(("diagnosis", "malignant", "age", "women", "long axis", "source"), rows)


def _sites(knowledge: Knowledge) -> Iterator[str]:
    sites = knowledge.sites
    near = "; ".join(", ".join(term(site) for site in sorted(places)) for places in sites.near)
    yield f"A deposit is named by a neighbor of its site in {sites.blur:g}. Neighbors: {near}."
    rows = []
    for name, row in sites.given.items():
        ordered = sorted(row.shares.items(), key=lambda pair: -pair[1])
        said = ", ".join(f"{term(site)} {share:.2g}" for site, share in ordered[:12])
        rows.append((term(name), said, f"`{row.source.key}`"))
    yield _table(("diagnosis", "its twelve most frequent sites", "source"), rows)


def _group(group: Group) -> Iterator[str]:
    depends = f" Depends also on: {term(group.parent)}." if group.parent else ""
    yield f"## {group.title[0].upper()}{group.title[1:]}: `{group.name}`"
    if group.states:
        yield _list(f"`{name}`: {text}" for name, text in group.states.items())
        heads = ("diagnosis", *((term(group.parent),) if group.parent else ()), *group.states, "source")
        yield f"How often, by diagnosis; others are as `{NONE_OF_THESE}`.{depends}"
        yield _table(heads, [_given(group, key, row) for key, row in group.given.items()])
    found = [_finding(item) for item in group.items.values() if YES in item.outcomes]
    if found:
        yield _table(("finding", "how often it is seen", "source"), found)
    levels = [row for item in group.items.values() if YES not in item.outcomes for row in _levels(item)]
    if levels:
        yield _table(("level", "in", "how often", "source"), levels)


def _given(group: Group, key: tuple[str, str], row: Row) -> tuple[str, ...]:
    name, parent_state = key
    parent = (parent_state if parent_state != ANY else "any",) if group.parent else ()
    shares = (f"{share:g}" if share else "" for share in row.shares.values())
    return (term(name), *parent, *shares, f"`{row.source.key}`")


def _finding(item: Item) -> tuple[str, str, str]:
    keys = [row.source.key for row in item.rows.values()]
    common = max(keys, key=keys.count)
    ordered = sorted(item.rows.items(), key=lambda pair: (pair[0] == OTHERWISE, -pair[1].shares[YES]))
    said = ", ".join(f"{term(name)} {row.shares[YES]:g}{_other(row, common)}" for name, row in ordered)
    return (term(item.name), said, f"`{common}`")


def _levels(item: Item) -> Iterator[tuple[str, str, str, str]]:
    for name, row in item.rows.items():
        said = ", ".join(f"{term(outcome)} {share:g}" for outcome, share in row.shares.items())
        yield (term(item.name), term(name), said, f"`{row.source.key}`")


def _tests(knowledge: Knowledge) -> Iterator[str]:
    yield (
        "Burden is cost and harm to the patient, in units of a blood sample. Invasive tests come last. A test is done "
        "where a deposit was measured on its modality."
    )
    rows = []
    for test in knowledge.tests.values():
        warned = [f"over {p:g} {term(name)}: {text}" for name, (p, text) in test.misleads.items()]
        warned += [f"never over {p:g} {term(name)}: {text}" for name, (p, text) in test.forbidden.items()]
        reveals = ", ".join(term(item) for item in test.reveals)
        kind = f"{test.kind}, {test.modality}" if test.modality else test.kind
        rows.append((test.title, kind, reveals, f"{test.burden:g}", "; ".join(warned), f"`{test.source.key}`"))
    yield _table(("test", "kind", "tells", "burden", "warnings", "source"), rows)


def _without_weight(knowledge: Knowledge) -> str:
    words = vocabulary()
    derived = {"calcium_albumin_corrected", "calcium_ionized", "creatinine", "creatinine_clearance", "urea"}
    names = [t for kind in ("history", "findings", "analytes") for t in words[kind] if t not in knowledge.items]
    idle = ", ".join(term(name) for name in names if name not in derived)
    return (
        f"No likelihood is known for: {idle}. Corrected and ionized calcium count as calcium; creatinine, its "
        "clearance and urea as eGFR, where there is none. Treatments, the stated differential and the diagnosis are "
        "never evidence."
    )


def _other(row: Row, common: str) -> str:
    """The source of one number, where it is another than that of its row."""
    return "" if row.source.key == common else f" (`{row.source.key}`)"


def _list(lines: Iterable[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
