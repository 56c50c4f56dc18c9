"""Every picture of the report: the whole scan from two sides, and each lesion up close."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from calcimeter.model.analysis import CTAnalysis
from calcimeter.model.lesion import LISTED_ONLY_WITH_ALL, Category, Lesion
from calcimeter.model.volume import Volume
from calcimeter.report import bones_view, keyslice, level_figure, projection
from calcimeter.report.canvas import to_png
from calcimeter.report.gutter import most_numbers
from calcimeter.report.wording import count

if TYPE_CHECKING:
    from PIL.Image import Image

_LOOKING = {"coronal": "seen from the front", "sagittal": "seen from the patient's left"}
_MOST_FEATURED = 12
_MOST_THUMBNAILS = 60
_FEATURED_MM3 = 300.0


@dataclass(frozen=True, slots=True)
class Figure:
    """One picture of the report.

    Parameters
    ----------
    name : str
        File name without its ending, for instance "coronal" or "lesion-001-axial".
    png : bytes
    caption : str
        What it shows, in words; also read out where the picture isn't seen.
    role : {"projection", "skeleton", "key_slice", "reformat", "level", "thumbnail"}
    lesion_id : int or None
        The lesion that it shows; None: all.
    size_px : tuple of int
        Width and height.
    """

    name: str
    png: bytes
    caption: str
    role: Literal["projection", "skeleton", "key_slice", "reformat", "level", "thumbnail"]
    lesion_id: int | None
    size_px: tuple[int, int]


def draw_figures(analysis: CTAnalysis) -> tuple[Figure, ...]:
    """Two projections, the skeleton from two sides; two slices of every featured lesion and its widest
    fluid-calcium level; a thumbnail of the next 60.

    Equal analyses give equal bytes. Without a lesion only the whole scan is drawn, without bone no skeleton.
    """
    volume = analysis.study.volume
    featured, others = feature(analysis.lesions)
    up_close = [figure for lesion in featured for figure in (*_up_close(volume, lesion), *_level(volume, lesion))]
    small = [_thumbnail(volume, lesion) for lesion in others[:_MOST_THUMBNAILS]]
    return (*_whole_scan(analysis), *up_close, *small)


def feature(lesions: tuple[Lesion, ...]) -> tuple[tuple[Lesion, ...], tuple[Lesion, ...]]:
    """The lesions that get a card of their own, and the others.

    Soft tissue at any size and other calcification from 300 mm3, at most twelve: more would bury what matters.
    """
    worth = tuple(lesion for lesion in lesions if _is_worth_a_card(lesion))[:_MOST_FEATURED]
    chosen = {lesion.id for lesion in worth}
    return worth, tuple(lesion for lesion in lesions if lesion.id not in chosen)


def _is_worth_a_card(lesion: Lesion) -> bool:
    large = lesion.amount.volume_mm3.value >= _FEATURED_MM3
    return lesion.category is Category.SOFT_TISSUE or (large and lesion.category not in LISTED_ONLY_WITH_ALL)


def _whole_scan(analysis: CTAnalysis) -> list[Figure]:
    """The scan as a radiograph would show it, and its bones, each from the front and from the left."""
    shadows = projection.cast_shadows(analysis)
    frames = projection.frame_both(analysis, shadows)
    lesions = analysis.lesions
    figures = []
    for shadow, frame in zip(shadows, frames, strict=True):
        image = projection.draw_projection(shadow, frame, lesions)
        caption = (
            f"{shadow.view.capitalize()} projection of the scan, {_LOOKING[shadow.view]}; {_seen(lesions, image)}."
        )
        figures.append(Figure(shadow.view, to_png(image), caption, "projection", None, image.size))
    skeleton = analysis.anatomy.skeleton
    if skeleton.bones:
        for relief, frame in zip(
            bones_view.look_at(skeleton, analysis.study.volume.grid, shadows), frames, strict=True
        ):
            image = bones_view.draw_bones(relief, frame, lesions, skeleton)
            view = relief.shadow.view
            caption = f"The bones, {_LOOKING[view]}; {_seen(lesions, image)}, faint where a bone lies before it."
            figures.append(Figure(f"skeleton-{view}", to_png(image), caption, "skeleton", None, image.size))
    return figures


def _seen(lesions: tuple[Lesion, ...], image: Image) -> str:
    n, numbered = len(lesions), most_numbers(image.height)
    if not n:
        return "no lesion listed"
    return f"{count(n, 'lesion')} tinted" + (f", the first {numbered} numbered" if numbered < n else "")


def _up_close(volume: Volume, lesion: Lesion) -> tuple[Figure, Figure]:
    width, level = keyslice.window_of(lesion)
    shown = f"window {width}, level {level} HU"
    axial = keyslice.draw_key_slice(volume, lesion)
    slice_index = lesion.extent.axes.slice_index
    z_mm = float(lesion.extent.axes.long_ends_mm[:, 2].mean())
    where = f"Transverse slice {slice_index + 1} of {volume.grid.shape[0]} from below, z {z_mm:.1f} mm".replace(
        "-", "−"
    )
    key = f"{where}: outline, long and short axis; {shown}."
    reformat = keyslice.draw_reformat(volume, lesion)
    plane = "coronal" if keyslice.reformat_plane(volume, lesion).axis == 1 else "sagittal"
    through = f"{plane.capitalize()} reformat through the centroid: outline; {shown}."
    name = f"lesion-{lesion.id:03d}"
    return (
        Figure(f"{name}-axial", to_png(axial), key, "key_slice", lesion.id, axial.size),
        Figure(f"{name}-{plane}", to_png(reformat), through, "reformat", lesion.id, reformat.size),
    )


def _level(volume: Volume, lesion: Lesion) -> tuple[Figure, ...]:
    """The widest fluid-calcium level and its profile; nothing without a level."""
    level = level_figure.widest_level(lesion)
    if level is None:
        return ()
    image = level_figure.draw_level(volume, lesion)
    index = round(float(volume.grid.to_index(level.center_mm)[0])) + 1
    caption = (
        f"Fluid-calcium level in transverse slice {index}, drawn in red, and the mean HU by height above it: "
        f"{level.hu_above:.0f} HU over {level.hu_below:.0f} HU."
    )
    return (Figure(f"lesion-{lesion.id:03d}-level", to_png(image), caption, "level", lesion.id, image.size),)


def _thumbnail(volume: Volume, lesion: Lesion) -> Figure:
    image = keyslice.draw_thumbnail(volume, lesion)
    caption = f"Lesion {lesion.id}, transverse slice {lesion.extent.axes.slice_index + 1}: outline."
    return Figure(f"lesion-{lesion.id:03d}-axial", to_png(image), caption, "thumbnail", lesion.id, image.size)
