"""The named reference objects."""

from __future__ import annotations

from collections.abc import Callable
from math import cos, radians, sin

from calcimeter.errors import UsageError
from calcimeter.phantom.acquire import Acquisition
from calcimeter.phantom.body import MUSCLE_HU, THIGH_CENTER, pelvis_tissues, thigh_tissues
from calcimeter.phantom.compounds import Union
from calcimeter.phantom.parts import Chamber, Cyst, Layered, filled
from calcimeter.phantom.scene import Deposit, Scene, gravity_of
from calcimeter.phantom.skeleton import pelvis, straight_femur
from calcimeter.phantom.solids import Block, Capsule, Ellipsoid, Point, sphere

PELVIS = Acquisition(
    shape=(140, 512, 512),
    spacing_mm=(2.0, 0.859375, 0.859375),
    center_mm=(10.0, 12.0, 27.0),
    noise_hu=13.0,
    seed=16448,
    table=True,
)
THIGH = Acquisition(shape=(80, 200, 200), spacing_mm=(2.0, 1.0, 1.0), center_mm=(*THIGH_CENTER, 0.0))
FINE = 8
"""Samples along a voxel's side for small objects; for spheres of a few mm, 12."""

MASS_CENTER = (160.0, -35.5, -22.0)
MASS = (
    # center from MASS_CENTER, radii, share of the height that is sediment, HU of fluid and sediment
    ((0.0, 0.0, 0.0), (20.66, 21.0, 20.38), 0.50, 22, 410),
    ((9.29, -4.0, 26.2), (17.56, 18.0, 16.49), 0.42, 18, 380),
    ((-9.29, 3.0, 23.29), (16.52, 17.0, 15.52), 0.58, 30, 430),
    ((9.29, 5.0, -24.26), (17.56, 17.0, 17.47), 0.52, 15, 400),
    ((-8.26, -5.0, -23.29), (16.52, 17.0, 15.52), 0.36, 25, 360),
    ((2.07, 0.0, 38.81), (12.39, 13.0, 11.64), 1.0, 20, 340),
    ((-1.03, 1.0, -37.84), (12.39, 13.0, 11.64), 0.60, 28, 440),
    ((17.56, 7.0, 2.91), (15.49, 16.0, 15.52), 0.62, 20, 450),
    ((-16.52, -7.0, 1.94), (15.49, 16.0, 15.52), 0.45, 24, 390),
    ((3.1, -17.0, 8.73), (13.43, 13.0, 12.61), 0.48, 16, 370),
    ((1.03, 14.0, -7.76), (14.46, 14.0, 13.58), 1.0, 20, 420),
)
"""Lobes of the demonstration's mass: 100 by 65 mm in the coronal projection."""


def phantom_names() -> tuple[str, ...]:
    """Every name that ``make_phantom`` knows, the demonstration first."""
    return ("demo", "demo-negative", *_DEPOSITS, "empty")


def scene_of(name: str, position: str = "HFS") -> Scene:
    """The scene of a name, its sediments lying level in a patient position.

    Raises
    ------
    UsageError
        The name is not known.
    """
    gravity = gravity_of(position)
    if name in ("demo", "demo-negative"):
        masses = (_mass(gravity),) if name == "demo" else ()
        return Scene(name, pelvis_tissues(), pelvis(), masses, MUSCLE_HU, gravity)
    if name != "empty" and name not in _DEPOSITS:
        raise UsageError(f"no phantom is called {name!r}; expected one of: {', '.join(phantom_names())}")
    deposits = () if name == "empty" else _DEPOSITS[name](gravity)
    x, y = THIGH_CENTER
    return Scene(name, thigh_tissues(), (straight_femur(x + 4, y - 8),), deposits, MUSCLE_HU, gravity)


def acquisition_of(name: str) -> Acquisition:
    """How the named object is scanned unless something else is asked for."""
    return PELVIS if name.startswith("demo") else THIGH


def _mass(gravity: Point) -> Deposit:
    """Lobes with walls and septa of mineral; nearly all hold fluid over sediment."""
    chambers = tuple(
        _chamber(Ellipsoid(_moved(MASS_CENTER, offset), radii), gravity, share, (fluid, sediment))
        for offset, radii, share, fluid, sediment in MASS
    )
    part = Cyst(chambers, gravity, wall_mm=1.6, septum_mm=1.5, wall_hu=330)
    return Deposit("mass", "lobed", part, "layered")


def _sphere(_gravity: Point) -> tuple[Deposit, ...]:
    return (Deposit("sphere", "sphere", filled(sphere((60, 26, 3.3), 10), 400, FINE), "homogeneous"),)


def _ellipsoid(_gravity: Point) -> tuple[Deposit, ...]:
    solid = Ellipsoid((60, 26, 3.3), (9, 14, 21), _turned(30))
    return (Deposit("ellipsoid", "ellipsoid", filled(solid, 350, FINE), "homogeneous"),)


def _shell(_gravity: Point) -> tuple[Deposit, ...]:
    center = (60.0, 26.0, 3.3)
    part = Layered(((sphere(center, 15), 500), (sphere(center, 12), 45)), FINE)
    return (Deposit("shell", "shell", part, "rim"),)


def _lobed(_gravity: Point) -> tuple[Deposit, ...]:
    lobes = ((0, 0, 0, 12), (11, 5, 8, 9), (-8, 9, -9, 9), (-6, -9, 9, 8), (5, -2, -16, 9), (2, 6, 17, 8))
    solid = Union(tuple(sphere((64.0 + x, 28.0 + y, 3.3 + z), r) for x, y, z, r in lobes))
    return (Deposit("lobed", "lobed", filled(solid, 420, FINE), "homogeneous"),)


def _layered(gravity: Point) -> tuple[Deposit, ...]:
    chamber = _chamber(Ellipsoid((62, 28, 3.3), (19, 17, 22)), gravity, 0.5, (30, 400))
    part = Cyst((chamber,), gravity, wall_mm=1.5, septum_mm=0, wall_hu=280, samples=FINE)
    return (Deposit("layered", "layered", part, "layered"),)


def _sheet(_gravity: Point) -> tuple[Deposit, ...]:
    solid = Block((122, 40, 3.3), (1.5, 20, 30), 1.4, _turned(40))
    return (Deposit("sheet", "sheet", filled(solid, 500, FINE), "sheet"),)


def _rod(_gravity: Point) -> tuple[Deposit, ...]:
    solid = Capsule((138, 12, -40), (126, 30, 42), 3, 3)
    return (Deposit("rod", "rod", filled(solid, 450, FINE), "linear"),)


def _spheres(_gravity: Point) -> tuple[Deposit, ...]:
    places = (
        (30, (62, 30, -52), 300),
        (20, (138, 30, -55), 500),
        (15, (100, 52, 8), 800),
        (10, (100, -48, -25), 400),
        (8, (142, -28, -5), 200),
        (6, (52, 24, 20), 600),
        (5, (145, 20, 20), 300),
        (4, (95, 55, 60), 800),
        (3, (60, 20, 68), 800),
    )
    return tuple(
        Deposit(f"sphere-{d}-mm", "sphere", filled(sphere(center, d / 2), hu, 12 if d < 8 else FINE), "homogeneous")
        for d, center, hu in places
    )


_DEPOSITS: dict[str, Callable[[Point], tuple[Deposit, ...]]] = {
    "sphere": _sphere,
    "ellipsoid": _ellipsoid,
    "shell": _shell,
    "lobed": _lobed,
    "layered": _layered,
    "sheet": _sheet,
    "rod": _rod,
    "spheres": _spheres,
}


def _chamber(solid: Ellipsoid, gravity: Point, sediment_share: float, hu: tuple[float, float]) -> Chamber:
    """A chamber whose sediment reaches a share of its height; the radii lie along the patient's axes."""
    middle = sum(g * c for g, c in zip(gravity, solid.center_mm, strict=True))
    half = sum(abs(g) * r for g, r in zip(gravity, solid.radii_mm, strict=True))
    return Chamber(solid, middle + half * (1 - 2 * sediment_share), *hu)


def _moved(point: Point, offset: Point) -> Point:
    a, b, c = (p + o for p, o in zip(point, offset, strict=True))
    return (a, b, c)


def _turned(degrees: float) -> tuple[Point, Point, Point]:
    """Axes turned around the body's long axis."""
    c, s = cos(radians(degrees)), sin(radians(degrees))
    return ((c, s, 0.0), (-s, c, 0.0), (0.0, 0.0, 1.0))
