"""What the rules look at, and how they answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from calcimeter.ct.settings import ClassifySettings
from calcimeter.model.anatomy import Anatomy
from calcimeter.model.candidate import Facts, Verdict
from calcimeter.model.grid import FloatArray
from calcimeter.model.lesion import Category
from calcimeter.model.volume import Volume


class Patient(NamedTuple):
    """What the rules ask of the whole scan.

    Parameters
    ----------
    noise_hu : float
    has_medium : bool
        Contrast medium was seen.
    medium_hu : float
        What 95 % of its voxels stay below once it has mixed with blood; 0 without contrast medium.
    has_undiluted : bool
        Some of it has not mixed with blood.
    has_lungs : bool
    bowel_gas_mm3 : float
    has_trunk : bool
        The cavities of the trunk are known, so that a place outside them is one.
    """

    noise_hu: float
    has_medium: bool
    medium_hu: float
    has_undiluted: bool
    has_lungs: bool
    bowel_gas_mm3: float
    has_trunk: bool

    @classmethod
    def of(cls, volume: Volume, anatomy: Anatomy) -> Patient:
        """From the scan and its anatomy."""
        medium = _medium(volume, anatomy)
        return cls(
            noise_hu=anatomy.noise_hu,
            has_medium=len(medium) > 0,
            medium_hu=float(np.percentile(medium[medium < UNDILUTED_HU], 95)) if (medium < UNDILUTED_HU).any() else 0.0,
            has_undiluted=bool((medium >= UNDILUTED_HU).any()),
            has_lungs=anatomy.gas.lungs_mm3 > 0,
            bowel_gas_mm3=anatomy.gas.bowel_mm3,
            has_trunk=anatomy.trunk is not None,
        )


class Evidence(NamedTuple):
    """What a rule may look at: the facts of one candidate, what is known of the patient, and the limits."""

    facts: Facts
    patient: Patient
    limits: ClassifySettings

    @property
    def inside(self) -> bool:
        """Whether it lies inside a cavity of the trunk, as far as known."""
        where = self.facts.where
        return where is not None and where.depth_mm > 0

    @property
    def well_inside(self) -> bool:
        """Whether it lies in a cavity even if its wall were a little farther in: what a name of its own asks for."""
        where = self.facts.where
        return where is not None and where.depth_mm >= self.limits.wall_mm

    @property
    def outside(self) -> bool:
        """Whether it is known to lie in the wall of the trunk, outside its cavities, or in a limb."""
        where = self.facts.where
        in_wall = where is not None and where.depth_mm <= -self.limits.wall_mm
        return in_wall or self.in_limb

    @property
    def in_limb(self) -> bool:
        """Whether all the bone beside it is of arms or legs, and no cavity of the trunk is."""
        return self.facts.where is None and self.facts.limb_share >= self.limits.limb_share


Rule = Callable[[Evidence], Verdict | None]


def uncertain(reason: str) -> Verdict:
    """The answer of a rule that can name the choice but not make it."""
    return Verdict(Category.UNCERTAIN, 0.5, (reason,))


def is_compact(facts: Facts, longest_mm: float, elongation: float) -> bool:
    """Whether a candidate is short and not much longer than wide."""
    length, width, _ = facts.lengths_mm
    return length <= longest_mm and length <= elongation * max(width, 1e-6)


SAMPLED_SLICES = 40
UNDILUTED_HU = 700.0
"""What is denser is contrast medium on its way to the heart, before it has mixed with blood."""


def _medium(volume: Volume, anatomy: Anatomy) -> FloatArray:
    """HU of the contrast medium in some slices."""
    used = np.flatnonzero(anatomy.contrast.words.any(axis=(1, 2)))
    chosen = used[:: max(1, len(used) // SAMPLED_SLICES)]
    values = [volume.values[k][anatomy.contrast.plane(int(k))] for k in chosen]
    return np.concatenate(values).astype(np.float64) if values else np.zeros(0)
