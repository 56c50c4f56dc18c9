"""What the loader makes of a mutated scan, and what is wrong with that."""

from __future__ import annotations

import logging
import os
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from mutant_bases import PLANTED
from mutant_oracle import complaints
from mutants import Mutant

from calcimeter.errors import CalcimeterError
from calcimeter.load.study import list_series, load_study
from calcimeter.model.study import CTStudy

SECRETS = tuple(part.lower() for value in PLANTED.values() for part in value.split("^"))
LONGEST_MESSAGE = 2000
KERNEL = Path("/proc/self/status")


@dataclass(frozen=True)
class Verdict:
    """``outcome`` is "accepted", the class of the refusal, or the class of what should not have been raised."""

    outcome: str
    faults: tuple[str, ...]
    seconds: float
    grown_bytes: int


class _Remarks(logging.Handler):
    """Keeps what libraries log of the patient: whoever listens to all loggers would write it down."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if any(secret in record.getMessage().lower() for secret in SECRETS):
            self.said.append(f"logged: {record.getMessage()[:200]}")


def verdict(mutant: Mutant, folder: Path) -> Verdict:
    """Load a mutant from a folder that does not exist yet."""
    source = mutant.write(folder)
    remarks = _Remarks()
    logging.getLogger().addHandler(remarks)
    try:
        with warnings.catch_warnings(record=True) as warned:
            warnings.simplefilter("always")
            start, before = time.perf_counter(), _resident_from_now()
            with _stderr_kept() as printed:
                met = _met(source)
                faults = _listed(source)
            seconds, grown = time.perf_counter() - start, _peak_bytes() - before
    finally:
        logging.getLogger().removeHandler(remarks)
    faults += [f"on stderr: {line[:200]}" for line in printed]
    faults += [f"warned: {remark.message}" for remark in warned] + remarks.said
    if isinstance(met, CTStudy):
        return Verdict("accepted", (*faults, *(f"wrong: {said}" for said in complaints(source, met))), seconds, grown)
    if isinstance(met, CalcimeterError):
        faults += _spoken(str(met), source) + (["memory ran out"] if _out_of_memory(met) else [])
    else:
        faults.append(_escape(met))
    return Verdict(type(met).__name__, tuple(faults), seconds, grown)


@contextmanager
def _stderr_kept() -> Iterator[list[str]]:
    """What is written to the process's stderr meanwhile, by compiled code too: its first line, added at the end."""
    printed: list[str] = []
    before = os.dup(2)
    with tempfile.TemporaryFile() as sink:
        os.dup2(sink.fileno(), 2)
        try:
            yield printed
        finally:
            sys.stderr.flush()
            os.dup2(before, 2)
            os.close(before)
            sink.seek(0)
            printed += [line for line in sink.read().decode(errors="replace").splitlines() if line.strip()][:1]


def _met(source: Path) -> CTStudy | BaseException:
    try:
        return load_study(source)
    except Exception as error:  # noqa: BLE001 -- this is what is looked for
        return error
    except BaseException as error:  # a panic of Rust is no Exception
        if isinstance(error, (KeyboardInterrupt, SystemExit)):
            raise
        return error


def _listed(source: Path) -> list[str]:
    """What ``--list`` would meet."""
    try:
        notes = [one.note for one in list_series(source)]
    except CalcimeterError as error:
        notes = [str(error)]
    except BaseException as error:  # noqa: BLE001 -- as above
        return [f"listing {_escape(error)}"]
    return [fault for note in notes for fault in _spoken(note, source, empty=True)]


def _spoken(message: str, source: Path, *, empty: bool = False) -> list[str]:
    """What is wrong with a message."""
    lower = message.lower()
    faults = [f"leak: {message[:200]!r}"] if any(secret in lower for secret in SECRETS) else []
    if str(source) in message or source.parent.name in message:
        faults.append(f"path: {message[:200]!r}")
    if "\n" in message or "\r" in message or not (message or empty) or not message.isprintable():
        faults.append(f"not one line: {message[:200]!r}")
    if len(message) > LONGEST_MESSAGE:
        faults.append(f"a message of {len(message)} characters")
    return faults


def _resident_from_now() -> int:
    """Forget the peak of resident memory; returns what is resident now. 0 where the kernel does not tell."""
    if not KERNEL.exists():
        return 0
    KERNEL.with_name("clear_refs").write_text("5", encoding="ascii")
    return _kernel_bytes("VmRSS")


def _peak_bytes() -> int:
    return _kernel_bytes("VmHWM") if KERNEL.exists() else 0


def _kernel_bytes(key: str) -> int:
    lines = KERNEL.read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) << 10 for line in lines if line.startswith(key))


def _out_of_memory(error: BaseException | None) -> bool:
    """Whether a refusal hides that memory ran out."""
    while error is not None:
        if isinstance(error, MemoryError):
            return True
        error = error.__cause__ or error.__context__
    return False


def _escape(error: BaseException) -> str:
    """What escaped, and from which line of the package."""
    at, place = error.__traceback__, ""
    while at is not None:
        path = Path(at.tb_frame.f_code.co_filename)
        if "calcimeter" in path.parts:
            place = f"{path.name}:{at.tb_lineno}"
        at = at.tb_next
    said = " ".join(str(error).split())
    return f"escaped: {type(error).__name__} from {place}: {said[:200]}"
