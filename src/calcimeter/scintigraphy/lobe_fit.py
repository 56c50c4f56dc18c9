"""The lobes of one image explained by those of another: where each lies, with background and foci beside it."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from calcimeter.geometry.planar import smoothed
from calcimeter.model.grid import FloatArray
from calcimeter.scintigraphy.focus import FWHM, Spot
from calcimeter.scintigraphy.washout import Lobes, Washout

Mask = npt.NDArray[np.bool_]

SMOOTH_MM = 3.0
"""Both images alike, before they are compared: less than the blur of a camera, and edges have a slope then."""
REACH_MM = 20.0
"""From a lobe, as far as it has to be explained."""
FADES_MM = (8.0, 16.0)
"""From a lobe, where its own counts begin and end to fade."""
GROUND_MM = 30.0
"""What a slow background is told by; it only keeps numbers near 1."""
LIKELY_MM = (8.0, 8.0, 6.0)
"""Standard deviations of a move down, to the right and of a pole by a turn, before the images are seen."""
FARTHEST_MM = 3.0
"""A step of the fit; farther the slope of an edge is not the edge's."""
STEPS = 8
STARTS_MM, STARTS_DEG = 7.0, 14.0
"""Other places where a fit begins: one lobe up and one down, and both turned. From the first it may not get there."""
SHAPED_Z = 8.0
"""Of a focus, beyond it its own length and width are told."""
LEAST_SHARE, LEAST_VARIANCE = 0.05, 0.3
RIDGE = 1e-9
"""Of a term's own weight, for terms that are nearly alike."""


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """One lobe's net counts as coefficients of a spline, its center, its axis, and half its length."""

    spline: FloatArray
    center: FloatArray
    axis: FloatArray
    half_length: float


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """Lobes of one image, and the other image that they have to explain.

    Parameters
    ----------
    where : ndarray of bool, (rows, columns)
        Around the thyroid, what is hot left out; the images are cut to it.
    other, weight : ndarray, (pixels,)
        The other image there, and the inverse of its variance.
    ground, foci : ndarray, (terms, pixels)
    """

    parts: tuple[Part, ...]
    where: Mask
    other: FloatArray
    weight: FloatArray
    ground: FloatArray
    foci: FloatArray
    pixel_mm: float

    @property
    def alone(self) -> Scene:
        """Without foci."""
        return replace(self, foci=self.foci[:0])


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """What is left unexplained, as a chi-square, and where every lobe lies: down, right, and a pole by a turn."""

    left: float
    poses: FloatArray


def scene_of(washout: Washout, lobes: Lobes, spots: tuple[Spot, ...], hot: Mask, pixel_mm: float) -> Scene:
    """Lobes and background of the early image, with what was found as a focus, against the delayed image.

    Parameters
    ----------
    hot : ndarray of bool
        Salivary glands and heart: not to be explained.
    """
    from scipy.ndimage import distance_transform_edt, spline_filter

    distance = np.stack([distance_transform_edt(~lobe.mask) * pixel_mm for _, lobe in lobes])
    nearest, sigma = distance.min(axis=0), SMOOTH_MM / pixel_mm
    belongs = 1 / (distance + 1.0) ** 2
    belongs = belongs / belongs.sum(axis=0)
    fades = np.clip((FADES_MM[1] - nearest) / (FADES_MM[1] - FADES_MM[0]), 0.0, 1.0)
    net = smoothed(washout.early - washout.background_early, sigma) * fades
    rows, columns = np.nonzero(nearest < REACH_MM + SMOOTH_MM)
    cut = (slice(rows.min(), rows.max() + 1), slice(columns.min(), columns.max() + 1))
    corner = np.array([rows.min(), columns.min()], np.float64)
    parts = tuple(
        Part(
            np.asarray(spline_filter((own * net)[cut], order=3)),
            np.array(lobe.center_px) - corner,
            np.array(lobe.axis),
            lobe.half_length_px,
        )
        for own, (_, lobe) in zip(belongs, lobes, strict=True)
    )
    where = ((nearest < REACH_MM) & ~hot)[cut]
    y, x = (one[where] for one in np.indices(where.shape))
    middle = np.mean([part.center for part in parts], axis=0)
    v, u = (y - middle[0]) * pixel_mm / GROUND_MM, (x - middle[1]) * pixel_mm / GROUND_MM
    foci = [_focus(np.stack([y, x]) - np.array(spot.place)[:, None] + corner[:, None], spot, sigma) for spot in spots]
    seen = [term for one in foci if one.size and one[0].max() > np.exp(-0.5) for term in one]
    return Scene(
        parts=parts,
        where=where,
        other=smoothed(washout.delayed, sigma)[cut][where],
        weight=1 / np.clip(washout.variance[cut][where], LEAST_VARIANCE, None),
        ground=np.stack([np.ones(y.shape), v, u, v * v, v * u, u * u]),
        foci=np.reshape(seen, (len(seen), len(y))),
        pixel_mm=pixel_mm,
    )


def _focus(beside: FloatArray, spot: Spot, sigma_px: float) -> FloatArray:
    """A Gaussian, and how it differs where a gland is longer or wider: bright ones are not quite the filter's shape."""
    variance = (spot.width_px / FWHM) ** 2 + sigma_px**2
    squares = np.square(beside) / variance
    form = np.exp(-squares.sum(axis=0) / 2)
    return np.stack([form, *(squares - 1) * form]) if spot.z > SHAPED_Z else form[None]


def starts(scene: Scene) -> list[FloatArray]:
    """Where fits begin: the places of all lobes as ``Fit`` has them."""
    nowhere = np.zeros((len(scene.parts), 3))
    if len(scene.parts) < 2:
        return [nowhere]
    by_px, up_and_down = STARTS_MM / scene.pixel_mm, nowhere.copy()
    up_and_down[:, 0] = by_px, -by_px
    middle = np.mean([part.center for part in scene.parts], axis=0)
    begun = [nowhere, up_and_down, -up_and_down]
    for angle in (math.radians(STARTS_DEG), -math.radians(STARTS_DEG)):
        turn = _rotation(angle).T - np.eye(2)
        poses = [[*(turn @ (part.center - middle)), angle * part.half_length] for part in scene.parts]
        begun.append(np.array(poses))
    return begun


def _rotation(angle: float) -> FloatArray:
    return np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])


def _placed(part: Part, pose: FloatArray) -> FloatArray:
    """A lobe moved and turned about its own center."""
    from scipy.ndimage import affine_transform

    back = _rotation(float(pose[2]) / part.half_length)
    offset = part.center - back @ (part.center + pose[:2])
    return np.asarray(affine_transform(part.spline, back, offset=offset, order=3, prefilter=False, mode="constant"))


def pole_mm(part: Part, pose: FloatArray, pixel_mm: float) -> float:
    """By how much the middle or a pole of a lobe lies elsewhere."""
    aside = np.array([-part.axis[1], part.axis[0]]) * pose[2]
    return max(float(np.hypot(*(pose[:2] + end * aside))) for end in (-1, 0, 1)) * pixel_mm


def together(scene: Scene) -> Fit:
    """The place of all lobes together at which they explain the other image best.

    The images were laid on each other by counts in which foci have a part: glands at both lower poles draw them along.
    """
    return min(_steps(scene, np.zeros((len(scene.parts), 3)), each=False), key=lambda fit: fit.left)


def apart(scene: Scene, begun: list[FloatArray]) -> Fit:
    """The place and turn of every lobe at which they explain the other image best."""
    return min((fit for start in begun for fit in _steps(scene, start, each=True)), key=lambda fit: fit.left)


def _steps(scene: Scene, poses: FloatArray, *, each: bool) -> list[Fit]:
    """Least squares step by step (Gauss-Newton), shares of the lobes, background and foci free in every one."""
    known = 1 / np.square(np.array(LIKELY_MM) / scene.pixel_mm)
    parts, fits = len(scene.parts), []
    free = np.eye(3 * parts) if each else np.tile(np.eye(3)[:2], parts)
    for _ in range(STEPS):
        placed = [_placed(part, pose) for part, pose in zip(scene.parts, poses, strict=True)]
        terms = np.concatenate([[one[scene.where] for one in placed], scene.ground, scene.foci])
        shares, left = _explained(scene, terms)
        fits.append(Fit(left + float((poses**2 * known).sum()), poses))
        slopes = np.concatenate(
            [
                max(share, LEAST_SHARE) * _slopes(part, image, pose, scene.where)
                for part, image, pose, share in zip(scene.parts, placed, poses, shares, strict=False)
            ]
        )
        every = np.concatenate([terms, free @ slopes])
        normal, right = (every * scene.weight) @ every.T, (every * scene.weight) @ scene.other
        moves = slice(len(terms), None)
        normal[moves, moves] += (free * np.tile(known, parts)) @ free.T
        right[moves] -= free @ (poses * known).ravel()
        found = (_solved(normal, right)[moves] @ free).reshape(parts, 3)
        farthest = FARTHEST_MM / scene.pixel_mm
        poses = poses + np.clip(found, -farthest, farthest)
    return fits


def _slopes(part: Part, image: FloatArray, pose: FloatArray, where: Mask) -> FloatArray:
    """What a lobe gains by a pixel down, a pixel to the right, and a turn that moves its pole by one."""
    down, right = _gradient(image)
    y, x = np.indices(image.shape)
    y, x = y - part.center[0] - pose[0], x - part.center[1] - pose[1]
    return np.stack([one[where] for one in (-down, -right, (right * y - down * x) / part.half_length)])


def _gradient(image: FloatArray) -> FloatArray:
    """What a pixel gains downward, and to the right."""
    return np.asarray(np.gradient(image))


def _explained(scene: Scene, terms: FloatArray) -> tuple[FloatArray, float]:
    """Weights of the terms, and the chi-square that they leave."""
    weighted = terms * scene.weight
    found = _solved(weighted @ terms.T, weighted @ scene.other)
    return found, float((scene.weight * np.square(scene.other - found @ terms)).sum())


def _solved(normal: FloatArray, right: FloatArray) -> FloatArray:
    own = np.diag(normal)
    return np.asarray(np.linalg.solve(normal + np.diag(RIDGE * own + 1e-12), right))


def doubled(scene: Scene) -> tuple[float, float]:
    """By how much better a lobe seen in two places explains the other image, and how far apart these are, in mm.

    Two places at a distance d, half of the time each, spread the counts along their line by d * d / 4: half of that is
    the weight of the second derivative.
    """
    poses = together(scene).poses
    placed = [_placed(part, pose) for part, pose in zip(scene.parts, poses, strict=True)]
    alone, shares = np.array([image[scene.where] for image in placed]), np.ones(len(placed))
    gain, spread = 0.0, np.zeros((2, 2))
    for _ in range(2):  # how much each lobe keeps is told first, then how it is spread
        down, right = _gradient(np.tensordot(shares, placed, axes=1))
        (down_down, down_right), (_, right_right) = _gradient(down), _gradient(right)
        bends = [one[scene.where] for one in (down_down, 2 * down_right, right_right)]
        plain = np.concatenate([alone, [down[scene.where], right[scene.where]], scene.ground, scene.foci])
        found, left = _explained(scene, np.concatenate([plain, bends]))
        gain = _explained(scene, plain)[1] - left
        shares = np.clip(found[: len(placed)], LEAST_SHARE, None)
        spread = np.array([[found[-3], found[-2]], [found[-2], found[-1]]]) * 2 * scene.pixel_mm**2
    return gain, 2 * math.sqrt(max(float(np.linalg.eigvalsh(spread)[-1]), 0.0))
