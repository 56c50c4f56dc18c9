"""What is found in real scans and what it is taken for: negatives stay empty, look-alikes are told."""

from __future__ import annotations

import tomllib
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from labelled import EXTREME_HU, Labelled
from shown import Row, Section, share, table

OBJECTS = Path(__file__).with_name("look_alikes.toml")
NEGATIVE = ("STS_004", "STS_012", "STS_044")
SPICULES = "STS_020"
NEAR_MM = 4.0
SOFT_MM3, UNCERTAIN_MM3 = 50.0, 100.0
PLAQUE_HU, PLAQUE_MM3 = 300, 50.0
CALCIUM_HU, CALCIUM_MM3 = 180, 50.0
VEIN_HU, VEIN_MM3, MOST = 1500, 500.0, 0.9


def add_negatives(section: Section, analyses: dict[str, Any]) -> None:
    """The series in which nothing is to be found."""
    for name in NEGATIVE:
        asked = f"{name}: no soft_tissue over {SOFT_MM3:.0f} mm3, at most one uncertain over {UNCERTAIN_MM3:.0f} mm3"
        if name not in analyses:
            section.skip(asked, "the series is not at hand")
            continue
        soft = _volumes(analyses[name], "soft_tissue", SOFT_MM3)
        uncertain = _volumes(analyses[name], "uncertain", UNCERTAIN_MM3)
        words = f"soft_tissue {_list(soft)}; uncertain {_list(uncertain)}"
        section.rows.append(Row.judged(asked, words, holds=not soft and len(uncertain) <= 1))


def add_objects(section: Section, analyses: dict[str, Any]) -> None:
    """The objects of the table."""
    for one in tomllib.loads(OBJECTS.read_text())["objects"]:
        asked = f"{one['scan']}: {one['what']} {' or '.join(one['allowed'])}"
        if one["scan"] not in analyses:
            section.skip(asked, "the scan is not at hand")
            continue
        said = [what_is_at(analyses[one["scan"]], point) for point in one["points_mm"]]
        told = [s for s in said if s != "nothing"] if one["may_be_missed"] else said
        holds = bool(told) and all(s in one["allowed"] for s in told)
        section.rows.append(Row.judged(asked, _counted(said), holds=holds))


def add_pelvis(section: Section, one: Labelled) -> None:
    """Nail and aorta of the labelled pelvis."""
    nail = one.values > EXTREME_HU
    metal = one.analysis.anatomy.metal.to_bool()
    within = int((nail & metal).sum())
    asked = "pelvis: the nail is metal"
    section.rows.append(Row.judged(asked, share(within, int(nail.sum())), holds=within == nail.sum()))
    foci = _foci(one, one.values > PLAQUE_HU, "aorta", PLAQUE_MM3)
    said = [what_is_at(one.analysis, one.grid.to_patient(index)) for index in foci]
    told = [s for s in said if s != "nothing"]  # they are few voxels large, and not each is listed
    holds = bool(told) and all(s == "vascular" for s in told)
    section.rows.append(Row.judged("pelvis: foci in the wall of the aorta vascular", _counted(said), holds=holds))


def add_chest(section: Section, one: Labelled) -> None:
    """Cartilage and veins of the labelled chest."""
    foci = _foci(one, one.values > CALCIUM_HU, "costal_cartilages", CALCIUM_MM3)
    said = [what_is_at(one.analysis, one.grid.to_patient(index)) for index in foci]
    right = sum(s in ("cartilage", "nothing", "contrast") for s in said)  # the artery behind the cartilage is enhanced
    holds = bool(said) and right == len(said)
    section.rows.append(
        Row.judged("chest: calcified costal cartilage is cartilage, or not listed", _counted(said), holds=holds)
    )
    veins = _parts(one.values > VEIN_HU, VEIN_MM3 / one.grid.voxel_mm3)
    anatomy = one.analysis.anatomy
    places = {"contrast": anatomy.contrast.to_bool(), "metal": anatomy.metal.to_bool()}
    places["skeleton"] = anatomy.skeleton.labels > 0
    counts = {name: int((mask & veins).sum()) for name, mask in places.items()}
    total = int(veins.sum())
    words = ", ".join(f"{name} {100 * count / max(total, 1):.0f} %" for name, count in counts.items())
    holds = total > 0 and counts["contrast"] >= MOST * total
    section.rows.append(
        Row.judged(f"chest: veins over {VEIN_HU} HU are contrast", f"{words} of their voxels", holds=holds)
    )


def add_cuts(section: Section, analyses: dict[str, Any]) -> None:
    """Deposits cut off bones: none of these scans has one that is attached, but for the spicules of STS_020."""
    cuts = {name: len(analysis.anatomy.skeleton.cuts) for name, analysis in analyses.items()}
    spicules = cuts.pop(SPICULES, 0)
    words = ", ".join(f"{name} {count}" for name, count in cuts.items() if count) or f"none in {len(cuts)} scans"
    words += f"; {spicules} in {SPICULES}, whose femur bears spicules"
    asked = "on bones without a deposit the attached-deposit splitter makes none"
    section.rows.append(Row.judged(asked, words, holds=bool(cuts) and not any(cuts.values())))


def add_listed(section: Section, analyses: dict[str, Any]) -> None:
    """Everything listed, as a table, and the share that stays uncertain."""
    rows, uncertain, everything = [], 0, 0
    for name, analysis in analyses.items():
        listed = Counter(str(one.category) for one in analysis.lesions)
        aside = Counter(str(one.category) for one in analysis.set_aside)
        soft = ", ".join(
            f"{one.amount.volume_mm3.value:.0f}" for one in analysis.lesions if one.category == "soft_tissue"
        )
        rows.append((name, _counts(listed), soft or "–", _counts(aside)))
        uncertain += listed["uncertain"]
        everything += sum(listed.values())
    section.rows.append(
        Row("share of listed objects that stay uncertain, all real scans", share(uncertain, everything), "said")
    )
    section.notes.append(table(("scan", "listed", "soft_tissue, mm3", "set aside"), rows))


def what_is_at(analysis: Any, point_mm: npt.ArrayLike) -> str:
    """Category of what lies within 4 mm of a place; skeleton, metal or contrast if taken for these; or nothing."""
    grid, anatomy = analysis.study.volume.grid, analysis.anatomy
    middle = np.rint(grid.to_index(point_mm)).astype(int)
    near = [
        (distance, str(one.category))
        for one in (*analysis.lesions, *analysis.set_aside)
        if (distance := _to_region_mm(one.deposit.envelope, middle, grid.spacing_mm)) <= NEAR_MM
    ]
    if near:
        return min(near)[1]
    box = tuple(slice(max(0, m - 1), m + 2) for m in middle)
    for name, found in (
        ("metal", anatomy.metal.within(box)),
        ("contrast", anatomy.contrast.within(box)),
        ("skeleton", anatomy.skeleton.labels[box] > 0),
    ):
        if found.any():
            return name
    return "nothing"


def _to_region_mm(region: Any, index: npt.NDArray[Any], spacing_mm: tuple[float, ...]) -> float:
    """Distance of a voxel to a region; its box first, for speed."""
    start, stop = np.array(region.start), np.array(region.stop)
    away = np.maximum(np.maximum(start - index, index - stop + 1), 0) * spacing_mm
    if np.linalg.norm(away) > NEAR_MM:
        return np.inf
    return float(np.linalg.norm((region.indices() - index) * spacing_mm, axis=1).min())


def _foci(one: Labelled, dense: npt.NDArray[np.bool_], organ: str, min_mm3: float) -> list[npt.NDArray[Any]]:
    """A voxel index in each dense part in an organ of the label map or at its edge, away from labelled bone."""
    from scipy import ndimage

    number = next(n for n, name in one.class_names.items() if name == organ)
    inside = one.classes == number
    reach = (1, *(max(1, round(2 / s)) for s in one.grid.spacing_mm[1:]))
    box = tuple(slice(max(0, w.min() - 5), w.max() + 6) for w in np.nonzero(inside))
    ball = np.ones([2 * r + 1 for r in reach], dtype=bool)
    inside = ndimage.binary_dilation(inside[box], ball)
    inside &= ~ndimage.binary_dilation(one.truth[box] > 0, ball)
    labels, count = ndimage.label(dense[box] & inside, np.ones((3, 3, 3)))
    found = []
    for k in range(1, count + 1):
        index = np.argwhere(labels == k)
        if len(index) * one.grid.voxel_mm3 >= min_mm3:
            middle = index.mean(axis=0)
            nearest = index[np.linalg.norm(index - middle, axis=1).argmin()]
            found.append(nearest + [s.start for s in box])
    return found


def _parts(mask: npt.NDArray[np.bool_], min_voxels: float) -> npt.NDArray[np.bool_]:
    """A mask without its small parts."""
    from scipy import ndimage

    labels, _ = ndimage.label(mask)
    return (np.bincount(labels.ravel()) >= min_voxels)[labels] & mask


def _volumes(analysis: Any, category: str, over_mm3: float) -> list[float]:
    volumes = [one.amount.volume_mm3.value for one in analysis.lesions if one.category == category]
    return sorted((v for v in volumes if v > over_mm3), reverse=True)


def _list(volumes: list[float]) -> str:
    return "none" if not volumes else f"{len(volumes)} ({', '.join(f'{v:.0f}' for v in volumes)} mm3)"


def _counted(said: list[str]) -> str:
    return _counts(Counter(said))


def _counts(counter: Counter[str]) -> str:
    return ", ".join(f"{name} {count}" for name, count in counter.most_common()) or "none"
