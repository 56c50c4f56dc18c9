"""A standing skeleton from the bone meshes of myo-sim: points inside bones, each with its bone and limb segment."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

LATTICE_MM = 2.5
TRUNK_AT = np.array([-0.1007, 0.0815, 0.0])
"""Where the frame of the trunk meshes lies in the pelvis frame, m."""

HUMERUS_AT = np.array([0.006, 0.368, 0.157])
"""Center of the right humeral head in the trunk frame, m: in the glenoid of the scapula mesh."""

STERNUM_HALF_MM = 22.0
"""The mesh of the sternum holds the rib cartilage too; what lies farther from the midline is cartilage."""

CARPALS = {"lunate", "scaphoid", "pisiform", "triquetrum", "capitate", "trapezium", "trapezoid", "hamate"}


class Skeleton(NamedTuple):
    """Points inside bones, on a lattice.

    ``points_mm`` (n, 3) in LPS mm; ``bone`` and ``segment`` (n,) index ``bones`` and ``segments``; ``depth_mm`` (n,)
    is the distance to the bone's surface, rounded to the lattice; ``part`` (n,) numbers the meshes' pieces.
    """

    points_mm: npt.NDArray[np.float32]
    bone: npt.NDArray[np.int16]
    segment: npt.NDArray[np.int16]
    depth_mm: npt.NDArray[np.float32]
    part: npt.NDArray[np.int16]
    bones: tuple[str, ...]
    segments: tuple[str, ...]


class Piece(NamedTuple):
    """One closed surface: triangles (m, 3, 3) in LPS mm, its bone ("femur/right") and the segment it moves with."""

    triangles: Floats
    bone: str
    segment: str


def assemble(folder: Path) -> Skeleton:
    """All bones of both sides, from the folder ``models`` of myo-sim."""
    pieces = [*_trunk(folder), *_legs(folder)]
    right_arm = _arm(folder)
    pieces += [*right_arm, *(_mirrored(piece) for piece in right_arm)]
    bones = sorted({p.bone for p in pieces})
    segments = sorted({p.segment for p in pieces})
    parts = []
    for number, piece in enumerate(pieces):
        points, depth = inside(piece.triangles)
        row = (bones.index(piece.bone), segments.index(piece.segment), number)
        parts.append((points, np.tile(np.array(row, dtype=np.int16), (len(points), 1)), depth))
    points, rows, depth = (np.concatenate(column) for column in zip(*parts, strict=True))
    return Skeleton(
        points.astype(np.float32), rows[:, 0], rows[:, 1], depth.astype(np.float32), rows[:, 2],
        tuple(bones), tuple(segments),
    )  # fmt: skip


def _trunk(folder: Path) -> list[Piece]:
    """Skull, spine, ribs, sternum, shoulder girdle and pelvis."""
    meshes = folder / "meshes"
    pieces = [
        Piece(_lps(read_stl(meshes / f"{mesh}.stl"), TRUNK_AT), f"{bone}/midline", segment)
        for mesh, bone, segment in (
            ("hat_skull", "skull", "head"),
            ("hat_jaw", "mandible", "head"),
            ("hat_cervical", "cervical_spine", "trunk"),
            ("hat_thoracic", "thoracic_spine", "trunk"),
            ("hat_lumbar", "lumbar_spine", "trunk"),
        )
    ]
    pieces.append(Piece(_lps(read_stl(meshes / "sacrum.stl")), "sacrum/midline", "trunk"))
    for side, letter in (("right", "r"), ("left", "l")):
        pieces.append(Piece(_lps(read_stl(meshes / f"{letter}_pelvis.stl")), f"hip_bone/{side}", "trunk"))
    return pieces + _rib_cage(_lps(read_stl(meshes / "hat_ribs_scap.stl"), TRUNK_AT))


def _rib_cage(triangles: Floats) -> list[Piece]:
    """The pieces of the rib cage, told by size and place; decoration on the sternum is dropped."""
    pieces = []
    for piece in pieces_of(triangles):
        low, high = piece.reshape(-1, 3).min(0), piece.reshape(-1, 3).max(0)
        side = "left" if low[0] + high[0] > 0 else "right"
        if len(piece) == 1595:
            pieces.append(Piece(piece, f"scapula/{side}", f"scapula_{side}"))
        elif len(piece) == 524:
            pieces.append(Piece(piece, f"clavicle/{side}", f"clavicle_{side}"))
        elif len(piece) == 1450:
            pieces.append(Piece(piece, "sternum/midline", "trunk"))
        elif len(piece) < 200 and high[0] - low[0] > 45:
            pieces.append(Piece(piece, f"rib/{side}", "trunk"))
    return pieces


def _legs(folder: Path) -> list[Piece]:
    """Both legs, hung from the pelvis as the model has them at rest."""
    tree = ET.parse(folder / "scene" / "myobody_skeleton_decor.xml")  # noqa: S314
    names = {"femur": "thigh", "tibia": "shank", "fibula": "shank", "patella": "patella"}
    pieces = []
    for mesh, at in _placed(tree.getroot(), "pelvis_decor"):
        side = "right" if mesh.startswith("r_") else "left"
        kind = mesh[2:]
        triangles = _lps(read_stl(folder / "meshes" / f"{mesh}.stl"), at)
        if kind in names:
            pieces.append(Piece(triangles, f"{kind}/{side}", f"{names[kind]}_{side}"))
        elif kind in {"talus", "foot", "bofoot"}:
            for part in pieces_of(triangles):
                metatarsal = kind == "bofoot" or len(part) == 220
                pieces.append(Piece(part, f"{'foot' if metatarsal else 'tarsus'}/{side}", f"foot_{side}"))
    return pieces


def _arm(folder: Path) -> list[Piece]:
    """The right arm, hanging."""
    tree = ET.parse(folder / "arm" / "assets" / "myoarm_r_chain.xml")  # noqa: S314
    pieces = []
    for mesh, at in _placed(tree.getroot(), "humerus_r"):
        kind = mesh.removesuffix("_r")
        triangles = _lps(read_stl(folder / "meshes" / f"{kind}.stl"), TRUNK_AT + HUMERUS_AT + at)
        segment = "upper_arm" if kind == "humerus" else "forearm" if kind in {"ulna", "radius"} else "hand"
        bone = kind if kind in {"humerus", "ulna", "radius"} else "carpus" if kind in CARPALS else "hand"
        pieces.append(Piece(triangles, f"{bone}/right", f"{segment}_right"))
    return pieces


def _mirrored(piece: Piece) -> Piece:
    """The same piece on the left."""
    triangles = piece.triangles[:, ::-1] * np.array([-1.0, 1.0, 1.0])
    return Piece(triangles, piece.bone.replace("right", "left"), piece.segment.replace("right", "left"))


def _placed(root: ET.Element, body: str) -> list[tuple[str, Floats]]:
    """Meshes of a body and those hung on it, with the place of each in the frame of that body, at rest."""
    found: list[tuple[str, Floats]] = []

    def walk(element: ET.Element, at: Floats) -> None:
        found.extend((geom.attrib["mesh"], at) for geom in element.findall("geom") if "mesh" in geom.attrib)
        for child in element.findall("body"):
            walk(child, at + np.array([float(x) for x in child.attrib.get("pos", "0 0 0").split()]))

    start = next(element for element in root.iter("body") if element.attrib.get("name") == body)
    walk(start, np.zeros(3))
    return found


def read_stl(path: Path) -> Floats:
    """Triangles (m, 3, 3) of a binary STL, in its own unit."""
    data = path.read_bytes()
    count = int.from_bytes(data[80:84], "little")
    record = np.dtype([("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("attribute", "<u2")])
    return np.frombuffer(data, dtype=record, count=count, offset=84)["corners"].astype(np.float64)


def pieces_of(triangles: Floats) -> list[Floats]:
    """The connected surfaces of a mesh."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    corners = np.round(triangles.reshape(-1, 3) * 100).astype(np.int64)
    _, index = np.unique(corners, axis=0, return_inverse=True)
    index = index.reshape(-1, 3)
    a, b = np.r_[index[:, 0], index[:, 1]], np.r_[index[:, 1], index[:, 2]]
    size = int(index.max()) + 1
    _, label = connected_components(coo_array((np.ones(len(a)), (a, b)), shape=(size, size)), directed=False)
    of = label[index[:, 0]]
    return [triangles[of == k] for k in np.unique(of)]


def inside(triangles: Floats) -> tuple[Floats, Floats]:
    """Lattice points within closed surfaces, or nearer to one than half the lattice, (n, 3), and their depth in mm."""
    from scipy.ndimage import distance_transform_edt

    low = triangles.reshape(-1, 3).min(0) - 2 * LATTICE_MM
    shape = np.ceil((triangles.reshape(-1, 3).max(0) + 2 * LATTICE_MM - low) / LATTICE_MM).astype(int) + 1
    votes = np.zeros(shape, dtype=np.int8)
    scaled = (triangles - low) / LATTICE_MM
    for axis in range(3):
        order = [axis, (axis + 1) % 3, (axis + 2) % 3]
        winding = _winding(scaled[:, :, order], (int(shape[order[0]]), int(shape[order[1]]), int(shape[order[2]])))
        votes += np.transpose(winding != 0, np.argsort(order)).astype(np.int8)
    solid = votes >= 2
    at = np.round(_surface_points(scaled)).astype(int)
    solid[at[:, 0], at[:, 1], at[:, 2]] = True
    depth = distance_transform_edt(solid) * LATTICE_MM
    index = np.argwhere(solid)
    return index * LATTICE_MM + low, depth[solid]


def _winding(triangles: Floats, shape: tuple[int, int, int]) -> npt.NDArray[np.int16]:
    """How often each lattice point is enclosed, counted along rays of the first axis."""
    steps = np.zeros((shape[0] + 1, *shape[1:]), dtype=np.int16)
    for a, b, c in triangles + np.array([0.0, 1.234e-4, 2.345e-4]):
        u, v = b[1:] - a[1:], c[1:] - a[1:]
        area = u[0] * v[1] - u[1] * v[0]
        if abs(area) < 1e-12:
            continue
        low = np.ceil(np.minimum(np.minimum(a, b), c)[1:]).astype(int)
        high = np.floor(np.maximum(np.maximum(a, b), c)[1:]).astype(int) + 1
        if (low >= high).any():
            continue
        y, z = np.mgrid[low[0] : high[0], low[1] : high[1]]
        p, q = y - a[1], z - a[2]
        s, t = (p * v[1] - q * v[0]) / area, (q * u[0] - p * u[1]) / area
        hit = (s >= 0) & (t >= 0) & (s + t <= 1)
        x = np.ceil(a[0] + s * (b[0] - a[0]) + t * (c[0] - a[0])).astype(int)[hit]
        np.add.at(steps, (x, y[hit], z[hit]), int(np.sign(area)))
    return np.cumsum(steps, axis=0)[:-1]


def _surface_points(triangles: Floats) -> Floats:
    """Points on the surfaces, at most half a lattice step apart."""
    edge = np.linalg.norm(triangles - np.roll(triangles, 1, axis=1), axis=2).max(axis=1)
    steps = np.ceil(edge * 2).astype(int) + 1
    out = []
    for n in np.unique(steps):
        chosen = triangles[steps == n]
        i, j = (k[np.add.outer(np.arange(n + 1), np.arange(n + 1)) <= n] / n for k in np.mgrid[0 : n + 1, 0 : n + 1])
        weights = np.stack([1 - i - j, i, j], axis=1)
        out.append(np.einsum("pk,tkx->tpx", weights, chosen).reshape(-1, 3))
    return np.concatenate(out)


def _lps(triangles: Floats, at: Floats | float = 0.0) -> Floats:
    """From the model's frame (anterior, superior, right; m) to LPS mm."""
    moved = triangles + at
    return np.stack([-moved[..., 2], -moved[..., 0], moved[..., 1]], axis=-1) * 1000
