"""The body that fits the scan best, and how well the scan tells it."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from calcimeter.ct.amount.body import Look
from calcimeter.ct.amount.plateaus import products_of
from calcimeter.ct.settings import AmountSettings
from calcimeter.model.grid import FloatArray

LEAST_DAMPING, LESS, MORE = 1e-3, 0.2, 10.0
"""Share of their own curvature by which unknowns are held back, and what a good and a bad step make of it."""
TRIES = 4
TINY = 1e-9


class Problem(NamedTuple):
    """What is seen, and what is expected before.

    Parameters
    ----------
    excess : ndarray, (m,)
        HU above background of the voxels that count.
    variance : float
        Of each, as if none knew of its neighbors, HU2.
    look : function
        Unknowns of a body -> what the scan would show of it.
    widths : (int, int)
        Which unknowns change the widths of blur and slices.
    expected, precision : ndarray, (unknowns,)
        Of each unknown: a value, and the inverse of its variance.
    """

    excess: FloatArray
    variance: float
    look: Callable[[FloatArray], Look]
    widths: tuple[int, int]
    expected: FloatArray
    precision: FloatArray

    def cost(self, body: FloatArray, look: Look) -> float:
        """Squares of what is left, and of what is unexpected, in variances."""
        left = np.square(self.excess - look.values).sum() / self.variance
        return float(left + (self.precision * np.square(body - self.expected)).sum())

    def slope(self, body: FloatArray, look: Look) -> tuple[FloatArray, FloatArray]:
        """Half of the cost's curvature, and half of its fall with each unknown."""
        products = products_of(np.concatenate([look.slopes, (self.excess - look.values)[None]])) / self.variance
        curvature = products[:-1, :-1] + np.diag(self.precision)
        return curvature, products[:-1, -1] - self.precision * (body - self.expected)


class Solved(NamedTuple):
    """The best body of a kind.

    Parameters
    ----------
    body : ndarray, (unknowns,)
    voxels, sd, common : float
        Volume in voxels of the finer slices, its standard deviation, and the part of that which blur and slices make.
    left_hu : float
        Root mean square of what it leaves of the scan.
    evidence : float
        Logarithm of how likely the kind is, but for a constant (Laplace's approximation).
    curvature : ndarray, (unknowns, unknowns)
        Inverse of the unknowns' covariance.
    """

    body: FloatArray
    voxels: float
    sd: float
    common: float
    left_hu: float
    evidence: float
    curvature: FloatArray

    def told(self, which: list[int], precision: FloatArray) -> float:
        """How much the scan tells of some unknowns: what they cost the evidence."""
        variance = np.linalg.inv(self.curvature)[np.ix_(which, which)]
        return float(-np.linalg.slogdet(variance)[1] - np.log(precision[which]).sum()) / 2


def solved(start: FloatArray, problem: Problem, s: AmountSettings) -> Solved:
    """By Gauss and Newton, held back where a step makes it worse (Levenberg and Marquardt)."""
    body, look = start, problem.look(start)
    cost, damping = problem.cost(body, look), LEAST_DAMPING
    for _ in range(s.body_steps):
        curvature, fall = problem.slope(body, look)
        for _ in range(TRIES):
            moved = body + np.linalg.solve(curvature + np.diag(damping * np.diag(curvature) + TINY), fall)
            seen = problem.look(moved)
            left = problem.cost(moved, seen)
            if left < cost:
                break
            damping *= MORE
        else:
            break
        gain, body, look, cost, damping = cost - left, moved, seen, left, damping * LESS
        if gain < s.body_gain:
            break
    return _told(body, look, problem)


def _told(body: FloatArray, look: Look, problem: Problem) -> Solved:
    """What a body says, and how well."""
    curvature, _ = problem.slope(body, look)
    curvature += np.diag(TINY * np.diag(curvature) + TINY)
    known = np.delete(np.arange(len(body)), problem.widths)
    variance, own = (
        max(float(look.growth[some] @ np.linalg.solve(curvature[np.ix_(some, some)], look.growth[some])), 0.0)
        for some in (np.arange(len(body)), known)
    )
    free = float(np.linalg.slogdet(curvature)[1] - np.log(problem.precision).sum())
    left_hu = float(np.sqrt(np.mean(np.square(problem.excess - look.values))))
    evidence = -(problem.cost(body, look) + free) / 2
    common = float(np.sqrt(max(variance - own, 0.0)))
    return Solved(body, look.voxels, float(np.sqrt(variance)), common, left_hu, evidence, curvature)
