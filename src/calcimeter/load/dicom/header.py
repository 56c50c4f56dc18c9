"""The header of a DICOM file, as far as sorting and geometry need it: one record a slice."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from calcimeter.load.dicom.elements import (
    EXPLICIT_BIG,
    EXPLICIT_LITTLE,
    IMPLICIT_LITTLE,
)

NATIVE = (IMPLICIT_LITTLE, EXPLICIT_LITTLE, EXPLICIT_BIG)
"""Syntaxes whose pixels stand in the file as they are, low or high byte first."""

MEDIA_DIRECTORY = "1.2.840.10008.1.3.10"
MULTI_FRAME_CT = ("1.2.840.10008.5.1.4.1.1.2.1", "1.2.840.10008.5.1.4.1.1.2.2")
"""Enhanced CT, and legacy converted enhanced CT."""

LARGEST = 1e9
"""No number of a scan is larger; infinities and what is no number are not smaller."""

PIXEL_BYTES = 2


@dataclass(frozen=True, slots=True, eq=False)
class Header:
    """What a DICOM file says of one slice.

    Parameters
    ----------
    path : Path
    values : dict
        Keyword -> text as it stands in the file; several values are joined by a backslash. What is absent or
        empty is not in it.
    element_at : int or None
        Byte at which the pixel data element begins; None where the file can't be cut there (deflated).
    pixels_at : int or None
        Byte of the slice's first pixel; None where pixels must be decoded.
    pixel_bytes : int
        How many bytes of its pixels are really there.
    frame : int or None
        Its frame, from 0, in a multi-frame file; None where it has a file of its own.
    """

    path: Path
    values: dict[str, str]
    element_at: int | None
    pixels_at: int | None
    pixel_bytes: int
    frame: int | None = None

    def text(self, keyword: str) -> str:
        """A value, "" where absent."""
        return self.values.get(keyword, "")

    def numbers(self, keyword: str, count: int) -> tuple[float, ...] | None:
        """So many finite numbers; None where absent or malformed."""
        found = _numbers(self.values.get(keyword, ""))
        return found if len(found) == count else None

    def number(self, keyword: str) -> float | None:
        """One finite number; None where absent or malformed."""
        found = _numbers(self.values.get(keyword, ""))
        return found[0] if len(found) == 1 else None

    def whole(self, keyword: str) -> int:
        """One whole number, 0 where absent or malformed."""
        number = self.number(keyword) or 0.0
        return int(number) if number.is_integer() else 0

    @property
    def frames(self) -> int:
        """How many frames its file has: 1 where it does not say; 0 where what it says is no number of frames."""
        return max(0, self.whole("NumberOfFrames")) if self.text("NumberOfFrames") else 1


@lru_cache(maxsize=1024)
def _numbers(text: str) -> tuple[float, ...]:
    """The finite numbers of a value, none where it is malformed; most values are alike in all slices."""
    try:
        found = tuple(map(float, text.split("\\")))
    except ValueError:
        return ()
    return found if all(abs(number) < LARGEST for number in found) else ()
