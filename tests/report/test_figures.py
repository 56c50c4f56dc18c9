"""Figures: true proportions, the patient's sides where a radiologist expects them, equal bytes."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO

import numpy as np
import pytest

from builders import build_analysis, build_lesion, build_study
from calcimeter.model.analysis import CTAnalysis
from calcimeter.model.anatomy import Anatomy, Bone, Gas, Mask, Skeleton
from calcimeter.model.grid import BoolArray, FloatArray, Grid, Layout
from calcimeter.model.lesion import Category, Lesion
from calcimeter.model.volume import Region, Volume
from calcimeter.report import keyslice, projection
from calcimeter.report.canvas import MUTED, PALETTE, Overlay, lesion_color
from calcimeter.report.figures import draw_figures, feature
from calcimeter.report.gutter import most_numbers

ANISOTROPIC_MM = (3.0, 0.7, 0.7)
SHAPE = (24, 110, 110)
EDGE_MM = 6.0


def sphere_analysis(
    center: tuple[int, int, int] = (12, 55, 55), radius_mm: float = 20.0, spacing_mm: tuple[float, ...] = ANISOTROPIC_MM
) -> CTAnalysis:
    """A ball of 400 HU in a block of soft tissue, on a grid whose slices lie far apart."""
    affine = np.eye(4)
    affine[:3, :3] = np.eye(3)[:, ::-1] * spacing_mm
    grid = Grid(SHAPE, affine)
    offset_mm = (np.indices(SHAPE).T - np.array(center)) * np.array(spacing_mm)
    depth_mm = (radius_mm - np.sqrt((offset_mm**2).sum(axis=-1))).T
    inside: BoolArray = depth_mm >= 0
    blurred = 40 + 360 * np.clip(0.5 + depth_mm / EDGE_MM, 0, 1)  # 220 HU lies at the radius
    volume = Volume(blurred.astype(np.int16), Layout.of(grid), grid)
    template = build_analysis(lesions=False)
    anatomy = Anatomy(
        body=Mask.from_bool(np.ones(SHAPE, dtype=bool)),
        skeleton=Skeleton(np.zeros(SHAPE, dtype=np.uint8), ()),
        contrast=Mask.empty(SHAPE),
        metal=Mask.empty(SHAPE),
        gas=Gas(Mask.empty(SHAPE), bowel_mm3=0.0, lungs_mm3=0.0),
        noise_hu=10.0,
    )
    lesion = build_lesion(1, Category.SOFT_TISSUE, inside, grid, 400)
    return replace(template, study=build_study(volume, dicom=False), anatomy=anatomy, lesions=(lesion,))


def pixels(png_or_image: object) -> FloatArray:
    from PIL import Image

    image = Image.open(BytesIO(png_or_image)) if isinstance(png_or_image, bytes) else png_or_image
    return np.asarray(image, dtype=np.float64)


def drawn_size(values: FloatArray) -> tuple[float, float]:
    """Height and width in pixels of what is brighter than the middle between tissue and ball."""
    bright = values > 127
    return float(bright.sum(axis=0).max()), float(bright.sum(axis=1).max())


def test_a_sphere_on_an_anisotropic_grid_is_drawn_round_in_both_planes() -> None:
    analysis = sphere_analysis()
    volume, lesion = analysis.study.volume, analysis.lesions[0]
    for plane in (keyslice.axial_plane(volume, lesion), keyslice.reformat_plane(volume, lesion)):
        window = keyslice.frame_lesion(plane, lesion, keyslice.PANEL_PX)
        scale = [px / mm for px, mm in zip(window.px_per_voxel, plane.spacing_mm, strict=True)]
        assert scale[0] == pytest.approx(scale[1], rel=1e-9)
        height, width = drawn_size(pixels(keyslice._gray(plane, window, (720, 220)))[..., 0])
        assert height == pytest.approx(width, rel=0.02)
        assert width / scale[1] == pytest.approx(40.0, rel=0.02)


def test_a_sphere_is_round_in_the_projections() -> None:
    analysis = sphere_analysis(spacing_mm=(1.0, 0.7, 0.7), radius_mm=10.0)
    shadows = projection.cast_shadows(analysis)
    for frame in projection.frame_both(analysis, shadows):
        width, height = frame.size_px
        shape_mm = (SHAPE[0] * 1.0, 110 * 0.7)
        assert height / width == pytest.approx(shape_mm[0] / shape_mm[1], rel=0.02)
        corners = frame.to_px([(2.0, 45.0), (22.0, 45.0 + 20.0 / 0.7)])
        assert abs(corners[1, 1] - corners[0, 1]) == pytest.approx(abs(corners[1, 0] - corners[0, 0]), rel=0.02)


@pytest.mark.parametrize(("column", "at_right"), [(85, True), (25, False)])
def test_a_lesion_of_the_left_side_is_drawn_at_the_right(column: int, at_right: bool) -> None:
    analysis = sphere_analysis(center=(12, 55, column), radius_mm=8.0)
    figures = {figure.name: figure for figure in draw_figures(analysis)}
    drawn = pixels(figures["coronal"].png)
    orange = np.abs(drawn - np.array(PALETTE[0])).sum(axis=2) < 60
    columns = np.flatnonzero(orange.sum(axis=0) > 3)
    assert (columns.mean() > drawn.shape[1] / 2) == at_right


def test_superior_is_up_and_anterior_is_left_in_the_sagittal_projection() -> None:
    analysis = sphere_analysis()
    shadows = projection.cast_shadows(analysis)
    sagittal = projection.frame_both(analysis, shadows)[1]
    high_anterior, low_posterior = sagittal.to_px([(23, 5), (1, 100)])
    assert high_anterior[1] < low_posterior[1]
    assert high_anterior[0] < low_posterior[0]
    assert projection.LETTERS == {"coronal": "RLHF", "sagittal": "APHF"}


def test_the_reformat_shows_superior_at_the_top() -> None:
    analysis = sphere_analysis(center=(18, 55, 55), radius_mm=9.0)
    volume, lesion = analysis.study.volume, analysis.lesions[0]
    plane = keyslice.reformat_plane(volume, lesion)
    rows = np.flatnonzero(plane.mask.any(axis=1))
    assert rows.mean() < plane.values.shape[0] / 2
    assert plane.to_plane(np.array([18.0, 55.0, 55.0]))[0, 0] == pytest.approx(rows.mean())


def test_the_axes_are_drawn_where_they_were_measured() -> None:
    analysis = sphere_analysis()
    volume, lesion = analysis.study.volume, analysis.lesions[0]
    plane = keyslice.axial_plane(volume, lesion)
    window = keyslice.frame_lesion(plane, lesion, keyslice.PANEL_PX)
    ends = window.to_px(plane.to_plane(volume.grid.to_index(lesion.extent.axes.long_ends_mm)))
    px_per_mm = window.px_per_voxel[0] / plane.spacing_mm[0]
    assert np.hypot(*(ends[1] - ends[0])) / px_per_mm == pytest.approx(lesion.extent.axes.long_axis_mm.value, rel=1e-6)


def test_what_lies_beyond_the_images_is_not_drawn_as_tissue() -> None:
    analysis = sphere_analysis(center=(22, 55, 55), radius_mm=12.0)
    volume, lesion = analysis.study.volume, analysis.lesions[0]
    plane = keyslice.reformat_plane(volume, lesion)
    window = keyslice.frame_lesion(plane, lesion, keyslice.PANEL_PX)
    top = window.to_px(np.array([[-0.5, 0.0]]))[0, 1]
    drawn = pixels(keyslice._gray(plane, window, (600, 150)))
    assert top > 10
    assert np.ptp(drawn[: int(top) - 2].reshape(-1, 3), axis=0).max() == 0


def test_every_orientation_of_the_source_gives_the_same_pictures() -> None:
    straight = [figure.png for figure in draw_figures(build_analysis())]
    assert [figure.png for figure in draw_figures(build_analysis(orientation="flipped"))] == straight
    assert [figure.png for figure in draw_figures(build_analysis(orientation="sagittal"))] == straight


def test_figures_are_equal_from_run_to_run_and_named_by_lesion() -> None:
    figures = draw_figures(build_analysis())
    assert figures == draw_figures(build_analysis())
    assert len({figure.name for figure in figures}) == len(figures)
    assert {figure.lesion_id for figure in figures} == {None, 1, 2, 3, 4}
    assert all(figure.png.startswith(b"\x89PNG") and figure.caption.endswith(".") for figure in figures)
    assert all(b"tEXt" not in figure.png and b"tIME" not in figure.png for figure in figures)


def test_without_a_lesion_only_the_whole_scan_is_drawn_and_without_bone_no_skeleton() -> None:
    projections, bones = ["coronal", "sagittal"], ["skeleton-coronal", "skeleton-sagittal"]
    assert [figure.name for figure in draw_figures(build_analysis(lesions=False))] == projections + bones
    assert [figure.name for figure in draw_figures(build_analysis(lesions=False, skeleton=False))] == projections


def test_a_lesion_before_the_bone_covers_it_and_one_behind_shows_through() -> None:
    """A plate of bone across the whole view, a ball before it and a ball behind it, both seen from the front."""
    analysis = sphere_analysis()
    grid = analysis.study.volume.grid
    labels = np.zeros(SHAPE, dtype=np.uint8)
    labels[2:22, 60:64, 5:105] = 1
    bone = Skeleton(labels, (Bone(1, "femur", "left", 1.0),))
    anatomy = replace(analysis.anatomy, skeleton=bone)
    balls = [ball_at((12, 30, 30), grid), ball_at((12, 90, 80), grid)]
    lesions = tuple(build_lesion(k, Category.SOFT_TISSUE, ball, grid, 400) for k, ball in enumerate(balls, 1))
    analysis = replace(analysis, anatomy=anatomy, lesions=lesions)

    front = next(figure for figure in draw_figures(analysis) if figure.name == "skeleton-coronal")

    seen = pixels(front.png)
    shadows = projection.cast_shadows(analysis)
    frame = projection.frame_both(analysis, shadows)[0]
    off = []
    for lesion, column in zip(lesions, (30, 80), strict=True):
        x, y = frame.to_px([12, column])[0]
        off.append(float(np.abs(seen[int(y) - 9, int(x) + 9] - lesion_color(lesion)).max()))
    assert off[0] < 20 < off[1]
    x, y = frame.to_px([12, 55])[0]
    assert seen[int(y), int(x)].mean() > 100  # bone, in the light
    x, y = frame.to_px([0.6, 55])[0]
    assert seen[int(y), int(x)].mean() < 80  # beside it


def ball_at(center: tuple[int, int, int], grid: Grid) -> BoolArray:
    offset_mm = (np.indices(grid.shape).T - np.array(center)) * np.array(grid.spacing_mm)
    inside: BoolArray = (np.sqrt((offset_mm**2).sum(axis=-1)) < 8.0).T
    return inside


def test_an_empty_body_is_drawn_without_complaint() -> None:
    analysis = build_analysis(lesions=False, skeleton=False)
    nothing = replace(analysis.anatomy, body=Mask.empty(analysis.anatomy.body.shape))
    assert len(draw_figures(replace(analysis, anatomy=nothing))) == 2


def test_soft_tissue_is_featured_before_anything_else_and_twelve_at_most() -> None:
    lesions = many(40)
    featured, others = feature(lesions)
    assert len(featured) == 12
    assert {lesion.id for lesion in featured} | {lesion.id for lesion in others} == set(range(1, 41))
    assert all(lesion.category is Category.SOFT_TISSUE for lesion in featured[:5])


def test_forty_four_lesions_are_drawn_and_the_caption_says_how_many_have_a_number() -> None:
    figures = draw_figures(replace(build_analysis(), lesions=many(44)))
    assert len(figures) == 4 + 2 * 12 + 32
    numbered = most_numbers(figures[0].size_px[1])
    assert figures[0].caption.endswith(f"44 lesions tinted, the first {numbered} numbered.")


def test_soft_tissue_has_twelve_colors_of_its_own_and_everything_else_is_muted() -> None:
    lesions = build_analysis().lesions
    soft = [lesion_color(replace(lesions[0], id=k)) for k in range(1, 14)]
    assert len(set(soft)) == len(PALETTE) == 12
    assert soft[12] == soft[0]
    assert [lesion_color(lesion) for lesion in lesions[2:]] == [MUTED, MUTED]
    assert MUTED not in PALETTE


def test_text_is_drawn_with_a_font_that_travels_with_the_package() -> None:
    from PIL import Image

    overlay = Overlay(120, 40)
    overlay.text((60, 20), "27.9 mm", 22)
    drawn = pixels(overlay.onto(Image.new("RGB", (120, 40), (100, 100, 100))))
    assert drawn.max() > 230
    assert drawn.min() < 30


def many(n: int) -> tuple[Lesion, ...]:
    """Small boxes on a lattice: five of soft tissue, three vascular, the rest uncertain."""
    analysis = build_analysis(lesions=False)
    grid = analysis.study.volume.grid
    found = []
    for k in range(n):
        inside = np.zeros(grid.shape, dtype=bool)
        z, y, x = 3 + 4 * (k // 5), 10 + 9 * (k % 5), 8 + (7 * k) % 48
        inside[z : z + 3, y : y + 5, x : x + 5] = True
        category = Category.SOFT_TISSUE if k < 5 else Category.VASCULAR if k < 8 else Category.UNCERTAIN
        found.append(build_lesion(k + 1, category, inside, grid, 300))
    return tuple(found)


def test_a_region_of_one_voxel_has_all_its_pictures() -> None:
    analysis = build_analysis(lesions=False)
    inside = np.zeros(analysis.study.volume.grid.shape, dtype=bool)
    inside[0, 0, 0] = True
    lesion = build_lesion(1, Category.SOFT_TISSUE, inside, analysis.study.volume.grid, 300)
    assert Region.from_indices(np.argwhere(inside)).voxels == 1
    assert len(draw_figures(replace(analysis, lesions=(lesion,)))) == 6
