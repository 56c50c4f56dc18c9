"""Programs that judge and read DICOM results and are not ours: dciodvfy, and the readers of the dcmqi package."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

PACKAGES = {"dciodvfy": "dicom3tools", "segimage2itkimage": "dcmqi", "tid1500reader": "dcmqi"}
OF_DEVELOPMENT = "slicerio"
"""A package that tests alone import, listed beside the programs."""


def tool(name: str) -> Path:
    """Where a program is; without it a test fails, but is skipped where the packages of development are not asked for.

    They are asked for in continuous integration and wherever one of them that nothing else needs is installed.
    """
    path = Path(sys.executable).with_name(name)
    if not path.exists():
        said = f"{name} of the {PACKAGES[name]} package is not installed"
        if os.environ.get("CI") or find_spec(OF_DEVELOPMENT):
            pytest.fail(said)
        pytest.skip(said)
    return path


def errors_of(path: Path) -> list[str]:
    """What dciodvfy calls an error."""
    told = subprocess.run([tool("dciodvfy"), "-new", path], capture_output=True, text=True, check=False)
    lines = (told.stdout + told.stderr).splitlines()
    assert lines, "dciodvfy said nothing, not even what it looked at"
    return [line for line in lines if line.startswith(("Error", "Abort"))]


def run(name: str, *arguments: object) -> str:
    """What a program prints; it must succeed."""
    done = subprocess.run([tool(name), *map(str, arguments)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr
