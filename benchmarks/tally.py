"""Give Calcimeter every file and folder of public corpora, count what comes of it, and check each answer's numbers.

    python benchmarks/tally.py [FOLDER ...]

pydicom's own test files and the scans in ../shared/data are always looked at; each FOLDER is one corpus more. Every
folder that holds files is an input, and so is every DICOM file by itself. What is accepted is read again by another
program (`benchmarks/independent.py`) and analyzed to the end. Writes the tables of docs/formats.md; the tables of a
corpus that is not at hand stay as they are. Needs `pip install '.[bench,jpeg]'`.
"""

from __future__ import annotations

import re
import sys
import tempfile
import traceback
import warnings
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pydicom

from calcimeter.errors import CalcimeterError, Refused
from calcimeter.load.study import list_series, load_study
from calcimeter.model.caveat import OF_THIS_VERSION
from calcimeter.pipeline import analyze_ct
from calcimeter.report.record import all_caveats
from independent import disagreement

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "formats.md"
SHARED = ROOT.parent / "shared" / "data"
ALONE = "one slice, expected a series"
ADVICE = "; expected a complete CT series of evenly spaced slices"
HEADING = "## The tally"
INTRODUCTION = f"""{HEADING}

`python benchmarks/tally.py` writes this part. Inputs: every folder of a corpus that holds files, and every DICOM file
by itself. *Agree*: accepted and read again by an independent reader, SimpleITK or, for multi-frame files, pydicom: HU
equal in every voxel that is not padding, and the eight corners within 0.01 mm. Where alike messages differ in
numbers, these are written N. Caveats that hold for every scan in this version are not counted.
"""


@dataclass
class Tally:
    """What came of the inputs of one corpus."""

    name: str
    outcomes: Counter[tuple[str, str]] = field(default_factory=Counter)
    caveats: Counter[str] = field(default_factory=Counter)
    readers: Counter[str] = field(default_factory=Counter)
    wordings: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    alone: Counter[str] = field(default_factory=Counter)
    odd: list[str] = field(default_factory=list)


def main(folders: list[Path]) -> None:
    """Tally every corpus and rewrite the tables."""
    tallies = [of_corpus(name, corpus, files_too=files_too) for name, corpus, files_too in corpora(folders)]
    page = PAGE.read_text(encoding="utf-8") if PAGE.exists() else ""
    by_hand, _, before = page.partition(HEADING)
    tables = {
        found.group(1): found.group(0).strip()
        for found in re.finditer(r"^### (.+?)\n(?s:.*?)(?=^### |\Z)", before, re.MULTILINE)
    }
    tables |= {tally.name: table(tally) for tally in tallies}
    PAGE.write_text("\n\n".join([by_hand.rstrip(), INTRODUCTION.rstrip(), *tables.values()]).lstrip() + "\n")


def corpora(folders: list[Path]) -> Iterator[tuple[str, Path, bool]]:
    """Name, folder, and whether DICOM files are inputs by themselves."""
    yield "pydicom", Path(pydicom.__file__).parent / "data" / "test_files", True
    if SHARED.is_dir():
        yield "shared data", SHARED, False
    for folder in folders:
        yield folder.resolve().name, folder, True


def of_corpus(name: str, corpus: Path, *, files_too: bool) -> Tally:
    """Try every input of a corpus."""
    tally = Tally(name)
    files = sorted(path for path in corpus.rglob("*") if path.is_file())
    dicom = {path: uid for path in files if (uid := instance_uid(path)) is not None}
    inputs = sorted({path.parent for path in files})
    inputs += [
        path for path in files if (path in dicom and files_too) or path.name.endswith((".nii", ".nii.gz", ".nrrd"))
    ]
    for one in inputs:
        below = {uid: path for path, uid in dicom.items() if path == one or one in path.parents}
        try_input(tally, one, one.relative_to(corpus), below)
    return tally


def instance_uid(path: Path) -> str | None:
    """The SOP instance UID by pydicom, "" where it has none; None of what is not DICOM."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            dataset = pydicom.dcmread(path, stop_before_pixels=True, force=True)
            return str(dataset.get("SOPInstanceUID", "")) if "SOPClassUID" in dataset else None
    except Exception:  # noqa: BLE001  (whatever it is, pydicom does not read it)
        return None


def try_input(tally: Tally, source: Path, shown: Path, dicom: dict[str, Path]) -> None:
    """Load, check and analyze one input."""
    try:
        listed = list_series(source)
    except CalcimeterError:
        listed = ()
    except Exception:  # noqa: BLE001
        tally.odd.append(f"`{shown}`: --list ends in a traceback: {last_line()}")
        listed = ()
    try:
        study = load_study(source)
        reader, difference = disagreement(study, source, dicom)
        tally.readers[reader] += 1
        if difference:
            tally.odd.append(f"`{shown}`: {reader}: {difference}")
        caveats = [caveat.code for caveat in all_caveats(analyze_ct(study))]
        tally.caveats.update(code for code in caveats if code not in OF_THIS_VERSION)
        outcome = ("answer with caveats" if caveats else "answer", "")
    except Refused as refusal:
        outcome = (f"refused: {type(refusal).__name__}", str(refusal))
    except CalcimeterError as question:
        outcome = (f"exit {question.exit_code}: {type(question).__name__}", str(question))
    except Exception:  # noqa: BLE001
        outcome = ("traceback", last_line())
        tally.odd.append(f"`{shown}`: traceback: {last_line()}")
    if ALONE in outcome[1] and source.is_file():
        try_thrice(tally, source, shown)
    kind, reason = outcome[0], anonymous(outcome[1])
    tally.outcomes[kind, reason] += 1
    tally.wordings[reason].add(plain(outcome[1]))
    print(
        f"{tally.name}: {shown}: {': '.join(part for part in outcome if part)} [{len(listed)} listed]", file=sys.stderr
    )


def try_thrice(tally: Tally, source: Path, shown: Path) -> None:
    """Give a CT slice that stands alone as a series of three, so that its pixels are read and compared too."""
    with tempfile.TemporaryDirectory() as name, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        dataset = pydicom.dcmread(source, force=True)
        if not all(keyword in dataset for keyword in ("PixelData", "ImagePositionPatient", "ImageOrientationPatient")):
            return
        dicom = {}
        position_mm = np.array(dataset.ImagePositionPatient, dtype=float)
        columns, rows = np.array(dataset.ImageOrientationPatient, dtype=float).reshape(2, 3)
        for k in range(3):
            dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = f"2.25.{k + 1}"
            place_mm = position_mm + 2.5 * k * np.cross(columns, rows)
            dataset.ImagePositionPatient = [pydicom.valuerep.DSfloat(float(x), auto_format=True) for x in place_mm]
            dicom[dataset.SOPInstanceUID] = Path(name) / f"{k}.dcm"
            dataset.save_as(dicom[dataset.SOPInstanceUID])
        try:
            reader, difference = disagreement(load_study(Path(name)), Path(name), dicom)
            tally.readers[reader] += 1
            tally.alone[difference or "agree"] += 1
            if difference:
                tally.odd.append(f"`{shown}`, given three times: {reader}: {difference}")
        except Refused as refusal:
            tally.alone[f"refused ({anonymous(str(refusal))})"] += 1
        except Exception:  # noqa: BLE001
            tally.odd.append(f"`{shown}`, given three times: traceback: {last_line()}")


def last_line() -> str:
    return traceback.format_exc().strip().splitlines()[-1][:200]


def plain(message: str) -> str:
    """What a message says of the input, without UIDs."""
    message = message.removeprefix("no series can be measured: met ").partition(ADVICE)[0]
    message = re.sub(r"\b\d+(\.\d+){3,}(/\d+)?\b", "UID", message)
    message = re.sub(r"UID(, UID)+", "UIDs", message)
    notes = [re.sub(r"^\w+ series of \d+ images?: ", "", note) for note in message.split(" | ")]
    return " / ".join(dict.fromkeys(notes))


def anonymous(message: str) -> str:
    """The same without numbers, so that alike ones count as one."""
    return " / ".join(dict.fromkeys(re.sub(r"-?\b\d+(\.\d+)?\b", "N", plain(message)).split(" / ")))


def table(tally: Tally) -> str:
    """One corpus as text and a table."""
    total = sum(tally.outcomes.values())
    answered = sum(count for (outcome, _), count in tally.outcomes.items() if outcome.startswith("answer"))
    checked = ", ".join(f"{count} with {reader}" for reader, count in sorted(tally.readers.items()))
    lines = [
        f"### {tally.name}",
        "",
        f"{total} inputs, {answered} analyzed. Accepted and compared: {checked or 'none'};"
        + (f" {len(tally.odd)} do not agree:" if tally.odd else " all agree."),
        *(f"\n- {line}" for line in tally.odd),
    ]
    if tally.caveats:
        lines += ["", "Caveats: " + ", ".join(f"{code} {count}" for code, count in sorted(tally.caveats.items())) + "."]
    if tally.alone:
        each = ", ".join(f"{count} {what}" for what, count in sorted(tally.alone.items()))
        lines += ["", f"CT slices that stand alone, given three times as a series: {each}."]
    lines += ["", "| outcome | reason | inputs |", "|---|---|---|"]
    rows = sorted(tally.outcomes.items(), key=lambda row: (row[0][0], -row[1], row[0][1]))
    for (outcome, reason), count in rows:
        wordings = tally.wordings[reason]
        lines.append(f"| {outcome} | {min(wordings) if len(wordings) == 1 else reason} | {count} |")
    return "\n".join(lines)


if __name__ == "__main__":
    main([Path(argument) for argument in sys.argv[1:]])
