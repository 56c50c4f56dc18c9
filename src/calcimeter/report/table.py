"""One row a lesion, for a spreadsheet or a statistics program; the numbers are those of ``analysis.json``."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

# Column -> where it stands in a lesion of the record. An empty cell is what the record calls null.
Place = tuple[str | int, ...]
"""Keys and indices from a record to a value in it."""


def with_interval(measure: str, unit: str) -> dict[str, Place]:
    """Three columns: a measure, its lower and its upper end."""
    name = f"{measure}_{unit}"
    return {
        name: (name, "value"),
        f"{measure}_low_{unit}": (name, "low"),
        f"{measure}_high_{unit}": (name, "high"),
    }


COLUMNS: dict[str, Place] = {
    "id": ("id",),
    "tracking_uid": ("tracking_uid",),
    "category": ("category",),
    "confidence": ("confidence",),
    "bone": ("place", "bone"),
    "part": ("place", "part"),
    "side": ("place", "side"),
    "direction": ("place", "direction"),
    "distance_mm": ("place", "distance_mm"),
    "contact_mm2": ("place", "contact_mm2"),
    "joint": ("place", "joint"),
    "joint_distance_mm": ("place", "joint_distance_mm"),
    "compartment": ("place", "compartment"),
    "site": ("place", "site"),
    "centroid_left_mm": ("centroid_mm", 0),
    "centroid_posterior_mm": ("centroid_mm", 1),
    "centroid_superior_mm": ("centroid_mm", 2),
    "parts": ("parts",),
    **with_interval("volume", "mm3"),
    **with_interval("mineral_volume", "mm3"),
    "volume_threshold_mm3": ("volume_threshold_mm3",),
    **with_interval("mass", "mg_ha"),
    "agatston": ("agatston",),
    "mean_hu": ("mean_hu",),
    "max_hu": ("max_hu",),
    **with_interval("long_axis", "mm"),
    **with_interval("short_axis", "mm"),
    "feret_mm": ("feret_mm",),
    "left_right_mm": ("extent_mm", "left_right"),
    "anteroposterior_mm": ("extent_mm", "anteroposterior"),
    "craniocaudal_mm": ("extent_mm", "craniocaudal"),
    "projected_coronal_long_mm": ("projected_mm", "coronal", 0),
    "projected_coronal_short_mm": ("projected_mm", "coronal", 1),
    "projected_sagittal_long_mm": ("projected_mm", "sagittal", 0),
    "projected_sagittal_short_mm": ("projected_mm", "sagittal", 1),
    "surface_mm2": ("surface_mm2",),
    "sphericity": ("sphericity",),
    "solidity": ("solidity",),
    "lobes": ("lobes",),
    "pattern": ("pattern",),
    "fluid_level": ("fluid_level", "state"),
    "caveats": ("caveats",),
}


def write_table(record: Mapping[str, Any], path: Path) -> None:
    """Write the lesions of a record as CSV; without a lesion the header alone."""
    write_rows(record["lesions"], COLUMNS, path)


def write_rows(items: Iterable[Any], columns: Mapping[str, Place], path: Path) -> None:
    """Write a CSV of one row an item, each column from where it stands in it."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        for item in items:
            writer.writerow([_cell(item, where) for where in columns.values()])


def _cell(item: Any, where: tuple[str | int, ...]) -> Any:
    value = item
    for step in where:
        if value is None:
            return ""
        value = value[step]
    if isinstance(value, list):
        return ";".join(value)
    return "" if value is None else value
