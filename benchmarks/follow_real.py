"""Real series against themselves, with a planted deposit: lines of JSON that benchmarks/follow.py puts on its page.

    python benchmarks/follow_real.py [--rows FILE]

A deposit of known size is drawn into muscle of each series. The later scan is the series with noise, turned and
resampled, with thick slices and cropped; with the deposit at half its volume; and without it. The series are also
compared with one another: no two patients may be taken for one without a word.
"""

from __future__ import annotations

import argparse
import itertools
import json
import time
from pathlib import Path
from typing import Any

import numpy as np

from calcimeter.errors import CalcimeterError
from calcimeter.follow.analysis_result import result_of
from calcimeter.follow.response import compare_studies
from calcimeter.load.options import LoadOptions
from calcimeter.load.study import load_study, study_from_array
from calcimeter.model.result import StudyResult
from calcimeter.pipeline import analyze_ct

DATA = Path(__file__).resolve().parents[2] / "shared" / "data" / "sts"
PLANTED = {"STS_004": (-97.0, 50.0, 740.0), "STS_012": (-65.0, -25.0, -805.0), "STS_044": (-85.0, 40.0, -815.0)}
"""A place in muscle or tumor without calcium, LPS mm: inside the boxes of planted.toml."""
RADII_MM = np.array([10.0, 9.0, 12.0])
DEPOSIT_HU = 420.0
FINE = 4
WAYS: dict[str, dict[str, Any]] = {
    "noise of 8 HU": {"noise_hu": 8.0},
    "turned by 3, -4, 10 degrees, 2.5 mm slices": {
        "spacing_mm": (2.5, 0.9, 0.9),
        "turns_deg": (3, -4, 10),
        "noise_hu": 5.0,
    },
    "turned by 8 degrees, 5 mm slices": {"spacing_mm": (5.0, 0.8, 0.8), "turns_deg": (0, 0, -8), "noise_hu": 5.0},
}


def main() -> None:
    """Write the lines."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=Path, default=Path("follow-real.jsonl"))
    rows_path = parser.parse_args().rows
    first: dict[str, StudyResult] = {}
    rows: list[dict[str, Any]] = []
    for name, place in PLANTED.items():
        study = load_study(DATA / name)
        values, affine = study.volume.values, study.volume.grid.affine
        options = LoadOptions(None, study.kvp, "HFS")
        whole = planted(values, affine, np.array(place), 1.0)
        first[name] = _analyzed(whole, affine, options)
        later = {way: again(whole, affine, **how) for way, how in WAYS.items()}
        later["the deposit at half its volume"] = planted(values, affine, np.array(place), 0.5), affine
        later["without the deposit"] = values, affine
        for way, (hu, grid) in later.items():
            rows.append({"series": name, "way": way, **_compared(first[name], _analyzed(hu, grid, options), place)})
            print(json.dumps(rows[-1]), flush=True)
    for one, other in itertools.permutations(first, 2):
        rows.append({"series": one, "other": other, **_compared(first[one], first[other], PLANTED[one])})
        print(json.dumps(rows[-1]), flush=True)
    rows_path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def planted(values: Any, affine: Any, center_mm: Any, share: float) -> Any:
    """The scan with an ellipsoid in it, partial volume counted, at a share of its full volume."""
    radii = RADII_MM * share ** (1 / 3)
    to_index = np.linalg.inv(affine)
    middle = to_index[:3, :3] @ center_mm + to_index[:3, 3]
    reach = radii.max() / np.linalg.norm(affine[:3, :3], axis=0) + 2
    low, high = np.floor(middle - reach).astype(int), np.ceil(middle + reach).astype(int)
    steps = (np.arange(FINE) + 0.5) / FINE - 0.5
    axes = [(np.arange(a, b)[:, None] + steps).ravel() for a, b in zip(low, high, strict=True)]
    index = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1)
    points = index @ affine[:3, :3].T + affine[:3, 3] - center_mm
    inside = ((points / radii) ** 2).sum(axis=-1) <= 1
    size = high - low
    part = inside.reshape(size[0], FINE, size[1], FINE, size[2], FINE).mean(axis=(1, 3, 5))
    drawn = values.astype(np.float32)
    box = tuple(slice(a, b) for a, b in zip(low, high, strict=True))
    drawn[box] += part * (DEPOSIT_HU - 50.0)  # on top of muscle, so that its noise stays
    return np.rint(drawn).astype(np.int16)


def again(
    values: Any, affine: Any, *, spacing_mm: Any = None, turns_deg: Any = (0, 0, 0), noise_hu: float = 0.0
) -> tuple[Any, Any]:
    """The scan resampled about its middle."""
    from scipy.ndimage import affine_transform
    from scipy.spatial.transform import Rotation

    own = np.linalg.norm(affine[:3, :3], axis=0)
    new = own if spacing_mm is None else np.array(spacing_mm)
    random = np.random.default_rng(9)
    grid, hu = affine.copy(), values.astype(np.float32)
    if spacing_mm is not None:
        turn = Rotation.from_euler("xyz", turns_deg, degrees=True).as_matrix()
        middle = affine[:3, :3] @ ((np.array(values.shape) - 1) / 2) + affine[:3, 3]
        shape = np.rint(np.array(values.shape) * own / new).astype(int)
        grid[:3, :3] = affine[:3, :3] / own * new
        grid[:3, 3] = middle - grid[:3, :3] @ ((shape - 1) / 2)
        back = np.eye(4)
        back[:3, :3], back[:3, 3] = turn.T, middle - turn.T @ middle
        to_source = np.linalg.inv(affine) @ back @ grid
        hu = affine_transform(hu, to_source[:3, :3], to_source[:3, 3], tuple(shape), order=1, cval=-1000)
    hu += random.normal(0.0, noise_hu, hu.shape)
    return np.clip(np.rint(hu), -1024, 3071).astype(np.int16), grid


def _analyzed(values: Any, affine: Any, options: LoadOptions) -> StudyResult:
    return result_of(analyze_ct(study_from_array(values, affine, options)))


def _compared(one: StudyResult, other: StudyResult, place: Any) -> dict[str, Any]:
    """What is said of the planted deposit and of how many others, or why nothing is."""
    began = time.perf_counter()
    try:
        comparison = compare_studies(one, other)
    except CalcimeterError as error:
        return {"refused": type(error).__name__}
    near = {lesion.id for lesion in one.lesions if np.linalg.norm(np.array(lesion.centroid_mm) - place) < 8}
    own = [change for change in comparison.changes if near & set(change.earlier)]
    true = 4 / 3 * np.pi * float(RADII_MM.prod())
    fit = comparison.fit
    return {
        "state": own[0].state if own else "none",
        "because": own[0].because if own else "",
        "change_percent": None if not own or own[0].change_mm3 is None else 100 * own[0].change_mm3 / true,
        "others": [change.state for change in comparison.changes if change not in own],
        "response": comparison.response,
        "apart_mm": None if fit is None else fit.apart_mm,
        "held": None if fit is None else fit.held,
        "marked": [caveat.code for caveat in comparison.caveats],
        "seconds": time.perf_counter() - began,
    }


if __name__ == "__main__":
    main()
