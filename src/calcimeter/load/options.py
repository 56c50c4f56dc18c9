"""What a caller may say about the input."""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Real

from calcimeter.errors import UsageError

POSITIONS = ("HFS", "HFP", "HFDR", "HFDL", "FFS", "FFP", "FFDR", "FFDL")
"""DICOM patient positions on a couch: head or feet first; supine, prone, decubitus right or left."""

KVP_RANGE = (40.0, 200.0)
"""Tube voltages of CT, kV, with a wide margin: clinical scanners run at 70 to 150."""

SAME_KV = 0.5
"""Some headers hold the voltage that was measured: so close to the nominal one it is the same."""


@dataclass(frozen=True, slots=True)
class LoadOptions:
    """What a caller may say about the input; all of it can be left out.

    Parameters
    ----------
    series : str or None
        UID of the series to be measured; None: the rule of choice decides.
    kvp : float or None
        Tube voltage, kV, where the input does not tell it.
    position : str or None
        One of ``POSITIONS``, where the input does not tell it.

    Raises
    ------
    UsageError
        A voltage that is no number or that no CT scanner has, or an unknown position.
    """

    series: str | None = None
    kvp: float | None = None
    position: str | None = None

    def __post_init__(self) -> None:
        if self.kvp is not None:
            if not isinstance(self.kvp, Real) or isinstance(self.kvp, bool):
                raise UsageError(
                    f"met a tube voltage that is no number ({type(self.kvp).__name__}), expected kV as 120"
                )
            if not KVP_RANGE[0] <= self.kvp <= KVP_RANGE[1]:
                raise UsageError(
                    f"met a tube voltage of {self.kvp:g} kV, expected {KVP_RANGE[0]:g} to {KVP_RANGE[1]:g}"
                )
        if self.position is not None and self.position not in POSITIONS:
            raise UsageError(f"met the position {self.position!r}, expected one of {', '.join(POSITIONS)}")

    def added_to(self, kvp: float | None, position: str | None) -> tuple[float | None, str | None]:
        """Tube voltage and position: what the input tells of each, else what the caller says; None where neither does.

        Raises
        ------
        UsageError
            Both speak and contradict each other. Mass and Agatston score hang on the voltage, fluid levels on the
            position: which of the two is wrong only a person can find out.
        """
        if self.kvp is not None and kvp is not None and abs(self.kvp - kvp) > SAME_KV:
            raise UsageError(_contradicted("tube voltage", "kvp", f"{self.kvp:g} kV", f"{kvp:g} kV"))
        if self.position is not None and position is not None and self.position != position:
            raise UsageError(_contradicted("position", "position", self.position, position))
        return (self.kvp if kvp is None else kvp, self.position if position is None else position)


def _contradicted(what: str, name: str, said: str, told: str) -> str:
    return (
        f"met the {what} {said}, but the header of the input tells {told}; --{name} is for what the input does not"
        " tell: leave it out, or correct the header if that is wrong"
    )
