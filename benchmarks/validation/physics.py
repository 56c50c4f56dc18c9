"""Spectra and attenuation: what tube, filters, detector and materials do to X-rays.

Spectra come from SpekPy (MIT), attenuation from xraydb (MIT; Elam's tables), compositions from ICRU Report 44 as NIST
tabulates them, for fat the middle of the two fattier tissues of Woodard and White (Br J Radiol 1986;59:1209). The
nominal calibration of the package may rest on such tables too; so each scan has one of several tubes.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
WATER, MUSCLE, FAT, BONE, MINERAL = range(5)
COMPOSITION: tuple[tuple[float, dict[str, float]], ...] = (
    (1.0, {"H": 11.19, "O": 88.81}),
    (1.05, {"H": 10.2, "C": 14.3, "N": 3.4, "O": 71.0, "Na": 0.1, "P": 0.2, "S": 0.3, "Cl": 0.1, "K": 0.4}),
    (0.94, {"H": 11.5, "C": 63.9, "N": 0.5, "O": 23.9, "Na": 0.1, "S": 0.1}),
    (1.92, {"H": 3.4, "C": 15.5, "N": 4.2, "O": 43.5, "Na": 0.1, "Mg": 0.2, "P": 10.3, "S": 0.3, "Ca": 22.5}),
    (3.16, {"H": 0.2007, "O": 41.41, "P": 18.50, "Ca": 39.89}),
)
"""Density in g/ml and mass percent of water, muscle, adipose tissue, cortical bone and hydroxyapatite."""
MINERAL_G_PER_ML = 3.16
TUBES: tuple[tuple[float, dict[str, float]], ...] = (
    (7.0, {"Al": 3.0, "Ti": 0.9}),
    (7.0, {"Al": 7.0, "Cu": 0.1}),
    (8.5, {"Al": 5.0, "Cu": 0.2}),
    (10.0, {"Al": 11.0}),
)
"""Anode angle in degrees, and filters in mm: inherent filtration, flat filter and the bowtie's middle together, as far
as makers have told."""
JUDGING_TUBES_SEED = 20_281_126
BINS = 16
TYPICAL_WATER_MM = 130.0
"""Water that filters the beam where a contrast in HU is turned into a concentration."""


@dataclass(frozen=True, slots=True, eq=False)
class Beam:
    """A spectrum as the detector weighs it.

    Parameters
    ----------
    weights : ndarray, (BINS,)
        Share of the signal in air, sums to 1.
    per_mm : ndarray, (5, BINS)
        Linear attenuation of each material in 1 / mm.
    """

    weights: Floats
    per_mm: Floats

    def signal(self, paths_mm: Floats) -> Floats:
        """Minus the logarithm of the signal behind paths (..., 5) in mm."""
        absorbed: Floats = -np.log(np.exp(-(paths_mm @ self.per_mm)) @ self.weights)
        return absorbed

    def water_table(self, longest_mm: float = 600.0) -> tuple[Floats, Floats]:
        """Signals of water and what they would be without hardening: the usual correction of scanners."""
        lengths = np.linspace(-20, longest_mm, 1241)
        paths = np.zeros((len(lengths), 5))
        paths[:, WATER] = lengths
        return self.signal(paths), lengths * self.water_per_mm

    @property
    def water_per_mm(self) -> float:
        """Attenuation of water by the unfiltered beam: what 0 HU is."""
        return float(self.per_mm[WATER] @ self.weights)

    def hu_per_amount(self) -> Floats:
        """HU over air that 1 of each material gives in a body of ordinary size; 1000 for water."""
        filtered = self.weights * np.exp(-TYPICAL_WATER_MM * self.per_mm[WATER])
        mean = self.per_mm @ filtered
        hu: Floats = 1000 * mean / mean[WATER]
        return hu

    def hu_per_g_per_ml(self) -> float:
        """HU over muscle of 1 g hydroxyapatite per ml that takes the place of muscle."""
        hu = self.hu_per_amount()
        return float(hu[MINERAL] - hu[MUSCLE]) / MINERAL_G_PER_ML


def judging_tube(number: int) -> tuple[float, dict[str, float]]:
    """Anode angle and filters of a tube that judges: drawn evenly over what the package's table claims to hold for.

    That is 8 to 14 mm of aluminum or as much copper, of which 0.1 mm does about what 3.5 mm of aluminum do at 120 kV.
    """
    rng = np.random.default_rng((JUDGING_TUBES_SEED, number))
    aluminum_mm, angle, copper_mm = rng.uniform(8, 14), rng.uniform(7, 12), rng.choice([0.0, 0.1, 0.2])
    return float(angle), {"Al": float(aluminum_mm - 35 * copper_mm), "Cu": float(copper_mm)}


@cache
def beam(kvp: float, tube: int) -> Beam:
    """The beam of a tube voltage and a tube, in bins of equal signal: after ``TUBES`` come those that judge."""
    import spekpy
    import xraydb

    angle, filters = TUBES[tube] if tube < len(TUBES) else judging_tube(tube - len(TUBES))
    spectrum = spekpy.Spek(kvp=kvp, th=angle, dk=1.0)
    for metal, thickness_mm in filters.items():
        spectrum.filter(metal, thickness_mm)
    kev, photons = spectrum.get_spectrum(diff=False)
    kept = kev > 15
    kev, photons = kev[kept], photons[kept]
    # An energy-integrating scintillator: 1.4 mm of gadolinium oxysulfide at 7.3 g/ml.
    caught = 1 - np.exp(-0.14 * xraydb.material_mu("Gd2O2S", kev * 1e3, density=7.3))
    signal = photons * kev * caught
    per_mm = np.array([_per_mm(density, parts, kev) for density, parts in COMPOSITION])
    return _binned(signal / signal.sum(), per_mm)


def _per_mm(density: float, parts: dict[str, float], kev: Floats) -> Floats:
    """Linear attenuation of a mixture in 1 / mm."""
    import xraydb

    total = sum(parts.values())
    mass = sum(share / total * xraydb.mu_elam(symbol, kev * 1e3) for symbol, share in parts.items())
    per_mm: Floats = np.asarray(mass) * density / 10
    return per_mm


def _binned(weights: Floats, per_mm: Floats) -> Beam:
    """Neighboring energies in one bin, each with the same share of what water of 130 mm leaves and air together."""
    late = weights * np.exp(-TYPICAL_WATER_MM * per_mm[WATER])
    rank = np.cumsum(weights + late / late.sum()) / 2
    index = np.minimum((rank * BINS).astype(int), BINS - 1)
    shares = np.bincount(index, weights, BINS)
    means = np.array([np.bincount(index, weights * row, BINS) for row in per_mm])
    kept = shares > 0
    return Beam(shares[kept], means[:, kept] / shares[kept])
