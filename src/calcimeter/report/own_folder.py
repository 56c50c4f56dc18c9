"""Whether a folder is a result of Calcimeter's, which ``--force`` may delete, or somebody's work, which nobody may."""

from __future__ import annotations

from contextlib import suppress
from itertools import count
from pathlib import Path

RECORDS = (
    *("analysis.json", "case.json", "comparison.json", "timeline.json"),
    *("sources.json", "deidentification.json", "truth.json", "case/case.json"),
)
"""What every result holds one of."""
RESULTS = frozenset(
    (
        *("lesions.csv", "lesions.nii.gz", "lesions.seg.nrrd", "lesions.seg.dcm", "deposits.csv", "deposits.seg.dcm"),
        *(
            "report.sr.dcm",
            "report.html",
            "report.pdf",
            "comparison.html",
            "figures",
            "bones.nii.gz",
            "registration.npz",
        ),
        *("studies", "comparisons", "draft.md", "draft.docx", "case", "patient"),
    )
)
"""What a result may hold beside it."""
OF_DESKTOPS = frozenset((".DS_Store", "Thumbs.db", "desktop.ini"))
"""What a file manager leaves in every folder that it shows."""
MARK = b'"schema": "calcimeter.'
BEGINNING_BYTES = 200


def is_own(folder: Path, new: Path) -> bool:
    """Whether a folder is empty, or a result and nothing else: a note or a draft beside it is somebody's work.

    Parameters
    ----------
    folder : Path
        Only what lies in it is looked at, not what lies deeper.
    new : Path
        The result that is to stand there; what has a name of its is a result too.
    """
    names = {path.name for path in folder.iterdir()} - OF_DESKTOPS
    known = RESULTS.union(RECORDS, (path.name for path in new.iterdir()))
    return not names or (names <= known and any(_is_record(folder / name) for name in RECORDS))


def name_beside(folder: Path) -> Path:
    """A name beside a folder that is not taken: OUT.kept, OUT.kept-2 and so on."""
    names = (f"{folder.name}.kept{'' if k == 1 else f'-{k}'}" for k in count(1))
    beside = (folder.absolute().with_name(name) for name in names)
    return next(path for path in beside if not path.exists() and not path.is_symlink())


def _is_record(path: Path) -> bool:
    with suppress(OSError), path.open("rb") as file:
        return MARK in file.read(BEGINNING_BYTES)
    return False
