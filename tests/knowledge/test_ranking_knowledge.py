"""The numbers behind the ranking: each has a source, rows sum to 1, and what is broken is named."""

from __future__ import annotations

import contextlib
import tomllib
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import pytest

from calcimeter.errors import UsageError
from calcimeter.knowledge.network import NONE_OF_THESE
from calcimeter.knowledge.read_network import read_knowledge, shipped_knowledge
from calcimeter.knowledge.vocabulary import vocabulary
from calcimeter.report.knowledge_tables import knowledge_page

FOLDER = Path(str(files("calcimeter.knowledge").joinpath("ranking")))
FILES = sorted(FOLDER.glob("*.toml"))
DOCS = Path(__file__).resolve().parents[2] / "docs"
SOURCES = tomllib.loads((FOLDER / "sources.toml").read_text(encoding="utf-8"))


def numbers(table, source=None, where="") -> Iterator[tuple[str, str | None]]:
    """Every number with the source that stands nearest to it: in its own table, or in one around it."""
    if isinstance(table, dict):
        source = table.get("source", source)
        for key, value in table.items():
            yield from numbers(value, source, f"{where}.{key}")
    elif isinstance(table, list):
        for k, value in enumerate(table):
            yield from numbers(value, source, f"{where}[{k}]")
    elif isinstance(table, int | float) and not isinstance(table, bool):
        yield where, source


@pytest.mark.parametrize("file", [f for f in FILES if f.name != "sources.toml"], ids=lambda f: f.name)
def test_every_number_has_a_source(file):
    found = list(numbers(tomllib.loads(file.read_text(encoding="utf-8"))))
    assert found
    assert not [where for where, source in found if source not in SOURCES]


def test_every_source_is_used_and_opinion_is_called_opinion():
    text = "\n".join(file.read_text(encoding="utf-8") for file in FILES if file.name != "sources.toml")
    assert not [key for key in SOURCES if f'"{key}"' not in text]
    for key, source in SOURCES.items():
        assert ("opinion" in source["text"].lower()) == (source["kind"] == "opinion") or key == "trauma_conflict"


def test_the_knowledge_is_consistent_and_knows_every_diagnosis():
    knowledge = shipped_knowledge()
    assert set(knowledge.diseases) == {*vocabulary()["diagnoses"], NONE_OF_THESE}
    malignant = {name for name, disease in knowledge.diseases.items() if disease.malignant}
    assert malignant == {name for name in vocabulary()["diagnoses"] if name.endswith("sarcoma")}
    for population in knowledge.populations.values():
        assert sum(population.shares.shares.values()) == pytest.approx(1)
    for row in knowledge.sites.given.values():
        assert sum(row.shares.values()) == pytest.approx(1)


def test_the_likelihood_ratio_of_trauma_in_myositis_ossificans_is_two_at_most():
    from calcimeter.reason.likelihood import tree_likelihood

    trauma, known = {"trauma": ("yes",)}, {}
    own, background = (
        tree_likelihood(shipped_knowledge(), "trigger", name, trauma, known)
        for name in ("myositis_ossificans", NONE_OF_THESE)
    )
    assert 1.3 < own / background <= 2.0


@pytest.mark.parametrize(
    ("name", "old", "new", "complaint"),
    [
        ("sites.toml", "blur = 0.15", "blur = 1.5", "expected a number from 0 to 1"),
        ("appearance.toml", "cloud = 0.85, even = 0.04", "cloud = 0.95, even = 0.04", "sums to 1.1, not to 1"),
        ("appearance.toml", "multilobulated = {", "multi_lobulated = {", "nearest: multilobulated"),
        ("appearance.toml", 'source = "expert"', 'source = "exprt"', "nearest: expert"),
        ("appearance.toml", 'source = "expert"\n', "", "no source"),
        ("minerals.toml", 'parent = "kidneys"', 'parent = "kidney"', "is no group"),
        ("diagnoses.toml", "[synovial_sarcoma]", "[synovial_sarkoma]", "no table [synovial_sarcoma]"),
        ("diagnoses.toml", "age = [[1.0, 50, 14]]", "age = [[0.9, 50, 14]]", "shares that sum to 1"),
        ("priors.toml", "gout = 0.06", "gout_ = 0.06", "nearest"),
        ("tests.toml", 'reveals = ["phosphate"]', 'reveals = ["phospate"]', "nearest: phosphate"),
        ("tests.toml", "burden = 1\n", "burden = 0\n", "expected a number over 0"),
        ("course.toml", "pain = {flare = 0.97,", "pain = {flair = 0.97,", "nearest: flare"),
        ("sources.toml", "patients = 10", "patients = -10", "over 0"),
        ("sites.toml", "[given]", "[given", "is not TOML"),
    ],
)
def test_a_broken_file_is_refused_with_what_is_wrong(tmp_path, name, old, new, complaint):
    text = (FOLDER / name).read_text(encoding="utf-8")
    assert old in text
    (tmp_path / name).write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(UsageError) as refused:
        read_knowledge(tmp_path / name)
    assert complaint in str(refused.value)
    assert str(tmp_path) not in str(refused.value)


@pytest.mark.parametrize("name", [file.name for file in FILES])
def test_no_mangled_file_is_more_than_a_refusal(tmp_path, name):
    """Lines taken out, tables turned into numbers, numbers into words: refused in words, or still consistent."""
    lines = (FOLDER / name).read_text(encoding="utf-8").splitlines()
    manglings = [
        [],
        ["a = 1"],
        [line.split("=")[0] + "= 3" if "=" in line else line for line in lines],
        [line.split("=")[0] + '= "word"' if "=" in line else line for line in lines],
        [line.split("=")[0] + "= {}" if "=" in line else line for line in lines],
        *([line for k, line in enumerate(lines) if k % 3 != start] for start in range(2)),
    ]
    for mangled in manglings:
        (tmp_path / name).write_text("\n".join(mangled), encoding="utf-8")
        with contextlib.suppress(UsageError):
            read_knowledge(tmp_path / name)


def test_a_changed_file_takes_the_place_of_the_shipped_one(tmp_path):
    text = (FOLDER / "sites.toml").read_text(encoding="utf-8").replace("blur = 0.15", "blur = 0.25")
    (tmp_path / "sites.toml").write_text(text, encoding="utf-8")
    assert read_knowledge(tmp_path).sites.blur == 0.25
    (tmp_path / "notes.toml").write_text("a = 1", encoding="utf-8")
    with pytest.raises(UsageError, match="another name"):
        read_knowledge(tmp_path)


def test_the_page_of_the_docs_is_what_the_command_prints():
    page = (DOCS / "knowledge.md").read_text(encoding="utf-8")
    assert page.strip() == knowledge_page(shipped_knowledge()).strip(), "calcimeter knowledge show > docs/knowledge.md"


def test_the_page_marks_opinion_and_shows_every_finding():
    page = knowledge_page(shipped_knowledge())
    assert "| `expert` | opinion | 10 |" in page
    assert not [item for item in shipped_knowledge().items if item.replace("_", " ") not in page]
