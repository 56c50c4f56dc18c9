"""Blood results: CSV, FHIR, a case file's list -> results with checked units. What reads two ways is refused."""

from __future__ import annotations

from pathlib import Path

from calcimeter.errors import UsageError
from calcimeter.load.labs.case_list import is_list, lab_results, read_list
from calcimeter.load.labs.csv_table import read_csv
from calcimeter.load.labs.fhir import read_fhir
from calcimeter.load.labs.result import LabFile

YAML_NAMES = (".yaml", ".yml")
"""Any text is YAML, so only the name can tell."""

__all__ = ["LabFile", "lab_results", "load_labs"]


def load_labs(path: str | Path) -> LabFile:
    """Read a file of blood results; what it holds decides how, and its name only that it is YAML.

    Parameters
    ----------
    path : str or Path
        CSV (long, wide or cumulative); a FHIR R4 Bundle or Observation as JSON; or the list ``labs`` of a case file as
        YAML (``.yaml``, ``.yml``) or JSON, with or without its key.

    Returns
    -------
    LabFile

    Raises
    ------
    UsageError
        No such file, or a term or unit that is not known; the message names the line or entry and the nearest known.
    AmbiguousResult
        A number, date, unit or kind that can be read in two ways.
    Refused
        Not blood results, damaged, or of several persons.
    """
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise UsageError("the file of blood results can't be read; check its name") from error
    is_yaml = Path(path).suffix.lower() in YAML_NAMES
    if is_yaml or is_list(data):
        return read_list(data, is_json=not is_yaml)
    begin = data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    return read_fhir(data) if begin in (b"{", b"[", b"<") else read_csv(data)
