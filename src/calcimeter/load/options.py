"""What a caller may say about the input."""

from __future__ import annotations

from dataclasses import dataclass

from calcimeter.errors import UsageError

POSITIONS = ("HFS", "HFP", "HFDR", "HFDL", "FFS", "FFP", "FFDR", "FFDL")
"""DICOM patient positions on a couch: head or feet first; supine, prone, decubitus right or left."""

KVP_RANGE = (40.0, 200.0)
"""Tube voltages of CT, kV, with a wide margin: clinical scanners run at 70 to 150."""


@dataclass(frozen=True, slots=True)
class LoadOptions:
    """What a caller may say about the input; all of it can be left out.

    Parameters
    ----------
    series : str or None
        UID of the series to be measured; None: the rule of choice decides.
    kvp : float or None
        Tube voltage, kV, where the file does not tell it; it wins over the file.
    position : str or None
        One of ``POSITIONS``; it wins over the file.

    Raises
    ------
    UsageError
        A voltage that no CT scanner has, or an unknown position.
    """

    series: str | None = None
    kvp: float | None = None
    position: str | None = None

    def __post_init__(self) -> None:
        if self.kvp is not None and not KVP_RANGE[0] <= self.kvp <= KVP_RANGE[1]:
            raise UsageError(f"met a tube voltage of {self.kvp:g} kV, expected {KVP_RANGE[0]:g} to {KVP_RANGE[1]:g}")
        if self.position is not None and self.position not in POSITIONS:
            raise UsageError(f"met the position {self.position!r}, expected one of {', '.join(POSITIONS)}")
