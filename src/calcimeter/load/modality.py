"""What the images of an input are: CT, scintigrams, radiographs, or a picture of one."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from calcimeter.errors import UnreadableInput
from calcimeter.knowledge.xr_images import is_radiograph, refused_modality
from calcimeter.load.archive import is_archive, members_begun
from calcimeter.load.dicom.read_headers import is_marked, read_headers
from calcimeter.load.folder import files_below
from calcimeter.load.volume_file import is_volume_file

RADIOGRAPH = "CR"
"""What ``modality_of`` calls every radiograph: CR, DX, a picture, and what is refused as one."""

PICTURES = {b"\x89PNG\r\n\x1a\n": "png", b"\xff\xd8\xff": "jpeg"}
"""How PNG and JPEG begin."""


def modality_of(source: Path) -> str:
    """The modality of an input's images: CT where any is, else that of the first; "CT" where none says.

    Returns
    -------
    str
        "CT", "NM", ``RADIOGRAPH`` for all that is or should be a radiograph, or what else the header says.
    """
    if not source.exists() or (source.is_file() and is_volume_file(source)):
        return "CT"
    if source.is_dir():
        return _of_files(files_below(source))
    if is_archive(source):
        with members_begun(source) as begun:
            return _of_files(begun)
    return _of_files([source])


def kind_of(path: Path) -> str:
    """The modality of a file, "png" or "jpeg" for a picture, "" where it is none or says none."""
    picture = _picture(path)
    if picture:
        return picture
    try:
        headers = read_headers(path)
    except UnreadableInput:
        return ""
    return headers[0].text("Modality") if headers else ""


def _of_files(files: Iterable[Path]) -> str:
    """Pictures count where nothing else in a folder is an image: beside one they are previews."""
    found, others = "", False
    for path in files:
        kind = kind_of(path)
        if kind == "CT":
            return "CT"
        if kind and (not found or found in PICTURES.values()):
            found = kind
        others = others or (not kind and (is_volume_file(path) or is_marked(path)))
    if found in PICTURES.values():
        return "CT" if others else RADIOGRAPH
    return RADIOGRAPH if is_radiograph(found) or refused_modality(found) else found or "CT"


def _picture(path: Path) -> str:
    try:
        with path.open("rb") as stream:
            head = stream.read(8)
    except OSError:
        return ""
    return next((kind for start, kind in PICTURES.items() if head.startswith(start)), "")
