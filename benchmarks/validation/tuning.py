"""Tables of the tuning set, for whoever writes an estimator."""

from __future__ import annotations

from collections.abc import Callable

from validation import mass, volumes
from validation.objects import SIZES_MM3, SizeClass, tuning_objects
from validation.run import Row, in_parallel, measure_plan
from validation.scenes import plans
from validation.statistics import volume_table

SEED = 4711
REHEARSED = (9, 1, 6, 2)
"""Numbers of simulated scans: tubes 1 and 2 alone, with and without rods, both kernels."""
GROUPS: dict[str, Callable[[Row], str]] = {
    "size": lambda _: "all",
    "kind": lambda row: row.kind,
    "thickness": lambda row: _bin(row.thickness_mm, (1, 2, 3, 4), "mm"),
    "contrast": lambda row: _bin(row.contrast_hu, (300, 500, 700), "HU"),
    "noise": lambda row: _bin(row.noise_hu, (14, 22), "HU"),
    "blur": lambda row: _bin(row.blur_mm, (1.0, 1.2), "mm"),
}


def tuning_rows(size_class: SizeClass, n: int, *, simulated: bool = False) -> list[Row]:
    """The tuning objects of a class, scanned by the package's own scanner, or by two tubes of the simulator."""
    todo = list(plans(tuning_objects(size_class, n), size_class, SEED))
    if simulated:
        done = in_parallel(
            volumes.measured,
            [
                volumes.Task(plan, simulated=True, number=REHEARSED[k % 4], tube=REHEARSED[k % 4] % 4)
                for k, plan in enumerate(todo)
            ],
        )
    else:
        done = in_parallel(measure_plan, todo)
    return [row for rows in done for row in rows]


def show(n: int, by: str, worst: int, *, simulated: bool = False) -> None:
    """Print the tables."""
    met: list[Row] = []
    for size_class in SIZES_MM3:
        rows = tuning_rows(size_class, n, simulated=simulated)
        met += rows
        print(f"\n### {size_class}\n")
        print(volume_table(grouped(rows, by)))
        _list_worst(rows, worst)
    if simulated:
        print(mass.section(met).as_markdown())


def grouped(rows: list[Row], by: str) -> dict[str, list[Row]]:
    """Rows by what they have in common, in order."""
    label = GROUPS[by]
    return {name: [row for row in rows if label(row) == name] for name in sorted({label(row) for row in rows})}


def _list_worst(rows: list[Row], worst: int) -> None:
    """The largest errors, one a line; what was not found first."""
    ranked = sorted(rows, key=lambda row: -abs(row.error) if row.error is not None else -float("inf"))
    for row in ranked[:worst]:
        told = "not found" if row.error is None else f"{100 * row.error:+.1f} %  {row.measured('volume_mm3')}"
        print(
            f"  {row.kind}, {row.volume_mm3:.0f} mm3, {row.contrast_hu:.0f} HU, slices {row.thickness_mm:.1f}, "
            f"pixel {row.pixel_mm:.2f}, blur {row.blur_mm:.2f}, noise {row.noise_hu:.0f}: {told}"
        )


def _bin(value: float, edges: tuple[float, ...], unit: str) -> str:
    low = max((edge for edge in edges if edge <= value), default=None)
    high = min((edge for edge in edges if edge > value), default=None)
    return f"{low}-{high} {unit}" if low and high else f"< {high} {unit}" if high else f"> {low} {unit}"
