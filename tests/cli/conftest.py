"""The command called as a shell would, and two scans that it has analyzed once for all tests."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import pytest

from calcimeter.cli import main
from calcimeter.phantom import acquisition_of, scan, scene_of, write_reference


class Said(NamedTuple):
    """What a command answered."""

    code: int
    out: str
    err: str


class Case(NamedTuple):
    """A scan, its OUT, and what the command said while it made it."""

    scan: Path
    out: Path
    said: Said

    def record(self):
        return json.loads((self.out / "analysis.json").read_text())


@pytest.fixture
def run(monkeypatch, capsys):
    """A function that calls the command in this process, as a shell would."""
    yield lambda *words: _call(monkeypatch, capsys, words)
    logging.getLogger("calcimeter").handlers.clear()


def _call(monkeypatch, capsys, words):
    logging.getLogger("calcimeter").handlers.clear()
    monkeypatch.setattr(sys, "argv", ["calcimeter", *map(str, words)])
    code = 0
    try:
        main()
    except SystemExit as stopped:
        code = stopped.code or 0
    printed = capsys.readouterr()
    return Said(code, printed.out, printed.err)


@pytest.fixture(scope="session")
def spheres(tmp_path_factory):
    """Four spheres of 10 to 30 mm in a thigh, analyzed by the command in a process of its own."""
    scene = scene_of("spheres")
    reference = scan(replace(scene, deposits=scene.deposits[:4]), acquisition_of("spheres"))
    return _analyzed(reference, tmp_path_factory.mktemp("spheres"))


@pytest.fixture(scope="session")
def nothing(tmp_path_factory):
    """The same thigh without a deposit."""
    return _analyzed(scan(scene_of("empty"), acquisition_of("empty")), tmp_path_factory.mktemp("nothing"))


def _analyzed(reference, folder):
    write_reference(reference, folder / "SECRETSURNAME")
    done = _process("analyze", folder / "SECRETSURNAME", "-o", folder / "out", "--json")
    assert done.returncode == 0, done.stderr
    return Case(folder / "SECRETSURNAME", folder / "out", Said(done.returncode, done.stdout, done.stderr))


def _process(*words):
    command = [sys.executable, "-m", "calcimeter", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, check=False)
