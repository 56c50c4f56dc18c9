"""How much each deposit is: deposits -> amounts.

surroundings.py  the tissue around, which is the background
scanner.py       the blur of the scan
profile.py       how thick slices are, told by the deposits
envelope.py      the volume at half maximum, corrected for blur
level.py         the level of what is brightest
loose.py         what of it is far looser than its densest
plateaus.py      the volume by one plateau or by one inside another, and which of all holds
compact.py       the volume of a small deposit, by the body that fits the scan best
solve.py         that body
body.py          an ellipsoid with waves, and what the scan would show of it
inside.py        a core of another density in it, or fluid over sediment
supple.py        a body of any smooth surface, likewise
walled.py        what lies under its wall, of any density
interval.py      how well the volume is known
thin.py          what is too thin to show its own density
mass.py          what is above the background, and how well
slope.py         what the beam makes of it on its way through the body
mineral.py       the part that is dense
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from calcimeter.ct.amount.compact import as_body, asks_for_body, doubted, ways_sd, with_body
from calcimeter.ct.amount.envelope import Fit, Seen, fit_envelope, refit
from calcimeter.ct.amount.interval import Errors, edge_errors, shape_error, small_error_mm3
from calcimeter.ct.amount.mass import Content, background_sd_hu, content_of, mass_of
from calcimeter.ct.amount.mineral import mineral_of
from calcimeter.ct.amount.plateaus import Weighed, weigh
from calcimeter.ct.amount.profile import with_profile
from calcimeter.ct.amount.scanner import Scanner
from calcimeter.ct.amount.slope import slope_of
from calcimeter.ct.amount.surroundings import Surroundings, box_around, surroundings
from calcimeter.ct.amount.thin import THIN, bounded, plateaus_of
from calcimeter.ct.settings import AmountSettings
from calcimeter.model.anatomy import Anatomy
from calcimeter.model.calibration import Calibration
from calcimeter.model.conditions import Conditions
from calcimeter.model.grid import BoolArray, FloatArray
from calcimeter.model.lesion import Deposit
from calcimeter.model.measures import Amount, Estimate, Gravity, Resolution
from calcimeter.model.volume import Region, Volume

NO_INTERVAL = "INTERVAL_NOT_AVAILABLE"


def measure_amounts(
    volume: Volume,
    deposits: tuple[Deposit, ...],
    anatomy: Anatomy,
    conditions: Conditions,
    settings: AmountSettings,
) -> tuple[Amount, ...]:
    """Volume, mineral volume and mass of the envelopes, in the order of the deposits.

    Returns
    -------
    tuple of Amount
        A given outline is measured as drawn: its volume is that of its voxels and has no interval, for how well it was
        drawn is not known. So is what is set aside. What the border cuts has none either: what lies beyond is not
        known; nor has what metal or its streaks reach. Mass and mineral volume are None without calibration, or where
        no tissue around tells the background.
    """
    starts, stops = (
        np.array([getattr(deposit.envelope, end) for deposit in deposits], dtype=np.int64).reshape(-1, 3)
        for end in ("start", "stop")
    )
    scan = _Scan(volume, deposits, starts, stops, anatomy, *conditions, settings)
    looks = _looks(scan)
    fits = tuple((look.seen, look.fit) for look in looks.values())
    scan = scan._replace(resolution=with_profile(fits, volume.grid.spacing_mm, scan.resolution, settings))
    if scan.resolution != conditions.resolution:
        looks = {}
    return tuple(_amount(scan, deposit, looks.pop(id(deposit), None)) for deposit in deposits)


def _looks(scan: _Scan) -> dict[int, _Look]:
    """The largest deposits, by identity, as far as there is tissue around them: they tell how thick slices are."""
    largest = sorted((d for d in scan.deposits if d.fractions is not None), key=lambda d: -d.envelope.voxels)
    looks = {}
    for deposit in largest[: scan.settings.profile_deposits]:
        around = _surroundings(scan, deposit)
        if around.ring_voxels:
            looks[id(deposit)] = _look(scan, deposit, around)
    return looks


class _Look(NamedTuple):
    """A deposit with the tissue around it, and its envelope as measured."""

    around: Surroundings
    seen: Seen
    fit: Fit


class _Scan(NamedTuple):
    """What every deposit is measured in; ``starts`` and ``stops`` are the boxes of the deposits, (n, 3)."""

    volume: Volume
    deposits: tuple[Deposit, ...]
    starts: npt.NDArray[np.int64]
    stops: npt.NDArray[np.int64]
    anatomy: Anatomy
    calibration: Calibration
    resolution: Resolution
    gravity: Gravity
    settings: AmountSettings

    @property
    def down(self) -> FloatArray | None:
        """Unit vector of gravity along slices, rows and columns; None where it is not known."""
        if self.gravity.direction_lps is None:
            return None
        along = self.volume.grid.affine[:3, :3]
        down: FloatArray = (along / np.linalg.norm(along, axis=0)).T @ np.array(self.gravity.direction_lps)
        return down

    @property
    def scanner(self) -> Scanner:
        """The scan's blur on its grid."""
        return Scanner.of(self.volume.grid.spacing_mm, self.resolution)

    def others(self, deposit: Deposit, box: Region) -> BoolArray:
        """Voxels of other deposits in a box."""
        found = np.zeros(box.mask.shape, dtype=bool)
        low, high = np.maximum(self.starts, box.start), np.minimum(self.stops, box.stop)
        for k in np.flatnonzero((low < high).all(axis=1)):
            region = self.deposits[k].envelope
            if self.deposits[k] is deposit:
                continue
            ours, theirs = (
                tuple(slice(a - o, b - o) for a, b, o in zip(low[k], high[k], start, strict=True))
                for start in (box.start, region.start)
            )
            found[ours] |= region.mask[theirs]
        return found


def _amount(scan: _Scan, deposit: Deposit, look: _Look | None) -> Amount:
    """One deposit; ``look`` where it has been looked at before."""
    grid = scan.volume.grid
    dense_mm3 = deposit.dense.voxels * grid.voxel_mm3 if deposit.dense else 0.0
    as_drawn = Estimate(deposit.envelope.voxels * grid.voxel_mm3)
    if deposit.fractions is None and "GIVEN_OUTLINE" not in deposit.caveats:
        return Amount(as_drawn, dense_mm3)
    around = look.around if look else _surroundings(scan, deposit)
    if around.ring_voxels == 0:
        return Amount(as_drawn, dense_mm3, caveats=("BACKGROUND_UNKNOWN", NO_INTERVAL))
    content = content_of(around, grid.spacing_mm, scan.resolution, scan.settings)
    mass = _mass(scan, around, content)
    if deposit.fractions is None:
        return Amount(as_drawn, dense_mm3, None, mass, (NO_INTERVAL,))
    look = look or _look(scan, deposit, around)
    plateaus = plateaus_of(look.fit, grid.spacing_mm, scan.resolution, scan.settings)
    caveats = (THIN,) if plateaus.are_few(scan.settings) else ()
    by_level, weighed = _volume(scan, deposit, look)
    volume = bounded(by_level, plateaus, content.hu_mm3 / scan.settings.densest_hu, scan.settings)
    if "TOUCHES_BORDER" not in deposit.caveats:
        volume = _as_body(scan, look, weighed, volume, is_thin=bool(caveats))
    mineral = mineral_of(look.fit, scan.scanner, volume, scan.calibration, scan.settings)
    if around.metal_share > scan.settings.metal_share:
        caveats = (*caveats, "METAL_BESIDE")
    if {"TOUCHES_BORDER", "METAL_BESIDE"} & {*deposit.caveats, *caveats} or volume.low is None:
        values = [estimate and Estimate(estimate.value) for estimate in (mineral, mass)]
        return Amount(Estimate(volume.value), dense_mm3, values[0], values[1], (NO_INTERVAL, *caveats))
    return Amount(volume, dense_mm3, mineral, mass, caveats)


def _mass(scan: _Scan, around: Surroundings, content: Content) -> Estimate | None:
    """Mass with its interval."""
    s, volume = scan.settings, scan.volume
    if scan.calibration.mg_ha_per_ml_per_hu is None:
        return None
    shown = slope_of(volume, scan.anatomy, (content, around.box.start), scan.calibration, s)
    return mass_of(content, shown.mg_ha_per_ml_per_hu, shown.behind_metal, scan.calibration, s)


def _as_body(scan: _Scan, look: _Look, weighed: Weighed, volume: Estimate, *, is_thin: bool) -> Estimate:
    """The volume with what a body says that fits the scan, where levels are in doubt.

    Of what is too thin to show its own density it may move the value, but narrows no bound.
    """
    s, part_mm3 = scan.settings, scan.volume.grid.voxel_mm3 / scan.scanner.parts
    low, high = volume.low, volume.high
    if low is None or high is None or not asks_for_body(weighed, look.seen, (scan.scanner, part_mm3), s):
        return volume
    body = as_body((look.fit, look.seen), scan.volume.grid.spacing_mm, scan.resolution, scan.down, s, is_thin=is_thin)
    if body is None:
        return volume
    known = ways_sd(weighed, body, s) * part_mm3
    body = doubted(body, weighed, s)
    if not is_thin:
        return with_body(volume, known, body, part_mm3, s)
    mean = with_body(volume, max(known, (high - low) / 2 / s.sigmas), body, part_mm3, s)
    return replace(mean, low=min(low, mean.low or 0.0), high=max(high, mean.high or 0.0))


def _volume(scan: _Scan, deposit: Deposit, look: _Look) -> tuple[Estimate, Weighed]:
    """Volume by the levels that are seen, with its interval."""
    s, spacing, scanner = scan.settings, scan.volume.grid.spacing_mm, scan.scanner
    around, seen, fit = look
    part_mm3 = scan.volume.grid.voxel_mm3 / scanner.parts
    background = background_sd_hu(around, spacing, scan.resolution, s)
    noise, tissue = edge_errors(fit, scanner, seen.noise_hu, background)
    blurrier = Scanner.of(spacing, _blurrier(scan.resolution, s))
    weighed = weigh(fit, seen, scanner, part_mm3, s)
    errors = Errors(
        noise=noise * part_mm3,
        background=tissue * part_mm3,
        shape=shape_error(fit, scanner, s) * part_mm3,
        models=weighed.spread * part_mm3,
        blur=abs(refit(fit, blurrier, s).voxels - fit.voxels) * part_mm3,
        cut=_cut_error_mm3(scan, deposit),
        small=small_error_mm3(weighed.voxels * part_mm3, scan.resolution),
    )
    possible = (weighed.least * part_mm3, weighed.most * part_mm3)
    if not fit.is_corrected:
        return Estimate(fit.voxels * part_mm3), weighed
    return errors.estimate(weighed.voxels * part_mm3, possible, s.sigmas), weighed


def _surroundings(scan: _Scan, deposit: Deposit) -> Surroundings:
    """The tissue around a deposit."""
    box = box_around(scan.volume, deposit.envelope, scan.settings)
    return surroundings(scan.volume, deposit.envelope, scan.others(deposit, box), scan.anatomy, scan.settings)


def _look(scan: _Scan, deposit: Deposit, around: Surroundings) -> _Look:
    """An envelope, measured."""
    seen = _seen(scan, deposit, around)
    return _Look(around, seen, fit_envelope(seen, scan.scanner, scan.settings))


def _seen(scan: _Scan, deposit: Deposit, around: Surroundings) -> Seen:
    """The deposit as far as its blur reaches."""
    near = _near(around, deposit.envelope, scan)
    noise_hu = max(around.ring_sd_hu, scan.anatomy.noise_hu)
    return Seen(around.excess[near], around.box.mask[near], around.foreign[near], noise_hu)


def _cut_error_mm3(scan: _Scan, deposit: Deposit) -> float:
    """Where it was cut off bone: half of what the two ways to cut disagree on, or a slip of the cut by half a pixel."""
    cuts = [cut for cut in scan.anatomy.skeleton.cuts if cut.region.overlap(deposit.envelope) > 0]
    pixel_mm = scan.volume.grid.spacing_mm[2]
    slips = [max((cut.disagreement_mm3 or 0.0) / 2, cut.area_mm2 * pixel_mm * scan.settings.cut_slip) for cut in cuts]
    return float(np.sqrt(np.sum(np.square(slips))))


def _near(around: Surroundings, region: Region, scan: _Scan) -> tuple[slice, slice, slice]:
    """The part of the box that the blur of the envelope reaches."""
    spacing, resolution = scan.volume.grid.spacing_mm, scan.resolution
    widths = (resolution.through_fwhm_mm, resolution.in_plane_fwhm_mm, resolution.in_plane_fwhm_mm)
    margin = [int(1.5 * width / d) + 1 + scan.settings.reach_voxels for width, d in zip(widths, spacing, strict=True)]
    a, b, c = (
        slice(max(0, start - low - m), stop - low + m)
        for start, stop, low, m in zip(region.start, region.stop, around.box.start, margin, strict=True)
    )
    return (a, b, c)


def _blurrier(resolution: Resolution, s: AmountSettings) -> Resolution:
    """The resolution with widths that are larger by their standard deviations."""
    return replace(
        resolution,
        in_plane_fwhm_mm=resolution.in_plane_fwhm_mm * (1 + resolution.relative_sd),
        through_fwhm_mm=resolution.through_fwhm_mm * (1 + s.profile_sd),
    )
