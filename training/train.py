"""Learn the bones of cells from posed meshes: ``python training/train.py MESHES CACHE``.

MESHES is the folder ``models`` of the package myo-sim. CACHE, a folder outside the repository, keeps what was made
from it. Writes ``src/calcimeter/knowledge/bone_names.npz``. No scan of a patient is used.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from itertools import islice, pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from meshes import Skeleton, assemble
from scenes import Scene, classes_of, scenes

from calcimeter.ct.anatomy.context import ContextModel, Network, features

WEIGHTS = Path(__file__).resolve().parents[1] / "src" / "calcimeter" / "knowledge" / "bone_names.npz"
FIRST_SCENES, SECOND_SCENES, HELD_OUT = 1500, 3100, 100
MOST_CELLS = 30_000
HIDDEN = (320, 128)
EPOCHS, BATCH, RATE = 8, 512, 1.5e-3
SMOOTHING, DROPOUT, NOISE = 0.03, 0.1, 0.1
Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]
Layers = list[list[Floats]]


class Samples(NamedTuple):
    """What is asked of cells, (n, inputs), and what they are, (n,)."""

    x: npt.NDArray[np.float16]
    label: Ints


def main(meshes: Path, cache: Path) -> None:
    """Make scenes, learn one network after the other, write the weights."""
    cache.mkdir(parents=True, exist_ok=True)
    skeleton = assemble(meshes)
    classes = classes_of(skeleton)

    def first_inputs(scene: Scene) -> Floats:
        return features(scene.share, scene.at)

    first = _learned(cache / "first", lambda seed, n: samples(_scenes(skeleton, seed, n), first_inputs), FIRST_SCENES)
    half = ContextModel(classes, first, first)

    def second_inputs(scene: Scene) -> Floats:
        return of_all_cells(scene, half)

    # Other scenes than the first network knows by heart, as a scan will be.
    second = _learned(
        cache / "second", lambda seed, n: samples(_scenes(skeleton, seed + 100, n), second_inputs), SECOND_SCENES
    )
    save(ContextModel(classes, first, second), WEIGHTS)


def _scenes(skeleton: Skeleton, seed: int, count: int) -> Iterator[Scene]:
    """So many scenes; those of whole bodies, which hold most cells, are left out."""
    fitting = (s for s in scenes(skeleton, np.random.default_rng(seed)) if np.count_nonzero(s.share) <= MOST_CELLS)
    return islice(fitting, count)


def _learned(cache: Path, make: Callable[[int, int], Samples], count: int) -> Network:
    """A network learned from cells of many scenes."""
    learned = _cached(cache.with_suffix(".npz"), lambda: make(1, count))
    held = _cached(cache.with_suffix(".held.npz"), lambda: make(2, HELD_OUT))
    return fit(learned, held)


def _cached(path: Path, make: Callable[[], Samples]) -> Samples:
    """What a file keeps, made if it is not there."""
    if not path.exists():
        made = make()
        np.savez(path, x=made.x, label=made.label)
    with np.load(path) as stored:
        return Samples(stored["x"], stored["label"])


def samples(seen: Iterator[Scene], inputs: Callable[[Scene], Floats]) -> Samples:
    """Cells of many scenes."""
    x, label = [], []
    for scene in seen:
        x.append(inputs(scene).astype(np.float16))
        label.append(scene.label)
    return Samples(np.concatenate(x), np.concatenate(label))


def of_all_cells(scene: Scene, model: ContextModel) -> Floats:
    """What the second network is asked about a scene's samples, with what the first thinks of all its cells."""
    cells = np.argwhere(scene.share > 0)
    row = np.zeros(scene.share.shape, dtype=np.int64)
    row[tuple(cells.T)] = np.arange(len(cells))
    told = np.full(len(cells), -1)
    told[row[tuple(scene.told_at.T)]] = scene.told
    inputs: Floats = model.second_inputs(scene.share, cells, told)[row[tuple(scene.at.T)]]
    return inputs


def fit(learned: Samples, held: Samples) -> Network:
    """Adam on the cross-entropy, with noise on the inputs and a rate that falls to 0."""
    random = np.random.default_rng(3)
    mean = learned.x[::20].astype(np.float32).mean(axis=0)
    scale = learned.x[::20].astype(np.float32).std(axis=0) + 1e-3
    sizes = (learned.x.shape[1], *HIDDEN, int(learned.label.max()) + 1)
    layers: Layers = [
        [random.normal(0, np.sqrt(2 / a), (a, b)).astype(np.float32), np.zeros(b, dtype=np.float32)]
        for a, b in pairwise(sizes)
    ]
    network = Network(mean, scale, tuple((weights, bias) for weights, bias in layers))
    moments = [[(np.zeros_like(p), np.zeros_like(p)) for p in layer] for layer in layers]
    steps = EPOCHS * (len(learned.label) // BATCH)
    for step, rows in enumerate(_batches(len(learned.label), random), 1):
        x = (learned.x[rows].astype(np.float32) - mean) / scale
        x += random.standard_normal(x.shape, dtype=np.float32) * NOISE
        gradients = _gradients(layers, x, learned.label[rows], random)
        rate = RATE * 0.5 * (1 + np.cos(np.pi * step / steps)) * min(1, step / 300)
        _adam(layers, moments, gradients, rate, step)
        if step % (steps // EPOCHS) == 0:
            print(f"{step} of {steps} steps: {_right(network, held):.3f}", flush=True)  # noqa: T201
    return network


def _batches(count: int, random: np.random.Generator) -> Iterator[Ints]:
    """Rows, each once an epoch."""
    for _ in range(EPOCHS):
        order = random.permutation(count)
        for start in range(0, count - BATCH + 1, BATCH):
            yield order[start : start + BATCH]


def _gradients(layers: Layers, x: Floats, label: Ints, random: np.random.Generator) -> Layers:
    """Of the mean cross-entropy with smoothed labels, for every layer."""
    inputs, masks = [x], []
    for weights, bias in layers[:-1]:
        h = inputs[-1] @ weights + bias
        kept = (random.random(h.shape, dtype=np.float32) > DROPOUT).astype(np.float32) / (1 - DROPOUT)
        masks.append((h > 0) * kept)
        inputs.append(h * masks[-1])
    out = inputs[-1] @ layers[-1][0] + layers[-1][1]
    out = np.exp(out - out.max(axis=1, keepdims=True))
    error = out / out.sum(axis=1, keepdims=True) - SMOOTHING / out.shape[1]
    error[np.arange(len(label)), label] -= 1 - SMOOTHING
    error /= len(label)
    gradients = []
    for k in range(len(layers) - 1, -1, -1):
        gradients.append([inputs[k].T @ error, error.sum(axis=0)])
        if k:
            error = (error @ layers[k][0].T) * masks[k - 1]
    return gradients[::-1]


def _adam(
    layers: Layers, moments: list[list[tuple[Floats, Floats]]], gradients: Layers, rate: float, step: int
) -> None:
    """One step of Adam with decoupled decay of the weights, in place."""
    for layer, of_layer, gradient in zip(layers, moments, gradients, strict=True):
        for k, (p, (m, v), g) in enumerate(zip(layer, of_layer, gradient, strict=True)):
            m += 0.1 * (g - m)
            v += 0.001 * (g * g - v)
            p -= rate * (m / (1 - 0.9**step)) / (np.sqrt(v / (1 - 0.999**step)) + 1e-8)
            if k == 0:
                p -= rate * 1e-3 * p


def _right(network: Network, held: Samples) -> float:
    """Share of held-out cells that are right."""
    parts = [slice(k, k + 8192) for k in range(0, len(held.label), 8192)]
    guess = np.concatenate([network.run(held.x[rows].astype(np.float32))[1].argmax(axis=1) for rows in parts])
    return float((guess == held.label).mean())


def save(model: ContextModel, path: Path) -> None:
    """Weights in half precision."""
    arrays = {"classes": np.array(model.classes)}
    for name, network in (("first", model.first), ("second", model.second)):
        arrays |= {f"{name}_mean": network.mean, f"{name}_scale": network.scale}
        for k, (weights, bias) in enumerate(network.layers):
            arrays[f"{name}_weights{k}"] = weights.astype(np.float16)
            arrays[f"{name}_bias{k}"] = bias.astype(np.float16)
    np.savez_compressed(path, allow_pickle=False, **arrays)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
