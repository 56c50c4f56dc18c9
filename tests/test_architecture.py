"""The house rules of CONTRIBUTING.md, read from the source itself."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

import calcimeter

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "src" / "calcimeter"

RECORDS = {"units", "codes", "errors", "model"}
MAY_IMPORT = {
    "__init__": {"pipeline"},
    "errors": set(),
    "units": {"errors"},
    "codes": set(),
    "knowledge": {"errors", "units", "knowledge"},
    "model": RECORDS,
    "geometry": {"errors", "model", "geometry"},
    "ct": RECORDS | {"geometry", "knowledge"},
    "radiograph": RECORDS | {"geometry", "knowledge"},
    "scintigraphy": RECORDS | {"geometry", "knowledge"},
    "follow": RECORDS | {"geometry", "follow"},
    "load": RECORDS | {"geometry", "knowledge", "load"},
    "report": RECORDS | {"geometry", "knowledge", "report", "version"},
    "phantom": RECORDS | {"geometry", "knowledge", "phantom", "version"},
    "reason": RECORDS | {"geometry", "knowledge", "reason"},
    "case": RECORDS,
    "progress": set(),
    "abreast": {"geometry"},
    "intake": RECORDS | {"load", "ct", "progress"},
    "pipeline": RECORDS
    | {"abreast", "intake", "progress", "load", "ct", "radiograph", "scintigraphy", "reason", "follow", "version"},
    "deidentify": RECORDS | {"knowledge", "load", "report", "deidentify", "version"},
    "work_up": RECORDS
    | {"case", "pipeline", "intake", "progress", "load", "knowledge", "scintigraphy", "reason", "follow", "version"},
    "case_folder": RECORDS | {"work_up", "pipeline", "report"},
    "demo": RECORDS | {"case_folder", "load", "report", "phantom"},
    "cli": RECORDS
    | {
        "pipeline",
        "work_up",
        "case_folder",
        "intake",
        "load",
        "knowledge",
        "reason",
        "report",
        "phantom",
        "demo",
        "deidentify",
        "version",
    },
    "__main__": {"cli"},
}
"""Part of the package -> the parts it may import. Steps may not import each other, only ``STEP_RECORDS``."""

PARTS_OF_STEPS = {"ct", "case"}

STEP_RECORDS = {"settings"}

HOMES = {
    "numpy": ("",),
    "scipy": ("geometry", "ct", "scintigraphy", "radiograph", "follow", "phantom", "report.figures"),
    "skimage": ("geometry",),
    "pydicom": ("load", "report", "phantom", "deidentify"),
    "highdicom": ("report",),
    "openjpeg": ("load.dicom.decode",),
    "jpeg_ls": ("load.dicom.decode",),
    "nibabel": ("load", "report"),
    "nrrd": ("load", "report"),
    "yaml": ("load",),
    "jinja2": ("report",),
    "markupsafe": ("report",),
    "typst": ("report",),
    "docx": ("report.writeup",),
    "PIL": ("report", "load.dicom.decode", "load.radiograph.picture"),
    "click": ("cli",),
}
"""Third party -> the modules that may import it, by the beginning of their name."""

LIGHT = {"numpy", "calcimeter"} | sys.stdlib_module_names
BANNED_NAMES = {"utils", "helpers", "common", "misc", "base"}
MAX_LINES, MAX_STATEMENTS, MAX_PARAMETERS, MAX_PUBLIC_NAMES = 300, 50, 6, 20
MAX_LINES_OUTSIDE = 400

MACHINE_PATH = re.compile(r"(?<![\w.])/(tmp|work|root|home)/")
REGISTRY = re.compile(r"--(?:extra-)?index[-]url|--find[-]links|registry[ ]*=|https?://\S*/(?:simple|packages)/")
"""How the address of a package registry is written down: an option, a setting, an index page."""


class Import(NamedTuple):
    """One imported name: as an absolute dotted name, its line, and whether it runs when the module is imported."""

    target: str
    line: int
    at_top: bool


class Module(NamedTuple):
    """One source file of the package."""

    name: str
    path: Path
    tree: ast.Module

    @property
    def part(self) -> str:
        return self.name.split(".")[0]


def test_the_package_keeps_the_house_rules() -> None:
    found = list(violations(PACKAGE))
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    ("place", "code", "complaint"),
    [
        ("model/planted.py", "from calcimeter.geometry import runs", "imports calcimeter.geometry"),
        ("load/planted.py", "from calcimeter import report", "imports calcimeter.report"),
        ("load/planted.py", "def f():\n    '''F.'''\n    import calcimeter.report.record", "imports calcimeter.report"),
        ("geometry/planted.py", "from ..cli import main", "imports calcimeter.cli"),
        ("ct/planted.py", "def f():\n    '''F.'''\n    import pydicom", "pydicom has its home in"),
        ("ct/planted.py", "import scipy", "scipy is heavy"),
        ("load/planted.py", "import requests", "requests has no home"),
        ("report/utils.py", "", "says nothing"),
        ("ct/planted.py", "def f():\n    pass", "f has no docstring"),
        ("ct/planted.py", "def _f(a, b, c, d, e, *, f, g): ...", "7 parameters"),
        ("ct/planted.py", "def _f():\n" + "    a = 1\n" * 51, "51 statements"),
        ("ct/planted.py", "\n" * 300, "lines, at most 300"),
    ],
)
def test_a_planted_breach_is_seen(tmp_path: Path, place: str, code: str, complaint: str) -> None:
    copy = tmp_path / "calcimeter"
    shutil.copytree(PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__"))
    planted = copy / place
    planted.parent.mkdir(exist_ok=True)
    planted.write_text(f'"""Planted."""\n{code}\n')

    assert any(complaint in said for said in violations(copy)), list(violations(copy))


def test_a_step_of_ct_can_not_import_another(tmp_path: Path) -> None:
    copy = tmp_path / "calcimeter"
    (copy / "ct").mkdir(parents=True)
    (copy / "ct" / "measure.py").write_text('"""A step."""')
    (copy / "ct" / "planted.py").write_text('"""Another."""\nfrom calcimeter.ct import measure\n')

    assert any("imports calcimeter.ct.measure" in said for said in violations(copy))


def test_the_public_names_are_few_and_all_listed() -> None:
    tree = ast.parse((PACKAGE / "__init__.py").read_text())
    defined = {alias.asname or alias.name for node in ast.walk(tree) for alias in _names_from_package(node)}

    assert len(calcimeter.__all__) <= MAX_PUBLIC_NAMES
    assert defined | {"__version__"} == set(calcimeter.__all__)
    assert all(hasattr(calcimeter, name) for name in calcimeter.__all__)


def test_no_file_names_a_registry_or_a_place_on_one_machine() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()[:80]}"
        for path in _text_files()
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1)
        if MACHINE_PATH.search(line) or REGISTRY.search(line)
    ]
    assert not found


def test_the_command_starts_without_a_heavy_import() -> None:
    heavy = sorted((set(HOMES) - {"numpy", "click"}) | {"matplotlib", "pandas", "SimpleITK"})
    code = f"import sys, calcimeter.cli; print(*[m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.split() == []


def test_sizes_hold_outside_the_package_too() -> None:
    files = [*ROOT.glob("tests/**/*.py"), *ROOT.glob("benchmarks/*.py")]
    assert not [said for path in files for said in _too_large(_parse(path, path.parent), MAX_LINES_OUTSIDE)]


def violations(package: Path) -> Iterator[str]:
    """Every breach of the house rules in a copy of the package, in words."""
    modules = [_parse(path, package) for path in sorted(package.rglob("*.py"))]
    names = {module.name for module in modules} | {module.part for module in modules}
    for module in modules:
        where = f"{module.name}:"
        for breach in (*_wrong_imports(module, names), *_too_large(module), *_undocumented(module)):
            yield f"{where} {breach}"
        if set(module.name.split(".")) & BANNED_NAMES:
            yield f"{where} the name says nothing of what it holds"


def _parse(path: Path, package: Path) -> Module:
    relative = path.relative_to(package).with_suffix("")
    parts = relative.parts[:-1] if relative.name == "__init__" and len(relative.parts) > 1 else relative.parts
    return Module(".".join(parts), path, ast.parse(path.read_text(encoding="utf-8"), filename=str(path)))


def _wrong_imports(module: Module, names: set[str]) -> Iterator[str]:
    for found in _imports(module, names):
        third_party = found.target.split(".")[0]
        if third_party == "calcimeter":
            if not _allowed(module, found.target.removeprefix("calcimeter").removeprefix(".")):
                yield f"line {found.line} imports {found.target}"
        elif third_party not in sys.stdlib_module_names:
            yield from _wrong_home(module, third_party, found)


def _allowed(module: Module, target: str) -> bool:
    """Whether a module may import another of the package; both without the package's name, "" is its front page."""
    part = target.split(".")[0] or "version"
    if module.part == part and part in PARTS_OF_STEPS:
        step, other = (name.split(".")[1:2] for name in (module.name, target))
        return step == other or not step or set(other) <= STEP_RECORDS
    return part in MAY_IMPORT.get(module.part, set()) | {module.part}


def _wrong_home(module: Module, third_party: str, found: Import) -> Iterator[str]:
    homes = HOMES.get(third_party)
    if homes is None:
        yield f"line {found.line}: {third_party} has no home; give it one in tests/test_architecture.py"
    elif not any(module.name.startswith(home) for home in homes):
        yield f"line {found.line}: {third_party} has its home in {', '.join(homes)}"
    if found.at_top and third_party not in LIGHT and (third_party, module.part) != ("click", "cli"):
        yield f"line {found.line}: {third_party} is heavy; import it inside the function that needs it"


def _imports(module: Module, names: set[str]) -> Iterator[Import]:
    late = {id(node) for scope in ast.walk(module.tree) if _is_late(scope) for node in ast.walk(scope)}
    for node in ast.walk(module.tree):
        at_top = id(node) not in late
        if isinstance(node, ast.Import):
            yield from (Import(alias.name, node.lineno, at_top) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            origin = _origin(node, module)
            for alias in node.names:
                is_module = f"{origin}.{alias.name}".removeprefix("calcimeter.") in names
                yield Import(f"{origin}.{alias.name}" if is_module else origin, node.lineno, at_top)


def _is_late(node: ast.AST) -> bool:
    """Whether what stands inside does not run on import: functions, and blocks for the type checker."""
    checking = isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING")
    return checking or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)


def _origin(node: ast.ImportFrom, module: Module) -> str:
    """The absolute name of what is imported from; relative imports are counted from the module's folder."""
    if not node.level:
        return node.module or ""
    folders = ["calcimeter", *module.name.split(".")]
    keep = len(folders) - node.level + (module.path.name == "__init__.py")
    return ".".join([*folders[:keep], *([node.module] if node.module else [])])


def _too_large(module: Module, most_lines: int = MAX_LINES) -> Iterator[str]:
    lines = len(module.path.read_text(encoding="utf-8").splitlines())
    if lines > most_lines:
        yield f"{lines} lines, at most {most_lines}"
    for node in ast.walk(module.tree):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        statements = sum(isinstance(inner, ast.stmt) for part in node.body for inner in ast.walk(part))
        if statements > MAX_STATEMENTS:
            yield f"{node.name} has {statements} statements, at most {MAX_STATEMENTS}"
        parameters = [a.arg for a in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)]
        count = len(set(parameters) - {"self", "cls"})
        if count > MAX_PARAMETERS and module.part not in {
            "cli",
            "test_architecture",
        }:  # options are arguments
            yield f"{node.name} has {count} parameters, at most {MAX_PARAMETERS}"


def _undocumented(module: Module) -> Iterator[str]:
    if not ast.get_docstring(module.tree):
        yield "the module has no docstring"
    for node in module.tree.body:
        is_public = isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_")
        if is_public and not ast.get_docstring(node):
            yield f"{node.name} has no docstring"


def _names_from_package(node: ast.AST) -> list[ast.alias]:
    is_ours = isinstance(node, ast.ImportFrom) and (node.module or "").startswith("calcimeter")
    return node.names if isinstance(node, ast.ImportFrom) and is_ours else []


def _text_files() -> list[Path]:
    """Every file that is in the repository or would be added to it, without the binary ones."""
    command = ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("not a git checkout: what belongs to the repository can't be told")
    paths = [ROOT / name for name in listed.split("\0") if name]
    return [path for path in paths if path.is_file() and b"\0" not in path.read_bytes()[:8192]]
