"""An output folder of ``analyze`` or ``case`` -> what its JSON files say."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from calcimeter.errors import UnreadableInput, UnsupportedStudy, UsageError
from calcimeter.load.out_folder import check_folder
from calcimeter.model.result import ANALYSIS_SCHEMA
from calcimeter.model.written import WrittenResult

SCHEMAS = {"analysis.json": ANALYSIS_SCHEMA, "case.json": "calcimeter.case/1"}

OF_A_CASE = {
    "caveats": list,
    "studies": list,
    "deposits": list,
    "findings": dict,
    "red_flags": list,
    "comparisons": list,
}
OF_A_STUDY = {"caveats": list, "study": dict, "findings": dict}
OF_A_RADIOGRAPH = {"calibration": dict, "deposits": list, "suspects": list}
OF_A_KIND = {
    "CT": {"search": dict, "lesions": list, "burden": dict},
    "NM": {"verdict": str, "foci": list, "thyroid": dict},
    "CR": OF_A_RADIOGRAPH,
    "DX": OF_A_RADIOGRAPH,
}
"""Fields that a whole result always has and never as null; a draft without them would be silent of what was found."""


def load_written(folder: Path) -> WrittenResult:
    """Read an output folder back.

    Raises
    ------
    UsageError
        There is no such folder, or it is none of ``analyze`` or ``case``.
    UnsupportedStudy
        It is one of another version.
    UnreadableInput
        A file in it is damaged or incomplete, or that of a study is missing.
    """
    check_folder(folder, "the folder OUT of `calcimeter analyze` or `calcimeter case`")
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
        raise UnsupportedStudy(
            f"met {_named(path.name)} that is no {expected}; make the folder again with this version"
        )
    _check_whole(record, path.name)
    return record


def _check_whole(record: dict[str, Any], name: str) -> None:
    """Refuse a result that lacks what every result of its kind has."""
    needed = OF_A_CASE if name == "case.json" else OF_A_STUDY
    missing = _missing(record, needed)
    if not missing and name != "case.json":
        of_its_kind = OF_A_KIND.get(str(record["study"].get("modality")))
        missing = ["a modality that is known"] if of_its_kind is None else _missing(record, of_its_kind)
    if not missing and record.get("studies") == []:
        missing = ["studies"]
    if missing:
        raise UnreadableInput(
            f"met {_named(name)} without {missing[0]}, expected a whole result; make the folder again"
        )


def _named(name: str) -> str:
    return f"an {name}" if name[0] in "aeiou" else f"a {name}"


def _missing(record: dict[str, Any], needed: Mapping[str, type]) -> list[str]:
    return [key for key, kind in needed.items() if not isinstance(record.get(key), kind)]


def _damaged() -> UnreadableInput:
    return UnreadableInput("met an output folder that is damaged or of another version; make it again")
