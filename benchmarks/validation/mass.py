"""Masses of the simulated scans, by what they were calibrated with."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from shown import Section, share, table
from validation import plots
from validation.measure import Interval, interval_of
from validation.run import Row
from validation.scenes import KILOVOLTS

ROD_LIMIT, INTERNAL_LIMIT = 0.03, 0.07
SIZES = (("10 ml and above", 1e4, np.inf), ("1 to 10 ml", 1e3, 1e4), ("0.1 to 1 ml", 0.0, 1e3))


class Weighed(NamedTuple):
    """A mass with its truth and the calibration behind it."""

    row: Row
    mass: Interval
    slope: float
    uncertainty: float

    @property
    def error(self) -> float:
        """Relative."""
        assert self.mass.value is not None
        assert self.row.mass_mg is not None
        return self.mass.value / self.row.mass_mg - 1


def section(rows: list[Row]) -> Section:
    """The part of the page."""
    page = Section("Mass")
    simulated = [row for row in rows if row.simulated and row.lesion is not None]
    rod = _weighed(simulated, lambda row: (row.more.get("rod_mass"), row.more.get("rod", {})))
    own = _weighed(simulated, lambda row: (interval_of(row.lesion, "mass_mg_ha"), row.calibration))
    internal = [w for w in own if w.row.calibration["level"] == "internal"]
    nominal = _nominal(own)
    _judge(page, "with rods in the image", rod, ROD_LIMIT)
    _judge(page, "internal (air, muscle, fat)", internal, INTERNAL_LIMIT)
    _judge_nominal(page, nominal)
    _judge_intervals(page, (("rod", rod), ("internal", internal)))
    groups = (("rod", rod), ("internal", internal), ("nominal", nominal))
    lines = [(name, *_cells(some)) for name, some in groups]
    for name, some in groups[:2]:
        kinds = list(dict.fromkeys(w.row.kind for w in some))
        parts = {
            **{label: [w for w in some if low <= w.row.volume_mm3 < high] for label, low, high in SIZES},
            **{f"{kvp:.0f} kVp": [w for w in some if w.row.kvp == kvp] for kvp in KILOVOLTS},
            **{kind: [w for w in some if w.row.kind == kind] for kind in kinds},
        }
        lines += [(f"{name}, {label}", *_cells(part)) for label, part in parts.items()]
    page.notes.append(table(("", "n", "bias", "median", "P95 of error", "interval covers"), lines))
    drawn = {name: [(w.row.mass_mg or 0.0, w.error, w.row.kvp) for w in some] for name, some in groups}
    page.notes.append(plots.masses(drawn))
    page.notes.append(
        "Polychromatic scans alone, each by a tube of its own. Of the whole mass of the object, so the error of the "
        "slope and that of the deposit's own content add up. A large dense deposit hardens its own beam and loses HU, "
        "which no water correction undoes: the package takes it back ray by ray. The interval of internal calibration "
        "allows for filters with half-value layers of 7.4 to 8.9 mm at 120 kV; the tubes here have 7.3 to 8.8 mm. "
        "Nominal: the slope that the package gives without air, muscle and fat, over the one in the middle of the "
        "body."
    )
    return page


def _weighed(rows: list[Row], held: Callable[[Row], tuple[Interval | None, dict]]) -> list[Weighed]:
    weighed = []
    for row in rows:
        mass, calibration = held(row)
        if mass is not None and mass.value is not None:
            slope, uncertainty = calibration["mg_ha_per_ml_per_hu"], calibration["relative_uncertainty"] or 0.0
            weighed.append(Weighed(row, mass, slope, uncertainty))
    return weighed


def _nominal(weighed: list[Weighed]) -> list[Weighed]:
    """What the mass would be with the nominal slope of the voltage: mass is proportional to the slope."""
    from calcimeter.ct.calibrate.tube import nominal, tube_at

    again = []
    for one in weighed:
        plain = nominal(tube_at(one.row.kvp), "")
        if plain.mg_ha_per_ml_per_hu is None:
            continue
        ratio = plain.mg_ha_per_ml_per_hu / one.slope
        uncertainty = plain.relative_uncertainty or 0.0
        value = one.mass.value * ratio if one.mass.value is not None else None
        again.append(Weighed(one.row, Interval(value, None, None), plain.mg_ha_per_ml_per_hu, uncertainty))
    return again


def _judge(page: Section, label: str, weighed: list[Weighed], limit: float) -> None:
    """That the calibrated scans as a whole are right, and how many objects one by one."""
    asked = f"mass {label} within {100 * limit:g} %"
    if not weighed:
        page.skip(asked, "no masses of this kind yet")
        return
    errors = np.array([w.error for w in weighed])
    within = int((np.abs(errors) <= limit).sum())
    page.judge(f"{asked}: mean error", f"{100 * errors.mean():+.1f} %", holds=abs(errors.mean()) <= limit)
    told = f"{share(within, len(errors))}; median error {100 * np.median(errors):+.1f} %"
    page.judge(f"{asked}: each object (95 % of them)", told, holds=within >= 0.95 * len(errors))


def _judge_nominal(page: Section, nominal: list[Weighed]) -> None:
    if not nominal:
        page.skip("nominal mass within its stated uncertainty", "no masses yet")
        return
    within = sum(abs(w.error) <= w.uncertainty for w in nominal)
    page.judge(
        "nominal mass within its stated uncertainty (95 %)",
        f"{share(within, len(nominal))}; stated ± {100 * np.median([w.uncertainty for w in nominal]):.0f} %, "
        f"median error {100 * np.median([w.error for w in nominal]):+.1f} %",
        holds=within >= 0.95 * len(nominal),
    )


def _judge_intervals(page: Section, groups: tuple[tuple[str, list[Weighed]], ...]) -> None:
    for name, weighed in groups:
        held = [w.mass.holds(w.row.mass_mg or 0.0) for w in weighed]
        known = [h for h in held if h is not None]
        if known:
            page.judge(
                f"intervals of the mass ({name}) hold the truth in 90 to 98 %",
                share(sum(known), len(known)),
                holds=0.90 <= sum(known) / len(known) <= 0.98,
            )


def _cells(weighed: list[Weighed]) -> tuple[str, ...]:
    if not weighed:
        return ("0", "–", "–", "–", "–")
    errors = np.array([w.error for w in weighed])
    held = [h for w in weighed if (h := w.mass.holds(w.row.mass_mg or 0.0)) is not None]
    return (
        str(len(errors)),
        f"{100 * errors.mean():+.1f} %",
        f"{100 * np.median(errors):+.1f} %",
        f"{100 * np.quantile(np.abs(errors), 0.95):.1f} %",
        f"{100 * sum(held) / len(held):.1f} %" if held else "–",
    )
