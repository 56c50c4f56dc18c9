"""Which plateaus a deposit has, weighed by what each way to see it leaves of the scan.

A half-maximum edge with a level of its own at each place (``envelope.py``) holds for any deposit, but where slices are
thick the level of a cap is not that of the deposit. A single plateau, or a dense core in a looser rim, has few
unknowns: two numbers or four, fitted to all voxels at once. Each is scanned by calculation and compared with the scan.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from calcimeter.ct.amount.envelope import Edge, Fit, Frame, Seen, edge_in
from calcimeter.ct.amount.scanner import Scanner
from calcimeter.ct.settings import AmountSettings
from calcimeter.model.grid import BoolArray, FloatArray

Floats = npt.NDArray[np.float32]
TINY = 1e-9
BLOCK = 256
"""Voxels whose products are summed at once."""


class Weighed(NamedTuple):
    """A volume from several ways to see a deposit, in voxels of the finer slices.

    Parameters
    ----------
    voxels : float
        Their weighted mean.
    spread : float
        Their weighted standard deviation about it: what they disagree on.
    least, most : float
        Volumes of the ways that the scan does not rule out.
    left_hu : float
        Root mean square of what the ways leave of the scan, weighted likewise; 0 where they were not asked.
    apart : float
        What the first two ways disagree on, as far as one of them holds.
    """

    voxels: float
    spread: float
    least: float
    most: float
    left_hu: float = 0.0
    apart: float = 0.0


class _Way(NamedTuple):
    """A way to see a deposit.

    Parameters
    ----------
    weight : float
        How likely it is.
    voxels : float
    left_hu : float
        Root mean square of what it leaves of the scan.
    sd : float
        Standard deviation of its volume beside what noise and blur make of any.
    factor : float
        What makes it less likely, but rules nothing out.
    """

    weight: float
    voxels: float
    left_hu: float
    sd: float = 0.0
    factor: float = 1.0


class _Layers(NamedTuple):
    """What is over each of some HU, scanned by calculation.

    Parameters
    ----------
    hu, voxels : ndarray, (n,)
        Levels over background, and the volume over each with all that is enclosed.
    shown : ndarray of float32, (n, slices, rows, columns)
        Of a deposit that is 1 where it is over the level.
    """

    hu: FloatArray
    voxels: FloatArray
    shown: Floats


def weigh(fit: Fit, seen: Seen, scanner: Scanner, part_mm3: float, s: AmountSettings) -> Weighed:
    """The volume by a level of its own at each place, by one plateau, and by one inside another.

    A large deposit is seen in the first way alone: its caps are a small part of it, and the others cost time.
    """
    if fit.voxels * part_mm3 > s.most_mm3 or not (fit.edge.share >= 1).any():
        return Weighed(fit.voxels, 0.0, fit.voxels, fit.voxels)
    near = scanner.gather(fit.frame.allowed.astype(np.float32)) > 0
    layers = _layers(fit, scanner, s)
    local = _Way(1.0, fit.voxels, _left(seen.excess, fit.shown, near))
    single, plateau = _single(layers, seen.excess, near)
    local = local._replace(weight=(single.left_hu / local.left_hu) ** s.evidence)
    others = fit.shown, min(local.left_hu, single.left_hu)
    nested, rim = _nested(layers, seen, others, near, s)
    if nested.weight:
        beyond = _beyond_blur(fit, layers, plateau, rim, scanner, s)
        nested = nested._replace(factor=min(beyond / s.beyond_blur, 1.0) ** s.beyond_evidence)
    return _mean([local, single, nested], s)


def _beyond_blur(fit: Fit, layers: _Layers, plateau: _Plateau, rim: int, scanner: Scanner, s: AmountSettings) -> float:
    """How much of a rim is more than the blur around one plateau alone, 0 to 1.

    Beyond the edge of one plateau blur leaves a flank, that passes for a thin rim: where it reaches the rim's level,
    it is as wide as what is seen there. Slices are taken as thick as they lie apart, for a rim passes for thicker ones.

    Parameters
    ----------
    rim : int
        Which layer it is.
    """
    plain = scanner.with_plain_slices()
    sharp = plateau.hu * _over(fit.edge, layers.hu[plateau.layer], fit.frame)
    alone = edge_in(plain.scan(sharp), fit.frame, plain, s)
    flank = _filled(_over(alone, layers.hu[rim], fit.frame), fit.frame) - layers.voxels[plateau.layer]
    seen = layers.voxels[rim] - layers.voxels[plateau.layer]
    return max(1 - float(flank / seen), 0.0) if seen > 0 else 1.0


def _mean(ways: list[_Way], s: AmountSettings) -> Weighed:
    """Weighted mean and standard deviation, and the range of all ways but the least likely."""
    weights, voxels, left_hu, own, factors = (np.array(values) for values in zip(*ways, strict=True))
    shares = weights * factors / (weights * factors).sum()
    # A factor rules nothing out, but makes the other ways likelier.
    possible = (weights >= s.ruled_out * weights.sum()) | (shares >= s.ruled_out)
    mean = float(shares @ voxels)
    # What is ruled out lies beyond the interval: it moves the mean by its weight, but is nothing that holds the truth.
    told = np.where(possible, shares, 0.0)
    spread = float(np.sqrt(told @ ((voxels - mean) ** 2 + own**2) / max(told.sum(), TINY)))
    apart = float(abs(voxels[0] - voxels[1]) * shares[:2].sum())
    least, most = ((voxels + sign * s.sigmas * own)[possible] for sign in (-1, 1))
    return Weighed(mean, spread, float(least.min()), float(most.max()), float(shares @ left_hu), apart)


def _layers(fit: Fit, scanner: Scanner, s: AmountSettings) -> _Layers:
    """What is over each share of the deposit's highest level."""
    edge, frame = fit.edge, fit.frame
    top = float(np.percentile(edge.level[edge.share > 0], s.top_percentile))
    hu = top * np.linspace(*s.layers_between, s.layers)
    voxels, shown = [], []
    for level in hu:
        over = _over(edge, level, frame)
        voxels.append(_filled(over, frame))
        shown.append(scanner.stack(over))
    return _Layers(hu, np.array(voxels), scanner.blur(np.stack(shown)))


def _over(edge: Edge, hu: float, frame: Frame) -> Floats:
    """How much of each voxel lies over a level, 0 to 1."""
    over = np.clip(np.float32(0.5) + (edge.image.values - np.float32(hu)) / edge.rise, 0, 1)
    return np.where(frame.allowed, over, np.float32(0))


def _filled(over: Floats, frame: Frame) -> float:
    """Voxels of what lies over a level, with all that is enclosed."""
    return float(np.maximum(over, frame.core).sum(dtype=np.float64))


class _Plateau(NamedTuple):
    """One plateau: which layer it is, and its HU."""

    layer: int
    hu: np.float32


class _Fitted(NamedTuple):
    """Products of layers with one another, with the scan, and of the scan with itself, over some voxels."""

    own: FloatArray
    scan: FloatArray
    whole: float
    voxels: int

    @classmethod
    def of(cls, layers: _Layers, excess: Floats, where: BoolArray) -> _Fitted:
        rows = np.concatenate([layers.shown[:, where], excess[where][None]]).astype(np.float64)
        products = products_of(rows)
        return cls(products[:-1, :-1], products[:-1, -1], float(products[-1, -1]), rows.shape[1])

    def left_hu(self, squares: float) -> float:
        return float(np.sqrt(max(squares, TINY) / max(self.voxels, 1)))


def products_of(rows: FloatArray) -> FloatArray:
    """Sums of the products of rows (n, m) with one another, (n, n).

    In blocks that BLAS does not share among cores: that costs more than it brings, and its sums would differ with
    their number.
    """
    blocks = np.pad(rows, ((0, 0), (0, -rows.shape[1] % BLOCK))).reshape(len(rows), -1, BLOCK).swapaxes(0, 1)
    products: FloatArray = (blocks @ blocks.swapaxes(1, 2)).sum(axis=0)
    return products


def _left(excess: Floats, shown: Floats, where: BoolArray) -> float:
    """Root mean square of what a model leaves, at the scale that fits it best."""
    values, model = excess[where].astype(np.float64), shown[where].astype(np.float64)
    scale = np.einsum("i,i", values, model) / max(float(np.einsum("i,i", model, model)), TINY)
    return float(np.sqrt(np.mean((values - scale * model) ** 2))) + TINY


def _single(layers: _Layers, excess: Floats, where: BoolArray) -> tuple[_Way, _Plateau]:
    """One plateau: the layer that leaves least at the height that fits it best, between layers by a parabola."""
    found = _Fitted.of(layers, excess, where)
    left = found.whole - found.scan**2 / np.maximum(np.diag(found.own), TINY)
    k = int(np.clip(left.argmin(), 1, len(left) - 2))
    before, least, after = left[k - 1 : k + 2]
    bend = max(before - 2 * least + after, TINY)
    place = k + float(np.clip((before - after) / (2 * bend), -1, 1))
    way = _Way(1.0, float(np.interp(place, np.arange(len(left)), layers.voxels)), found.left_hu(float(left.min())))
    return way, _Plateau(k, np.float32(found.scan[k] / max(found.own[k, k], TINY)))


def _nested(
    layers: _Layers, seen: Seen, others: tuple[Floats, float], near: BoolArray, s: AmountSettings
) -> tuple[_Way, int]:
    """A dense core in a looser rim, and which layer that is; weight 0 where there is no such pair of layers.

    A slice that a deposit fills in part looks like a rim: so the pair is told by slices that cut its core at nearly its
    widest, and then has to explain the others as well. A rim that leaves more than noise, and more than steps between
    layers make, is no model of it either.

    Parameters
    ----------
    others : (ndarray of float32, float)
        What the scan would show of levels of each place, and what is left by the better of that and one plateau, HU.
    """
    shown, others_hu = others
    dense = layers.shown[np.searchsorted(layers.hu, s.core_share * layers.hu[-1])].sum(axis=(1, 2))
    middle = dense >= s.widest * dense.max()
    where = near & middle[:, None, None]
    found = _Fitted.of(layers, seen.excess, where)
    pair = _best_pair(layers.hu, found, seen.noise_hu, s)
    if pair is None:
        return _Way(0.0, 0.0, 0.0), 0
    left_hu = found.left_hu(pair.left)
    model = np.float32(pair.rim_hu) * layers.shown[pair.outer] + np.float32(pair.core_hu) * layers.shown[pair.inner]
    better = min(_single(layers, seen.excess, where)[0].left_hu, _left(seen.excess, shown, where)) / left_hu
    everywhere = others_hu / _left(seen.excess, model, near)
    expected_hu = s.usual_misfit * float(np.hypot(seen.noise_hu, s.layers_doubt * layers.hu[-1]))
    explained = min(expected_hu / left_hu, 1.0) ** s.nested_misfit
    weight = s.nested_weight * (better * everywhere) ** s.nested_evidence * explained
    voxels = float(layers.voxels[pair.outer])
    return _Way(weight, voxels, left_hu, s.nested_doubt * voxels), pair.outer


class _Pair(NamedTuple):
    """Two layers: what they leave, squared and summed, which they are, and the HU that each adds."""

    left: float
    outer: int
    inner: int
    rim_hu: float
    core_hu: float


def _best_pair(hu: FloatArray, found: _Fitted, noise_hu: float, s: AmountSettings) -> _Pair | None:
    """The pair of layers that leaves least; None where there is none.

    An edge lies half way up its own step, or a little lower where it is curved: other pairs of layers are no model.
    """
    a, b = np.triu_indices(len(hu), s.layers_apart)
    with_itself, cross = np.diag(found.own), found.own[a, b]
    rest = np.maximum(with_itself[a] * with_itself[b] - cross**2, TINY)
    rim = (with_itself[b] * found.scan[a] - cross * found.scan[b]) / rest
    core = (with_itself[a] * found.scan[b] - cross * found.scan[a]) / rest
    good = (hu[a] >= s.rim_sigmas * noise_hu) & (core > 0) & (rim > s.least_rim * (rim + core))
    steps = ((hu[a], rim), (hu[b] - rim, core))
    for (height, step), (low, high) in zip(steps, (s.rim_edge, s.core_edge), strict=True):
        good &= (height >= low * step) & (height <= high * step)
    if not good.any():
        return None
    left = np.where(good, found.whole - rim * found.scan[a] - core * found.scan[b], np.inf)
    best = int(left.argmin())
    return _Pair(float(left[best]), int(a[best]), int(b[best]), float(rim[best]), float(core[best]))
