"""What README and docs say holds: commands exist, links lead somewhere, examples run, thresholds are the real ones."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import click
import numpy as np
import pytest

import calcimeter
from calcimeter.cli import commands
from calcimeter.ct.settings import Settings
from calcimeter.load.edits import load_edits
from calcimeter.model.caveat import TEXTS
from calcimeter.model.lesion import Category
from calcimeter.phantom import write_phantom
from calcimeter.report.table import COLUMNS

ROOT = Path(__file__).resolve().parents[1]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
WRITTEN_BY_HAND = [page for page in PAGES if page.name != "benchmark.md"]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(text, language):
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.DOTALL | re.MULTILINE)


def calls(text):
    """Every ``calcimeter VERB ...`` in code: indented lines, and spans between backticks."""
    lines = re.findall(r"^ {4}(?:\S+/)?(calcimeter .*?)(?: {2,}#.*)?$", text, re.MULTILINE)
    spans = re.findall(r"`(calcimeter [^`]*)`", text)
    return [re.split(r" {2,}#", call)[0] for call in [*lines, *spans]]


def test_the_readme_begins_with_a_picture_and_the_two_commands():
    before_the_story = README.split("Calcimeter finds")[0]
    assert "docs/pictures/report.png" in before_the_story
    assert "make demo" in before_the_story
    assert "calcimeter analyze CT_FOLDER -o OUT" in before_the_story
    assert README.count("\n") <= 150


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_exists_with_its_options(page):
    for call in calls(page.read_text(encoding="utf-8")):
        verb, *words = [word for word in shlex.split(call)[1:] if word != "..."] or ["--help"]
        if verb.startswith("-"):
            assert verb in ("--help", "--version"), call
            continue
        assert verb in commands.commands, call
        known = {name for option in commands.commands[verb].params for name in option.opts}
        assert not {word for word in words if word.startswith("-")} - known - {"--help"}, call


def test_the_command_has_no_verb_or_option_that_the_docs_pass_over():
    said = "\n".join(page.read_text(encoding="utf-8") for page in WRITTEN_BY_HAND)
    for verb, command in commands.commands.items():
        assert f"calcimeter {verb}" in said
        options = {name for option in command.params if isinstance(option, click.Option) for name in option.opts}
        long = {name for name in options if name.startswith("--")} - {"--input", "--output", "--debug", "--quiet"}
        assert not {name for name in long if name not in said} - {"--force"}, verb


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page):
    text = page.read_text(encoding="utf-8")
    targets = [target.partition("#") for target in re.findall(r"\]\(([^)\s]+)\)", text)]
    goals = [
        ((page.parent / name).resolve() if name else page, heading)
        for name, _, heading in targets
        if not name.startswith(("http:", "https:"))
    ]
    here = [(goal, heading) for goal, heading in goals if goal.name != "benchmark.md"]  # `make bench` writes it
    assert not [goal.name for goal, _ in here if not goal.exists()]
    assert not [f"{goal.name}#{heading}" for goal, heading in here if heading and heading not in headings(goal)]


def headings(page):
    titles = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title).strip().lower().replace(" ", "-") for title in titles}


def test_the_pictures_are_small_and_all_used():
    pictures = sorted((ROOT / "docs" / "pictures").iterdir())
    said = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)
    assert pictures
    for picture in pictures:
        assert picture.read_bytes().startswith(b"\x89PNG")
        assert picture.stat().st_size < 300_000
        assert f"pictures/{picture.name}" in said


def test_the_make_targets_that_are_named_exist():
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    named = {
        target
        for page in PAGES
        for target in re.findall(r"(?:`|^ {4})make ([a-z]+)", page.read_text(encoding="utf-8"), re.MULTILINE)
    }
    assert named
    assert named <= targets


def test_the_files_that_are_named_exist():
    folders = "src|tests|docs|benchmarks|ct|load|report|model|phantom|geometry"
    named = {
        name
        for page in WRITTEN_BY_HAND
        for name in re.findall(rf"`((?:{folders})/[\w/.-]+\.\w+)`", page.read_text(encoding="utf-8"))
    }
    there = (ROOT, ROOT / "src" / "calcimeter")
    assert not {name for name in named if not any((base / name).exists() for base in there)} - {"docs/benchmark.md"}


def test_the_tree_in_contributing_is_the_tree_there_is():
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    steps = set(re.findall(r"^ {8}(\w+\.py) ", text, re.MULTILINE))
    package = ROOT / "src" / "calcimeter"
    assert steps == {path.name for path in (package / "ct").glob("*.py")} - {"__init__.py"}
    parts = set(re.findall(r"^ {6}(\w+)[/.]", text, re.MULTILINE))
    there = {path.stem for path in package.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()}
    assert parts | {"__main__"} >= there


@pytest.mark.parametrize("page", ["CONTRIBUTING.md", "src/calcimeter/pipeline.py"])
def test_every_step_of_the_pipeline_stands_in_the_flow_that_a_newcomer_reads_first(page):
    code = (ROOT / "src" / "calcimeter" / "pipeline.py").read_text(encoding="utf-8")
    steps = set(re.findall(r'\bstep\(\s*"([^"]+)"', code))
    flow = re.search(r"^    load -> .*?(?=^\S)", (ROOT / page).read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    assert flow
    assert {"body", "fluid levels", "compare"} < steps
    assert not {step for step in steps if not re.search(rf"\b{step}\b", flow[0])}


@pytest.mark.parametrize("step", list(Settings().record()))
def test_every_setting_stands_in_the_method_with_its_value(step):
    text = (ROOT / "docs" / "method.md").read_text(encoding="utf-8")
    section = re.search(rf"^## [^\n]*`{step}`\n(.*?)(?=^## |\Z)", text, re.DOTALL | re.MULTILINE)
    assert section, f"docs/method.md has no section of `{step}`"
    rows = re.findall(r"^\| `(\w+)` \| (.+?) \|", section[1], re.MULTILINE)
    told = {name: [float(number) for number in re.findall(r"-?[\d.]+", value)] for name, value in rows}
    real = Settings().record()[step]
    assert told == {name: [*map(float, v)] if isinstance(v, tuple) else [float(v)] for name, v in real.items()}


def test_every_category_and_caveat_that_the_docs_name_exists():
    conventions = (ROOT / "docs" / "conventions.md").read_text(encoding="utf-8")
    listed, given = conventions.split("## Categories")[1].split(".")[:2]
    assert re.findall(r"`(\w+)`", listed) == [category.value for category in Category]
    assert " ".join(given.split()) == "The rules give every one of them, and a reader may set any"
    rules = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "src" / "calcimeter" / "ct").rglob("*.py"))
    assert {name.lower() for name in re.findall(r"Verdict\(\s*Category\.(\w+)", rules)} | {"uncertain"} == set(Category)
    for page in WRITTEN_BY_HAND:
        codes = re.findall(r"`([A-Z]+(?:_[A-Z]+)+)`", page.read_text(encoding="utf-8"))
        assert set(codes) - {"VOLUME_SUFFIXES", "LISTED_ONLY_WITH_ALL", "MAY_IMPORT"} <= set(TEXTS), page.name


def test_every_measure_of_the_table_is_defined():
    conventions = (ROOT / "docs" / "conventions.md").read_text(encoding="utf-8")
    not_given = {"mineral", "mass", "agatston", "lobes", "pattern", "fluid", "bone", "joint"}  # null in this version
    fields = {where[0] if where[0] != "place" else where[1] for where in COLUMNS.values()}
    measured = {field for field in fields if re.search(r"_(mm|mm2|mm3|hu)$", str(field))}
    assert not {f for f in measured if str(f).split("_")[0] not in not_given and str(f) not in conventions}


def test_the_readers_edits_of_the_docs_are_read(tmp_path):
    for page in (ROOT / "README.md", ROOT / "docs" / "edits.md"):
        for number, block in enumerate(blocks(page.read_text(encoding="utf-8"), "yaml")):
            path = tmp_path / f"{page.stem}-{number}.yaml"
            path.write_text(block, encoding="utf-8")
            assert [edit.action for edit in load_edits(path)] == ["set", "reject", "merge"]


@pytest.fixture(scope="module")
def sphere(tmp_path_factory):
    """The reference object of one sphere as a folder of DICOM."""
    folder = tmp_path_factory.mktemp("docs")
    write_phantom("sphere", folder / "CT_FOLDER")
    return folder


def test_the_python_of_the_readme_runs(sphere, monkeypatch, capsys):
    monkeypatch.chdir(sphere)
    examples = blocks(README, "python")
    assert examples
    for example in examples:
        exec(compile(example, "README.md", "exec"), {})
    printed = capsys.readouterr().out.splitlines()
    assert printed[0].startswith("1 soft_tissue 4")
    assert [path.name for path in sphere.iterdir()] == ["CT_FOLDER"]


def test_an_array_with_its_affine_is_analyzed_as_the_readme_says(sphere):
    found = calcimeter.analyze(sphere / "CT_FOLDER")
    volume = found.study.volume
    again = calcimeter.analyze((np.array(volume.values), volume.grid.affine), kvp=120.0, position="HFS")
    assert [lesion.amount.volume_mm3 for lesion in again.lesions] == [
        lesion.amount.volume_mm3 for lesion in found.lesions
    ]


@pytest.mark.parametrize("page", ["docs/conventions.md", "docs/accuracy.md", "docs/measures/axes.md", "docs/method.md"])
def test_lengths_from_voxel_edge_to_voxel_edge_are_said_of_given_outlines_alone(page):
    told = " ".join((ROOT / page).read_text(encoding="utf-8").split())
    assert "half height" in told or "half of the deposit's own level" in told
    for sentence in (x for x in re.split(r"\.\W", told) if "voxel edge to voxel edge" in x):
        assert "given outline" in sentence.lower()


def test_the_readme_does_not_leave_out_the_object_that_came_out_worst():
    """Chosen rows would tell a better accuracy than the page has."""
    page = (ROOT / "docs" / "accuracy.md").read_text(encoding="utf-8")
    rows = re.findall(r"^(\| .*? \| [\d.]+ / [\d.]+ \| ([+-][\d.]+) % .*)$", page, re.MULTILINE)
    worst = max(rows, key=lambda row: abs(float(row[1])))[0]
    assert worst in README.splitlines()


def test_the_accuracy_that_the_readme_quotes_is_that_of_the_page(sphere):
    page = (ROOT / "docs" / "accuracy.md").read_text(encoding="utf-8")
    quoted = [row for row in README.splitlines() if re.match(r"\| .* \| [\d.]+ / [\d.]+ \|", row)]
    assert len(quoted) > 5
    assert not [row for row in quoted if row not in page.splitlines()]

    told = re.search(r"^\| sphere \| ([\d.]+) / ([\d.]+) \|", page, re.MULTILINE)
    (lesion,) = calcimeter.analyze(sphere / "CT_FOLDER").lesions
    truth = json.loads((sphere / "CT_FOLDER" / "truth.json").read_text())["lesions"][0]
    assert told, "python benchmarks/accuracy.py writes docs/accuracy.md"
    assert float(told[1]) == pytest.approx(lesion.amount.volume_mm3.value / 1000, abs=0.02)
    assert float(told[2]) == pytest.approx(truth["volume_mm3"] / 1000, abs=0.005)


@pytest.mark.parametrize("row", re.findall(r"^\| (STS_\d+|abdomen) \| (\d+)[^|]*\| (\d+) \|", README, re.MULTILINE))
def test_the_real_scans_are_as_the_readme_counts_them(row, shared_data):
    name, soft, uncertain = row
    path = "totalsegmentator/example_ct.nii.gz" if name == "abdomen" else f"sts/{name}/CT"
    analysis = calcimeter.analyze(shared_data(path))
    counted = [len(analysis.of_category(category)) for category in (Category.SOFT_TISSUE, Category.UNCERTAIN)]
    assert counted == [int(soft), int(uncertain)]
