"""An output folder of ``analyze`` or ``case`` -> what its JSON files say."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from calcimeter.errors import UnreadableInput, UnsupportedStudy, UsageError
from calcimeter.model.written import WrittenResult

SCHEMAS = {"analysis.json": "calcimeter.analysis/1", "case.json": "calcimeter.case/1"}


def load_written(folder: Path) -> WrittenResult:
    """Read an output folder back.

    Raises
    ------
    UsageError
        There is no such folder, or it is none of ``analyze`` or ``case``.
    UnsupportedStudy
        It is one of another version.
    UnreadableInput
        A file in it is damaged, or that of a study is missing.
    """
    found = [name for name in ("case.json", "analysis.json") if (folder / name).is_file()]
    if not found:
        raise UsageError(
            "met a folder without analysis.json or case.json, expected an OUT of `calcimeter analyze` or `calcimeter"
            " case`; make that first"
        )
    main = found[0]
    documents = {main: _read(folder, main)}
    try:
        for study in documents[main].get("studies", ()):
            if study["folder"] is not None and study["status"] != "refused":
                name = f"{study['folder']}/analysis.json"
                documents[name] = _read(folder, name)
    except (KeyError, TypeError, AttributeError) as error:
        raise _damaged() from error
    return WrittenResult(folder, main, documents)


def _read(folder: Path, name: str) -> dict[str, Any]:
    path = folder / name
    if not path.resolve().is_relative_to(folder.resolve()):
        raise _damaged()
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise _damaged() from error
    expected = SCHEMAS[path.name]
    if not isinstance(record, dict) or record.get("schema") != expected:
        raise UnsupportedStudy(f"met a {path.name} that is no {expected}; make the folder again with this version")
    return record


def _damaged() -> UnreadableInput:
    return UnreadableInput("met an output folder that is damaged or of another version; make it again")
