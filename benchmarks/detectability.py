"""How well a gland of known place and size is told from none: the pipeline beside prewhitening matched filters.

Several filters are compared on the same images. All look, as the pipeline does, at what the delayed image has beyond
the washed-out early one, for how the tracer lies in a thyroid is known to none; all are given the gland's place and
size.

- ``known statistically``: the prewhitening matched filter for a signal known exactly and a background known
  statistically (the Hotelling observer). Its covariance is that of counting, and of what differs from patient to
  patient and no image tells beforehand: washout of both lobes and of each, of tissue, salivary glands and heart, and by
  how much neck, head and torso lie elsewhere in the delayed image, by the spreads with which ``necks.py`` draws them.
- ``known exactly``: the same with washout, shift and every mean given, which no observer of images has.
- ``both``: every mean of both images given, the gland's uptake in the early image too.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from calcimeter.geometry.planar import shifted
from calcimeter.phantom.neck import Camera, Neck, Source
from calcimeter.phantom.neck.camera import HALF_LIFE_MIN, image_of, position_px, sum_of
from calcimeter.scintigraphy.align import align, refine
from calcimeter.scintigraphy.focus import retained
from calcimeter.scintigraphy.lobes import find_lobes
from calcimeter.scintigraphy.look import around_thyroid, hot_regions
from calcimeter.scintigraphy.settings import ScintigraphySettings
from calcimeter.scintigraphy.washout import wash_out
from calcimeter.scintigraphy.zones import search_zones
from necks import BENT_MM, SHIFT_MM, TURN_DEG, draw, place_in

Image = npt.NDArray[np.float64]
Scores = dict[str, tuple[list[float], list[float]]]

SETTINGS = ScintigraphySettings()
PLACES = {"upper pole": -0.75, "middle": 0.0, "lower pole": 0.85}
TARGET = 2.0
"""The d' that the filter with everything known has: an area under the ROC curve of 0.92, where both errors happen."""
RADII_MM = (5.0, 6.0, 5.0)
DEPTH_MM = 38.0
FORM_PX = 21
"""Side of an image that holds such a gland and its blur; odd, so that one pixel is its middle."""
ISTHMUS_MM = 18.0
"""Depth by which the isthmus is told from what else takes up tracer."""
KEPT_SPREAD = {"lobes": 0.087, "lobe": 0.029, "tissue": 0.072, "hot": 0.115}
"""Standard deviations of what ``necks.py`` draws evenly: 0.3 to 0.6; 5 % either way; 0.6 to 0.85; 0.6 to 1."""


FILTERS = ("known statistically", "known exactly", "both")


@dataclass(frozen=True)
class Scene:
    """What the filters know of one neck: means of both images, the early one moved onto the delayed one."""

    neck: Neck
    gland: Source
    camera: Camera

    @property
    def kept(self) -> float:
        """Share of early counts that the gland's lobe gives in the delayed image."""
        return kept_counts(self.neck.right, self.camera)

    @property
    def place(self) -> tuple[float, float]:
        """Row and column of the gland in the delayed image."""
        return position_px(self.camera, self.gland.center_mm[:2], delayed=True)

    def early(self, *sources: Source) -> Image:
        """Mean of the early image."""
        return self.moved(sum_of(sources, self.camera, delayed=False))

    def delayed(self, *sources: Source) -> Image:
        """Mean of the delayed image."""
        return sum_of(sources, self.camera, delayed=True)

    def moved(self, early: Image) -> Image:
        """An early image where the patient lies in the delayed one."""
        x, z = self.camera.shift_mm
        return shifted(early, (-z / self.camera.pixel_mm, x / self.camera.pixel_mm))

    @property
    def signal(self) -> Image:
        """What the gland adds to the excess."""
        return self.delayed(self.gland) - self.kept * self.early(self.gland)

    @property
    def variance(self) -> Image:
        """Of the excess by counting; where there is no body, moving leaves ripples that are no variance."""
        sources = self.neck.sources
        return np.clip(self.delayed(*sources) + self.kept**2 * self.early(*sources), 1.0, None)


def detectability(
    first: int, necks: dict[str, int], pairs: int
) -> list[tuple[str, dict[str, tuple[float, float, float]]]]:
    """For each place, the pipeline's d' over each filter's, with its 95 % limits.

    ``necks`` of each place, ``pairs`` of images each. ``bound``: what the filter of a background known statistically
    has of that of one known exactly.
    """
    found = []
    for k, (name, along) in enumerate(PLACES.items()):
        seeds = [first + 500 + k + len(PLACES) * n for n in range(necks[name])]
        seen = [_scores(_problem(seed, along), pairs) for seed in seeds]
        ratios = {kind: _ratio(seen, "own", kind) for kind in FILTERS}
        found.append((name, {**ratios, "bound": _ratio(seen, "known statistically", "known exactly")}))
    return found


def kept_counts(lobe: Source, camera: Camera) -> float:
    """Share of early counts that a source gives in the delayed image."""
    times = camera.after_injection_min
    return lobe.kept * 0.5 ** ((times[1] - times[0]) / HALF_LIFE_MIN) * camera.duration_s[1] / camera.duration_s[0]


def _problem(seed: int, along: float) -> Scene:
    """A neck, and a gland in its right lobe of an uptake that is neither lost nor plain."""
    neck, camera = draw("negative", seed)
    camera = replace(camera, pixels=128, pixel_mm=2.4, turn_deg=0.0)
    x, z = place_in(neck.right, along)
    scene = Scene(neck, Source((x, z, DEPTH_MM), RADII_MM, 1.0, 0.9), camera)
    d = math.sqrt(float((scene.signal**2 / scene.variance).sum()))
    return replace(scene, gland=replace(scene.gland, uptake=TARGET / d))


def _scores(scene: Scene, pairs: int) -> Scores:
    """What every observer says of the same images without and with the gland."""
    sources, kept = scene.neck.sources, scene.kept
    means = [sum_of(sources, scene.camera, delayed=late) for late in (False, True)]
    added = [sum_of((scene.gland,), scene.camera, delayed=late) for late in (False, True)]
    signal, variance = scene.signal, scene.variance
    statistical = _template(signal, variance, _unknowns(scene))
    exact = signal / variance
    joint = [gland / np.clip(mean, 1.0, None) for gland, mean in zip(added, means, strict=True)]
    scores: Scores = {kind: ([], []) for kind in ("own", *FILTERS)}
    for k in range(pairs):
        chance = np.random.default_rng([scene.camera.seed, k])
        plain = [chance.poisson(mean).astype(np.float64) for mean in means]
        gland = [chance.poisson(mean).astype(np.float64) for mean in added]
        for present in (0, 1):
            early, delayed = (one + present * more for one, more in zip(plain, gland, strict=True))
            excess = delayed - kept * scene.moved(early)
            scores["known statistically"][present].append(float((statistical * excess).sum()))
            scores["known exactly"][present].append(float((exact * excess).sum()))
            scores["both"][present].append(float((joint[0] * early + joint[1] * delayed).sum()))
            scores["own"][present].append(_own(early, delayed, scene))
    return scores


def _unknowns(scene: Scene) -> Image:
    """What the excess of a neck differs by from patient to patient: a standard deviation of each cause."""
    neck, kept = scene.neck, scene.kept
    share = kept / neck.right.kept
    isthmus = [one for one in neck.others if one.center_mm[2] == ISTHMUS_MM]
    hot = [one for one in neck.others if one.center_mm[2] != ISTHMUS_MM]
    right, left = scene.early(neck.right, *isthmus), scene.early(neck.left)
    causes = [(right + left) * KEPT_SPREAD["lobes"] * share]
    causes += [one * KEPT_SPREAD["lobe"] * kept for one in (right, left)]
    causes += [scene.early(*neck.tissue) * KEPT_SPREAD["tissue"] * share]
    causes += [scene.early(one) * KEPT_SPREAD["hot"] * share for one in hot]
    pixel_mm = scene.camera.pixel_mm
    everything = np.gradient(scene.delayed(*neck.sources))
    causes += [slope * SHIFT_MM / pixel_mm for slope in everything]
    rows, columns = np.indices(right.shape)
    middle = position_px(scene.camera, (0.0, 0.0), delayed=True)
    turn = everything[0] * (columns - middle[1]) - everything[1] * (rows - middle[0])
    causes += [turn * math.radians(TURN_DEG)]
    head, torso = [one for one in hot if one.center_mm[1] > 0], [one for one in hot if one.center_mm[1] < 0]
    for part in (head, [*torso, neck.tissue[1]]):
        causes += [slope * BENT_MM / pixel_mm for slope in np.gradient(scene.delayed(*part))]
    return np.stack(causes)


def _template(signal: Image, variance: Image, causes: Image) -> Image:
    """The signal prewhitened: the inverse of counting's and the causes' covariance, by Woodbury's identity."""
    rows = causes.reshape(len(causes), -1)
    white = rows / variance.ravel()
    shares = np.linalg.solve(np.eye(len(rows)) + white @ rows.T, white @ signal.ravel())
    return np.asarray((signal - np.tensordot(shares, causes, axes=1)) / variance)


def _own(early: Image, delayed: Image, scene: Scene) -> float:
    """The counts retained at the place under a gland of the size, all else found by the pipeline itself."""
    from scipy.ndimage import map_coordinates

    pixel_mm = scene.camera.pixel_mm
    alignment = align(early, delayed, pixel_mm, SETTINGS.align)
    lobes = find_lobes(shifted(early, alignment.shift_px), pixel_mm, SETTINGS.lobes)
    alignment = refine(early, delayed, around_thyroid(lobes, pixel_mm), alignment)
    moved = shifted(early, alignment.shift_px)
    hot = hot_regions(moved, delayed, lobes, pixel_mm, SETTINGS.focus.halo_mm)
    zones = search_zones(moved, delayed, lobes, hot, pixel_mm, SETTINGS.focus)
    if not zones.lobes[round(scene.place[0]), round(scene.place[1])]:
        return 0.0  # the pipeline sees no lobe there, and says nothing
    washout = wash_out(moved, delayed, lobes, zones.hot, pixel_mm, SETTINGS.washout)
    filtered, spread, _ = retained(washout, _form(scene))
    return float(map_coordinates(filtered / spread, np.array([scene.place]).T, order=3)[0])


def _form(scene: Scene) -> Image:
    """A gland of the known size in the middle of an image of its own, under the camera's blur; of sum 1."""
    middle = (0.0, 0.0, DEPTH_MM)
    camera = replace(scene.camera, pixels=FORM_PX, shift_mm=middle[:2])
    form = image_of(replace(scene.gland, center_mm=middle), camera, delayed=False)
    return np.asarray(form / form.sum())


def _mean_d(necks: list[Scores], kind: str, picks: npt.NDArray[np.int64] | None = None) -> float:
    """The mean over necks of d', of all images or of those drawn."""
    ds = []
    for k, scores in enumerate(necks):
        without, present = (np.array(one) for one in scores[kind])
        if picks is not None:
            without, present = without[picks[k]], present[picks[k]]
        spread = math.sqrt((present.var(ddof=1) + without.var(ddof=1)) / 2)
        # Without a spread an observer says the same of every image, as where it sees no lobe: it tells nothing.
        ds.append(float(present.mean() - without.mean()) / spread if spread > 0 else 0.0)
    return float(np.mean(ds))


def _ratio(necks: list[Scores], one: str, other: str) -> tuple[float, float, float]:
    """One observer's d' over another's, and its limits by drawing necks, and their images, again and again."""
    chance = np.random.default_rng(3)
    pairs = len(necks[0]["own"][0])
    drawn = []
    for _ in range(1000):
        some = [necks[k] for k in chance.integers(0, len(necks), len(necks))]
        picks = chance.integers(0, pairs, (len(necks), pairs))
        drawn.append(_mean_d(some, one, picks) / _mean_d(some, other, picks))
    low, high = np.percentile(drawn, [2.5, 97.5])
    return _mean_d(necks, one) / _mean_d(necks, other), float(low), float(high)
