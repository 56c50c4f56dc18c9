"""Pictures of the page: docs/pictures/validation-*.png."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np

from validation.run import Row
from validation.seeds import REHEARSAL

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / ("out/validation" if os.environ.get(REHEARSAL) else "docs/pictures")
OWN, SIMULATED, PLAIN = "#2f6f9f", "#c8553d", "#9a9a9a"


def volume_errors(rows_by_class: dict[Any, list[Row]], names: dict[Any, str]) -> str:
    """Errors of the volume against the volume, with those of the plain threshold behind."""
    figure, axes = _figure(len(rows_by_class), width=12)
    for axis, (size_class, rows) in zip(axes, rows_by_class.items(), strict=True):
        plain = [(r.volume_mm3, r.measured("volume_threshold_mm3").value) for r in rows if r.lesion is not None]
        axis.scatter([v for v, _ in plain], [100 * (p / v - 1) for v, p in plain], s=5, c=PLAIN, label="130 HU, plain")
        for simulated, color, label in ((False, OWN, "own scanner"), (True, SIMULATED, "simulator, new shapes")):
            some = [(r.volume_mm3, r.error) for r in rows if r.simulated is simulated and r.error is not None]
            axis.scatter([v for v, _ in some], [100 * e for _, e in some], s=7, c=color, label=label)
        axis.set(xscale="log", title=names[size_class], xlabel="true volume, mm³")
        axis.set_ylim(-40, 80)
        axis.axhline(0, color="black", linewidth=0.6)
    axes[0].set_ylabel("error, %")
    axes[-1].legend(frameon=False, fontsize=8)
    return _saved(figure, "volume", "Errors of the volume; gray: the plain volume over 130 HU of the same objects.")


def intervals(rows_by_class: dict[Any, list[Row]], names: dict[Any, str]) -> str:
    """How many half-widths the error is: 95 % should lie between -1 and 1."""
    rows = {c: [r for r in some if r.measured("volume_mm3").half_width] for c, some in rows_by_class.items()}
    if not any(rows.values()):
        return ""
    figure, axes = _figure(len(rows), width=12)
    for axis, (size_class, some) in zip(axes, rows.items(), strict=True):
        for simulated, color, label in ((False, OWN, "own scanner"), (True, SIMULATED, "simulator, new shapes")):
            ratios = [_ratio(r) for r in some if r.simulated is simulated]
            axis.hist(np.clip(ratios, -2.5, 2.5), bins=np.linspace(-2.5, 2.5, 41), alpha=0.6, color=color, label=label)
        axis.axvspan(-1, 1, color="black", alpha=0.06)
        axis.set(title=names[size_class], xlabel="(measured - true) / half-width of the interval")
    axes[-1].legend(frameon=False, fontsize=8)
    return _saved(figure, "intervals", "Errors in half-widths of the 95 % interval; the gray band holds the truth.")


def masses(groups: dict[str, list[tuple[float, float, float]]]) -> str:
    """Errors of the mass against the true mass, by calibration; each point (true mg, error, kVp)."""
    groups = {name: points for name, points in groups.items() if points}
    if not groups:
        return ""
    figure, axes = _figure(len(groups), width=12)
    for axis, (name, points) in zip(axes, groups.items(), strict=True):
        mass, error, kvp = np.array(points).T
        drawn = axis.scatter(mass, 100 * error, c=kvp, s=8, cmap="viridis", vmin=80, vmax=140)
        axis.set(xscale="log", title=name, xlabel="true mass, mg hydroxyapatite")
        axis.set_ylim(-30, 30)
        axis.axhline(0, color="black", linewidth=0.6)
    axes[0].set_ylabel("error, %")
    figure.colorbar(drawn, ax=axes[-1], label="kVp")
    return _saved(figure, "mass", "Errors of the mass in simulated scans, by what it was calibrated with.")


def gallery(slices: list[tuple[str, np.ndarray]]) -> str:
    """Slices of scans, HU from -200 to 900."""
    figure, axes = _figure(len(slices), width=1.9 * len(slices), height=2.2)
    for axis, (title, image) in zip(axes, slices, strict=True):
        axis.imshow(image, cmap="gray", vmin=-200, vmax=900, interpolation="nearest")
        axis.set_title(title, fontsize=8)
        axis.axis("off")
    return _saved(figure, "objects", "New kinds of objects in simulated scans, one slice each; -200 to 900 HU.")


def _ratio(row: Row) -> float:
    volume = row.measured("volume_mm3")
    assert volume.value is not None
    assert volume.half_width is not None
    return (volume.value - row.volume_mm3) / volume.half_width


def _figure(count: int, width: float, height: float = 3.6) -> tuple[Any, Any]:
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(1, count, figsize=(width, height), layout="constrained")
    return figure, np.atleast_1d(axes)


def _saved(figure: Any, name: str, told: str) -> str:
    """Write the picture without a date in it, and give its line of Markdown."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    path = FOLDER / f"validation-{name}.png"
    figure.savefig(path, dpi=110, metadata={"Software": None})
    import matplotlib.pyplot as plt

    plt.close(figure)
    return f"![{told}](pictures/{path.name})\n\n*{told}*\n"
