"""How the pixels of a slice are stored and what makes HU of them: the same for all slices of most series."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from calcimeter.load.dicom.decode import Coding
from calcimeter.load.dicom.header import Header
from calcimeter.load.dicom.padding import padding_numbers

SAID_IN = (
    "TransferSyntaxUID",
    "Rows",
    "Columns",
    "BitsStored",
    "PixelRepresentation",
    "OverlayBitPosition",
    "PixelPaddingValue",
    "PixelPaddingRangeLimit",
    "RescaleSlope",
    "RescaleIntercept",
)


@dataclass(frozen=True, slots=True)
class Storage:
    """What a header says of its pixels.

    Parameters
    ----------
    coding : Coding
    slope, intercept : float
        HU = stored * slope + intercept.
    padding : tuple of int or None
        Lowest and highest stored number that stands for padding.
    has_overlay : bool
        Whether an overlay is drawn in unused high bits.
    """

    coding: Coding
    slope: float
    intercept: float
    padding: tuple[int, int] | None
    has_overlay: bool


def storage_of(header: Header) -> Storage:
    """How a slice's pixels are stored."""
    values = header.values
    return _storage(tuple([values.get(keyword, "") for keyword in SAID_IN]))


@lru_cache(maxsize=1024)
def _storage(said: tuple[str, ...]) -> Storage:
    header = Header(Path(), dict(zip(SAID_IN, said, strict=True)), None, None, 0)
    return Storage(
        Coding(
            header.text("TransferSyntaxUID"),
            header.whole("Rows"),
            header.whole("Columns"),
            header.whole("BitsStored"),
            bool(header.whole("PixelRepresentation")),
        ),
        header.number("RescaleSlope") or 1.0,
        header.number("RescaleIntercept") or 0.0,
        padding_numbers(header),
        header.whole("OverlayBitPosition") >= header.whole("BitsStored"),
    )
