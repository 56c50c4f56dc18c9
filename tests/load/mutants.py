"""Mutated scans: a seed gives a base scan, what is done to it, and its files; the same seed the same bytes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random

from dicom_elements import DicomFile, parsed
from mutant_bases import BASES, ENHANCED, SYNTAXES, VARIANTS, Files, base_files, zipped
from mutant_bytes import BYTE_EDITS
from mutant_elements import ELEMENT_EDITS, Edit
from mutant_frames import FRAME_EDITS
from mutant_pixels import PIXEL_EDITS
from mutant_series import SERIES_EDITS
from mutant_volumes import gzip_edits, nifti_edits, nrrd_edits, zip_edits


@dataclass(frozen=True)
class Mutant:
    """A mutated scan.

    ``files`` are names and contents; ``entry`` is the file to be given to the loader, "" for the folder.
    """

    seed: int
    base: str
    changes: tuple[str, ...]
    files: Files
    entry: str

    def write(self, folder: Path) -> Path:
        """Write its files; returns what the loader is given."""
        folder.mkdir(parents=True)
        for name, data in self.files.items():
            (folder / name).write_bytes(data)
        return folder / self.entry


def mutant(seed: int) -> Mutant:
    """The mutated scan of a seed."""
    rng = Random(seed)
    base, variant = BASES[seed % len(BASES)], rng.choice(VARIANTS)
    files, changes = dict(base_files(base, variant)), [variant]
    if base in SYNTAXES or base in ENHANCED:
        files, done = _dicom(rng, files, enhanced=base in ENHANCED)
        entry = ""
    elif base == "zip":
        files, done = _zip(rng, files)
        entry = "scan.zip"
    else:
        done = _volume_file(rng, files)
        entry = next(iter(files))
    return Mutant(seed, base, (*changes, *done), files, entry)


def _dicom(rng: Random, files: Files, *, enhanced: bool) -> tuple[Files, list[str]]:
    """A series with some of its elements, slices and bytes changed."""
    series = {name: parsed(data) for name, data in files.items()}
    changes = []
    for _ in range(rng.choice((0, 1, 1, 1, 2, 2, 3))):
        kind = rng.random()
        if enhanced and kind < 0.4:
            changes.append(_apply(rng, FRAME_EDITS, list(series.values())))
        elif not enhanced and kind < 0.25:
            edit = rng.choice(SERIES_EDITS)
            edit(rng, series)
            changes.append(edit.__name__)
        else:
            share = rng.choice((0.0, 0.0, 0.5, 1.0, 1.0, 1.0))
            chosen = [file for file in series.values() if rng.random() < share] or [rng.choice([*series.values()])]
            changes.append(_apply(rng, (*ELEMENT_EDITS, *PIXEL_EDITS), chosen))
    files = {name: file.to_bytes() for name, file in series.items()}
    if not changes or rng.random() < 0.3:
        changes.append(_bytes(rng, files))
    return files, changes


def _apply(rng: Random, edits: tuple[Callable[[Random], Edit], ...], chosen: list[DicomFile]) -> str:
    """One edit of the list, the same in every file chosen."""
    make = rng.choice(edits)
    edit = make(rng)
    for file in chosen:
        edit(file)
    return make.__name__


def _bytes(rng: Random, files: Files) -> str:
    """Bytes of one file or of all changed."""
    edit = rng.choice(BYTE_EDITS)
    names = list(files) if rng.random() < 0.3 else [rng.choice([*files])]
    for name in names:
        files[name] = edit(rng, files[name])
    return edit.__name__


def _zip(rng: Random, files: Files) -> tuple[Files, list[str]]:
    """A zip of a mutated series, or a mutated zip."""
    if rng.random() < 0.3:
        inner, changes = _dicom(rng, dict(base_files("explicit", rng.choice(VARIANTS))), enhanced=False)
        return {"scan.zip": zipped(inner)}, changes
    make = rng.choice((*zip_edits, *BYTE_EDITS))
    return {"scan.zip": make(rng, files["scan.zip"])}, [make.__name__]


def _volume_file(rng: Random, files: Files) -> list[str]:
    """A NIfTI or NRRD with its header's fields or its bytes changed."""
    name = next(iter(files))
    edits = {".nii": nifti_edits, ".gz": gzip_edits}.get(Path(name).suffix, nrrd_edits)
    changes = []
    for _ in range(rng.choice((1, 1, 2))):
        if rng.random() < 0.7:
            edit = rng.choice(edits)
            files[name] = edit(rng, files[name])
        else:
            target, edit = rng.choice([*files]), rng.choice(BYTE_EDITS)
            files[target] = edit(rng, files[target])
        changes.append(edit.__name__)
    return changes
