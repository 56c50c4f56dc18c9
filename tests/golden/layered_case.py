"""The one scan whose whole record is kept, and how its file is renewed.

PYTHONPATH=src .venv/bin/python tests/golden/layered_case.py
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import calcimeter
from calcimeter.phantom import acquisition_of, scene_of
from calcimeter.phantom.acquire import expose
from calcimeter.report.record import analysis_record

GOLDEN = Path(__file__).parent / "layered.json"


def measured_record() -> dict[str, Any]:
    """The record of a cyst with fluid over sediment in a thigh, scanned coarsely, as it is kept.

    Without what changes though nothing that was measured does: sentences, version, settings, digest of the input, and
    the names that derive from the digest. Of the differential only who leads.
    """
    acquired = replace(acquisition_of("layered"), shape=(44, 136, 136), spacing_mm=(2.0, 1.375, 1.375))
    volume = expose(scene_of("layered"), acquired)
    record = analysis_record(calcimeter.analyze((volume.values, volume.grid.affine), kvp=120.0, position="HFS"))
    record["caveats"] = [caveat["code"] for caveat in record["caveats"]]
    record["findings"] = {name: finding["present"] for name, finding in record["findings"].items()}
    del record["provenance"], record["search"]["not_examined"]
    record["differential"] = [row["diagnosis"] for row in record["differential"][:1]]  # tests/reason judge the rest
    for name in ("against_leader", "red_flags", "next_tests", "not_weighed"):
        record.pop(name, None)
    for lesion in record["lesions"]:
        del lesion["tracking_uid"], lesion["reasons"]
    return record


def write() -> None:
    """Renew the file."""
    text = json.dumps(measured_record(), indent=2, ensure_ascii=False, allow_nan=False)
    GOLDEN.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    write()
