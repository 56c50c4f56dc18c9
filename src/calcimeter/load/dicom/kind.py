"""What the images of a series are, by their own words: slices in HU, or something else that only looks so."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from calcimeter.knowledge.contrast import contrast_in
from calcimeter.knowledge.table import read_table
from calcimeter.load.dicom.header import Header

SAID_IN = (
    "ImageType",
    "SeriesDescription",
    "ManufacturerModelName",
    "VolumeBasedCalculationTechnique",
    "VolumetricProperties",
    "BurnedInAnnotation",
    "RescaleType",
    "ContrastBolusAgent",
    "MonoenergeticEnergyEquivalent",
    "LossyImageCompression",
    "TransferSyntaxUID",
)
"""Where a header says what its image is; headers alike in these are of one kind."""

LOSSY = ("1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.51")
"""JPEG baseline and extended: always with loss."""

MAY_BE_LOSSY = ("1.2.840.10008.1.2.4.81", "1.2.840.10008.1.2.4.91", "1.2.840.10008.1.2.4.203")
"""JPEG-LS, JPEG 2000 and its high-throughput form, in the syntaxes that allow loss."""

NEVER = r"(?!)"

TRUE_HU = ("", "HU")
"""Rescale types under which values are HU; PS3.3 C.11.1.1.2 has others for maps, and HU_MOD for altered HU."""


@dataclass(frozen=True, slots=True)
class Monoenergetic:
    """Images computed for one photon energy; ``kev`` None where the header does not tell it."""

    kev: float | None


def different(headers: Sequence[Header]) -> list[Header]:
    """One of the headers that say the same of what their images are; in most series that is one."""
    return list({tuple(map(header.text, SAID_IN)): header for header in headers}.values())


def not_slices(header: Header) -> tuple[str, ...]:
    """Everything in a header that says that its image is no slice in HU; empty where nothing does.

    Fails where a workstation says nothing of what it made: such a picture can't be told from a slice.
    """
    refused = _knowledge()["refused"]
    said = [kind["says"] for kind in refused if _is(kind, header)]
    said = said or [f"{kind['says']} (so the series description)" for kind in refused if _is_described(kind, header)]
    if header.text("BurnedInAnnotation").upper() == "YES":
        said.append("annotations burned into the pixels")
    if header.text("RescaleType").upper() not in TRUE_HU:
        said.append("gray levels other than HU")
    return tuple(said)


def is_localizer(header: Header) -> bool:
    """Whether the image is a projection radiograph that the scan was planned on."""
    return _is(_knowledge()["localizer"], header)


def is_derived(header: Header) -> bool:
    """Whether the image was computed from others: original images begin so."""
    return not header.text("ImageType").upper().startswith("ORIGINAL")


def is_reformatted(header: Header) -> bool:
    """Whether the slice was cut anew from others."""
    return _is(_knowledge()["reformatted"], header)


def monoenergetic(header: Header) -> Monoenergetic | None:
    """The photon energy of monoenergetic images; None of ordinary ones."""
    known = _knowledge()["monoenergetic"]
    match = re.search(known["description"], _description(header), re.IGNORECASE)
    if not _is(known, header) and match is None:
        return None
    stated = header.number("MonoenergeticEnergyEquivalent")
    described = next((float(digits) for digits in match.groups() if digits), None) if match else None
    return Monoenergetic(stated or described)


def is_cone_beam(header: Header) -> bool:
    """Whether the image is of a cone-beam scanner, by its type, its series' description or the scanner's model."""
    known = _knowledge()["cone_beam"]
    model = _words(header.text("ManufacturerModelName"))
    return _is(known, header) or _is_described(known, header) or bool(re.search(known["model"], model, re.IGNORECASE))


def sharpness(kernel: str | None) -> int:
    """0 for a soft kernel, 1 where not known, 2 for a sharp one, by the names that makers give."""
    name = (kernel or "").split("\\")[0].strip()
    if _matches(_knowledge()["kernels"]["soft"], name):
        return 0
    return 2 if _matches(_knowledge()["kernels"]["sharp"], name) else 1


def contrast_given(header: Header) -> bool:
    """Whether the header names a contrast medium; words that are not understood may be one's name."""
    agent = header.text("ContrastBolusAgent").strip()
    return bool(agent) and contrast_in(agent) is not False


def modality_name(text: str) -> str:
    """A modality, "" where it is none that the standard names: then it can be anything, a patient's name too."""
    return text if text in _knowledge()["modality"]["known"].split() else ""


def is_lossy(header: Header) -> bool:
    """Whether pixels went through a compression with loss, once or in the file as it is, as far as is known.

    JPEG 2000 and near-lossless JPEG-LS can be without loss in a syntax that allows it: there the header decides, and
    without its word loss is taken for granted.
    """
    said, syntax = header.text("LossyImageCompression"), header.text("TransferSyntaxUID")
    return said == "01" or syntax in LOSSY or (syntax in MAY_BE_LOSSY and said != "00")


def _is(kind: dict[str, Any], header: Header) -> bool:
    """Whether coded values of a header name a kind."""
    return (
        _has_word(kind["words"], header.text("ImageType"))
        or _matches(kind.get("technique", NEVER), header.text("VolumeBasedCalculationTechnique"))
        or _matches(kind.get("properties", NEVER), header.text("VolumetricProperties"))
    )


def _is_described(kind: dict[str, Any], header: Header) -> bool:
    """Whether the series description names a kind."""
    if "description" not in kind or (kind.get("only_derived", False) and not is_derived(header)):
        return False
    return re.search(kind["description"], _description(header), re.IGNORECASE) is not None


def _description(header: Header) -> str:
    """The series description as words and numbers."""
    return _words(header.text("SeriesDescription"))


def _words(text: str) -> str:
    """Words and numbers parted by single spaces: 70keV_5mm is 70 keV 5 mm."""
    words = re.sub(r"[\W_]+", " ", text)
    return re.sub(r"(?<=[^\W\d])(?=\d)|(?<=\d)(?=[^\W\d])", " ", words).strip()


@lru_cache(maxsize=1024)
def _has_word(pattern: str, image_type: str) -> bool:
    """Whether one of the values of Image Type is such; slices of a series mostly have the same."""
    return any(_matches(pattern, word.strip()) for word in image_type.split("\\"))


@lru_cache(maxsize=1024)
def _matches(pattern: str, text: str) -> bool:
    return re.fullmatch(pattern, text, re.IGNORECASE) is not None


@cache
def _knowledge() -> dict[str, Any]:
    """The table, its longer expressions without the ends of lines between which they stand there."""
    told = read_table("ct_images.toml")
    named = ("localizer", "monoenergetic", "cone_beam", "reformatted")
    for kind in (*told["refused"], *(told[name] for name in named)):
        kind |= {name: kind[name].replace("\n", "") for name in ("words", "description", "model") if name in kind}
    return told
