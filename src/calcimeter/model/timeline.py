"""What is drawn over days: volumes with their intervals, blood results, treatments."""

from __future__ import annotations

from dataclasses import dataclass

from calcimeter.model.chemistry import BloodValue
from calcimeter.model.measures import Estimate


@dataclass(frozen=True, slots=True)
class VolumePoint:
    """A volume on a day.

    Parameters
    ----------
    day : int
    study : int
        The study that tells it.
    volume_mm3 : Estimate
        0 where the deposit vanished, up to what the study could have missed.
    state : str or None
        What became of it since the point before, as a comparison says; None of the first.
    """

    day: int
    study: int
    volume_mm3: Estimate
    state: str | None = None


@dataclass(frozen=True, slots=True)
class VolumeLine:
    """One deposit over time: its number, what it is called, and its points by day."""

    deposit: int
    title: str
    points: tuple[VolumePoint, ...]


@dataclass(frozen=True, slots=True)
class BloodLine:
    """One analyte over time: results with a day, in order; ``reference`` is the range of the last."""

    analyte: str
    unit: str
    points: tuple[BloodValue, ...]
    reference: tuple[float | None, float | None] | None


@dataclass(frozen=True, slots=True)
class Timeline:
    """Everything with a day; what has none stands in the tables alone.

    Parameters
    ----------
    studies : tuple of (int, str, int)
        Number, kind and day.
    treatments : tuple of (str, int)
        What was done and the day.
    """

    volumes: tuple[VolumeLine, ...] = ()
    blood: tuple[BloodLine, ...] = ()
    studies: tuple[tuple[int, str, int], ...] = ()
    treatments: tuple[tuple[str, int], ...] = ()

    @property
    def days(self) -> tuple[int, int] | None:
        """First and last day of anything; None where nothing has a day."""
        every = [point.day for line in self.volumes for point in line.points]
        every += [value.day for line in self.blood for value in line.points if value.day is not None]
        every += [day for _, _, day in self.studies] + [day for _, day in self.treatments]
        return (min(every), max(every)) if every else None
