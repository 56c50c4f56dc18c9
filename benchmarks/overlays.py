"""Pictures of what was found, for looking at; they hold real patients and are never committed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

COLORS = {
    "skull": (250, 250, 210), "mandible": (200, 200, 120), "cervical_spine": (255, 120, 120),
    "thoracic_spine": (255, 170, 60), "lumbar_spine": (255, 230, 60), "sacrum": (160, 255, 60),
    "coccyx": (60, 200, 60), "rib": (90, 170, 255), "sternum": (255, 90, 200), "clavicle": (190, 120, 255),
    "scapula": (60, 230, 230), "humerus": (255, 90, 60), "radius": (120, 255, 200), "ulna": (60, 180, 140),
    "carpus": (220, 160, 90), "hand": (160, 110, 60), "hip_bone": (110, 130, 255), "femur": (255, 60, 60),
    "patella": (255, 255, 255), "tibia": (60, 220, 60), "fibula": (220, 60, 220), "tarsus": (200, 220, 90),
    "foot": (130, 150, 60),
}  # fmt: skip
NO_NAME = (110, 110, 110)
CATEGORY = {
    "soft_tissue": (255, 60, 60), "uncertain": (255, 220, 0), "vascular": (255, 120, 220), "stone": (60, 220, 255),
    "phlebolith": (120, 255, 120), "cartilage": (180, 140, 255), "joint": (255, 160, 60), "visceral": (160, 220, 160),
    "bone": (200, 200, 200), "metal": (90, 90, 255), "contrast": (60, 160, 60), "outside": (120, 120, 120),
}  # fmt: skip
LARGEST_MM3 = 50.0


def draw(name: str, analysis: Any, folder: Path) -> None:
    """Two projections of the named skeleton, and the slices of the larger objects with what they are taken for."""
    folder.mkdir(parents=True, exist_ok=True)
    _projections(name, analysis).save(folder / f"{name}-bones.png")
    picture = _objects(analysis)
    if picture is not None:
        picture.save(folder / f"{name}-objects.png")


def _projections(name: str, analysis: Any) -> Any:
    """From the front and from the left, the nearest bone in front; names are written at their middle."""
    from PIL import Image, ImageDraw

    skeleton, grid = analysis.anatomy.skeleton, analysis.study.volume.grid
    dz, dy, dx = grid.spacing_mm
    views = [("front", 1, False, dx), ("from the left", 2, True, dy)]
    scale = 620 / max(n * s for n, s in zip(skeleton.labels.shape, grid.spacing_mm, strict=True))
    tiles = []
    for title, axis, reverse, step in views:
        labels = np.flip(skeleton.labels, axis) if reverse else skeleton.labels
        first = (labels > 0).argmax(axis=axis)
        seen = np.take_along_axis(labels, np.expand_dims(first, axis), axis).squeeze(axis)
        shade = 1 - 0.6 * first / labels.shape[axis]
        palette = np.zeros((int(seen.max()) + 1, 3))
        for bone in skeleton.bones:
            if bone.id < len(palette):
                palette[bone.id] = np.array(COLORS.get(bone.name, NO_NAME)) * (0.72 if bone.side == "right" else 1.0)
        picture = Image.fromarray((palette[seen] * shade[..., None]).astype(np.uint8)[::-1])
        size = (max(1, round(seen.shape[1] * step * scale)), max(1, round(seen.shape[0] * dz * scale)))
        picture = picture.resize(size, Image.Resampling.NEAREST)
        pen = ImageDraw.Draw(picture)
        pen.text((4, 4), f"{name}: {title}", fill=(255, 255, 255))
        for bone in skeleton.bones:
            where = np.argwhere(seen == bone.id)
            if bone.name is not None and len(where) > 8:
                z, x = where[len(where) // 2]
                words = f"{bone.name} {(bone.side or '?')[0].upper()}"
                pen.text((x * step * scale, size[1] - z * dz * scale), words, fill=(255, 255, 255))
        tiles.append(picture)
    return _row_of(tiles)


def _objects(analysis: Any, side: int = 90, most: int = 24) -> Any:
    """The slices of the largest listed and set-aside objects."""
    from PIL import Image, ImageDraw

    values = analysis.study.volume.values
    everything = [*analysis.lesions, *analysis.set_aside]
    chosen = sorted(everything, key=lambda one: -one.amount.volume_mm3.value)
    chosen = [one for one in chosen if one.amount.volume_mm3.value > LARGEST_MM3][:most]
    tiles = []
    for one in chosen:
        envelope = one.deposit.envelope
        k, r, c = np.rint(envelope.centroid()).astype(int)
        low = [max(0, min(m - side // 2, n - side)) for m, n in zip((r, c), values.shape[1:], strict=True)]
        part = values[k, low[0] : low[0] + side, low[1] : low[1] + side]
        gray = np.clip((part.astype(float) + 160) / 760 * 255, 0, 255).astype(np.uint8)
        picture = Image.fromarray(gray).resize((part.shape[1] * 3, part.shape[0] * 3)).convert("RGB")
        pen = ImageDraw.Draw(picture)
        color = CATEGORY[str(one.category)]
        outline = _edge(envelope, k, low, part.shape)
        for row, column in outline:
            pen.rectangle([column * 3, row * 3, column * 3 + 2, row * 3 + 2], outline=color)
        pen.text((3, 3), f"{one.category} {one.amount.volume_mm3.value:.0f} mm3", fill=color)
        pen.text((3, 16), one.deposit.reasons[0][:44] if one.deposit.reasons else "", fill=(255, 255, 255))
        tiles.append(picture)
    if not tiles:
        return None
    rows = [_row_of(tiles[k : k + 6]) for k in range(0, len(tiles), 6)]
    whole = Image.new("RGB", (max(r.width for r in rows), sum(r.height + 4 for r in rows)))
    for k, row in enumerate(rows):
        whole.paste(row, (0, sum(r.height + 4 for r in rows[:k])))
    return whole


def _edge(envelope: Any, k: int, low: list[int], shape: tuple[int, ...]) -> npt.NDArray[np.int64]:
    """Pixels of the window at the edge of an envelope in a slice, (n, 2)."""
    from scipy import ndimage

    if not envelope.start[0] <= k < envelope.stop[0]:
        return np.zeros((0, 2), dtype=np.int64)
    plane = np.pad(envelope.mask[k - envelope.start[0]], 1)
    edge = np.argwhere(plane & ~ndimage.binary_erosion(plane)) - 1 + envelope.start[1:] - np.array(low)
    return edge[((edge >= 0) & (edge < shape)).all(axis=1)]


def _row_of(tiles: list[Any]) -> Any:
    from PIL import Image

    row = Image.new("RGB", (sum(t.width + 4 for t in tiles), max(t.height for t in tiles)), (50, 50, 50))
    for k, tile in enumerate(tiles):
        row.paste(tile, (sum(t.width + 4 for t in tiles[:k]), 0))
    return row
