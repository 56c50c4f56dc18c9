"""Surface and volume of meshes, against closed forms."""

from __future__ import annotations

import numpy as np
import pytest

from calcimeter.geometry.mesh import Mesh, half_surface
from calcimeter.model.grid import Grid

SAMPLES = 8


def grid_of(spacing_mm, *, oblique=False):
    affine = np.eye(4)
    affine[:3, :3] = np.eye(3)[:, ::-1] * spacing_mm
    if oblique:
        c, s = np.cos(0.3), np.sin(0.3)
        affine[:3, :3] = np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]]) @ affine[:3, :3]
    affine[:3, 3] = (-60, 12, 900)
    return Grid((60, 60, 60), affine)


def sphere_fractions(radius_mm, spacing_mm):
    """Share of each voxel inside a sphere that lies off the voxels' symmetry, by supersampling."""
    counts = [int(np.ceil(2 * radius_mm / s)) + 5 for s in spacing_mm]
    axes = []
    for k, (n, s) in enumerate(zip(counts, spacing_mm, strict=True)):
        fine = (np.arange(n * SAMPLES) + 0.5) / SAMPLES - 0.5
        axes.append((fine - (n - 1) / 2 - 0.13 * (k + 1)) * s)
    z, y, x = np.meshgrid(*axes, indexing="ij", sparse=True)
    inside = z**2 + y**2 + x**2 <= radius_mm**2
    blocks = inside.reshape(counts[0], SAMPLES, counts[1], SAMPLES, counts[2], SAMPLES)
    return blocks.mean(axis=(1, 3, 5)).astype(np.float32)


@pytest.mark.parametrize("spacing_mm", [(1.0, 1.0, 1.0), (2.0, 0.75, 0.75), (3.27, 0.977, 0.977)])
@pytest.mark.parametrize("radius_mm", [6.0, 10.0])
def test_a_sphere_has_its_surface_and_its_volume(radius_mm, spacing_mm):
    """Chords of length s cut s^2 / 8 r off a circle; over a sphere that is (s / 2 r)^2 of the radius on average and
    two or three times as much of surface and volume. Where fractions saturate within half a voxel, interpolating them
    adds about as much.
    """
    mesh = half_surface(sphere_fractions(radius_mm, spacing_mm), (3, 4, 5), grid_of(spacing_mm))
    tolerance = 0.01 + (max(spacing_mm) / radius_mm) ** 2 / 2

    assert mesh.area_mm2 == pytest.approx(4 * np.pi * radius_mm**2, rel=tolerance)
    assert mesh.volume_mm3 == pytest.approx(4 / 3 * np.pi * radius_mm**3, rel=tolerance)


@pytest.mark.parametrize("shape", [(8, 6, 5), (4, 12, 9), (1, 6, 6)])
def test_a_box_has_its_surface_and_its_volume_but_for_cut_edges(shape):
    """Each of the 4 (a + b + c) voxel edges loses a wedge with legs of half a voxel: 1/8 of a voxel, and 1 - 1/sqrt(2)
    of a face. The eight corners differ by less than half a voxel, together.
    """
    a, b, c = shape
    edges = 4 * (a + b + c)
    mesh = half_surface(np.ones(shape, dtype=np.float32), (0, 0, 0), grid_of((2.0, 2.0, 2.0)))

    assert mesh.volume_mm3 / 2**3 == pytest.approx(a * b * c - edges / 8, abs=1.5)
    assert mesh.area_mm2 / 2**2 == pytest.approx(2 * (a * b + b * c + a * c) - edges * (1 - 0.5**0.5), abs=4)


@pytest.mark.parametrize("oblique", [False, True])
def test_a_mesh_lies_where_its_box_starts(oblique):
    grid = grid_of((2.0, 1.0, 1.5), oblique=oblique)
    mesh = half_surface(np.ones((3, 5, 7), dtype=np.float32), (10, 20, 30), grid)

    index = grid.to_index(mesh.vertices_mm)

    assert index.min(axis=0) == pytest.approx([9.5, 19.5, 29.5])
    assert index.max(axis=0) == pytest.approx([12.5, 24.5, 36.5])


def test_neither_turning_nor_moving_changes_surface_and_volume():
    fractions = sphere_fractions(5.0, (1.5, 1.0, 1.0))
    straight = half_surface(fractions, (0, 0, 0), grid_of((1.5, 1.0, 1.0)))
    turned = half_surface(fractions, (30, 7, 400), grid_of((1.5, 1.0, 1.0), oblique=True))

    assert turned.area_mm2 == pytest.approx(straight.area_mm2)
    assert turned.volume_mm3 == pytest.approx(straight.volume_mm3)


def test_a_single_voxel_has_a_closed_surface():
    """An octahedron, its six corners amid the voxel's faces: a sixth of the volume, eight faces of sqrt(3) / 8."""
    mesh = half_surface(np.ones((1, 1, 1), dtype=np.float32), (0, 0, 0), grid_of((1.0, 1.0, 1.0)))

    assert mesh.volume_mm3 == pytest.approx(1 / 6)
    assert mesh.area_mm2 == pytest.approx(np.sqrt(3))


def test_the_area_of_a_tetrahedron_is_that_of_its_four_faces():
    corners = np.array([[1, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1]], dtype=float)
    mesh = Mesh(corners, np.array([[0, 1, 2], [0, 3, 1], [0, 2, 3], [1, 3, 2]]))

    assert mesh.area_mm2 == pytest.approx(np.sqrt(3) * 8)
    assert mesh.volume_mm3 == pytest.approx(8 / 3)
