"""Run many scans in two processes and collect one row an object."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from calcimeter.model.volume import Volume
from validation.measure import Interval, Record, analyzed, interval_of, lesion_at
from validation.scenes import Plan, scanned

PROCESSES = int(os.environ.get("VALIDATE_PROCESSES", "2"))


@dataclass(frozen=True, slots=True)
class Row:
    """One object: what it is, how it was scanned, and what was measured; ``lesion`` is None where none was found."""

    kind: str
    novel: bool
    simulated: bool
    volume_mm3: float
    contrast_hu: float
    mass_mg: float | None
    thickness_mm: float
    step_mm: float
    pixel_mm: float
    blur_mm: float
    noise_hu: float
    kvp: float
    lesion: Record | None
    calibration: Record
    more: Record = field(default_factory=dict)

    def measured(self, name: str) -> Interval:
        """A quantity of the contract."""
        return interval_of(self.lesion, name)

    @property
    def error(self) -> float | None:
        """Relative error of the volume."""
        value = self.measured("volume_mm3").value
        return None if value is None else value / self.volume_mm3 - 1


def measure_plan(plan: Plan) -> list[Row]:
    """Scan a plan with the package's scanner and measure it."""
    return rows_of(plan, scanned(plan))


def rows_of(plan: Plan, volume: Volume, masses_mg: tuple[float, ...] | None = None, **options: Any) -> list[Row]:
    """One row for each object of a scan."""
    record = analyzed(volume, plan.acquisition, **options)
    a = plan.acquisition
    rows = []
    for k, (shaped, center) in enumerate(plan.objects):
        lesion = lesion_at(record, center, shaped.reach_mm)
        rows.append(
            Row(
                shaped.kind,
                getattr(shaped, "novel", False),
                masses_mg is not None,
                shaped.volume_mm3,
                shaped.contrast_hu,
                None if masses_mg is None else masses_mg[k],
                a.slice_thickness_mm,
                a.spacing_mm[0],
                a.spacing_mm[1],
                a.blur_fwhm_mm,
                a.noise_hu,
                a.kvp,
                lesion,
                record["calibration"],
            )
        )
    return rows


def in_parallel(work: Callable[[Any], Any], tasks: Iterable[Any]) -> list[Any]:
    """The results in the order of the tasks; every process computes with one thread."""
    tasks = list(tasks)
    if PROCESSES < 2 or len(tasks) < 2:
        return [work(task) for task in tasks]
    done = []
    with ProcessPoolExecutor(PROCESSES) as pool:
        for result in pool.map(work, tasks):
            done.append(result)
            print(f"\r{work.__name__} {len(done)} / {len(tasks)} ", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    return done
