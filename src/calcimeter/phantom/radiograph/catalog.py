"""Named radiographs: scenes of CT reference objects, taken from before onto a detector behind the patient."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from calcimeter.errors import UsageError
from calcimeter.phantom.body import THIGH_CENTER
from calcimeter.phantom.catalog import scene_of
from calcimeter.phantom.parts import filled
from calcimeter.phantom.radiograph.expose import Exposure
from calcimeter.phantom.radiograph.geometry import Projection
from calcimeter.phantom.scene import Deposit, Scene
from calcimeter.phantom.solids import Ellipsoid

SOURCE_Y_MM, DETECTOR_Y_MM = -962.0, 188.0
"""115 cm from focus to detector, which lies some 5 cm behind the patient's back: usual for a table with a grid."""
PELVIS = Exposure(
    projection=Projection((22.0, SOURCE_Y_MM, 5.0), DETECTOR_Y_MM, (22.0, 5.0), (2400, 2960), 0.148),
    collimation_px=(40, 2919, 40, 2359),
    marker="L",
    marker_px=(2700.0, 300.0),
    seed=16448,
)
HIP = replace(
    PELVIS,
    projection=Projection((125.0, SOURCE_Y_MM, -20.0), DETECTOR_Y_MM, (125.0, -20.0), (1500, 1200), 0.148),
    collimation_px=None,
    marker_px=(1050.0, 200.0),
    ray_px=4.0,
)
THIGH = Exposure(
    projection=Projection(
        (THIGH_CENTER[0], SOURCE_Y_MM, 0.0), DETECTOR_Y_MM - 40, (THIGH_CENTER[0], 0.0), (700, 760), 0.3
    ),
    kvp=70.0,
    ray_px=3.0,
    step_mm=1.5,
    marker="L",
    marker_px=(660.0, 90.0),
    seed=3,
)


def radiograph_names() -> tuple[str, ...]:
    """Every name that ``radiograph_of`` knows."""
    return tuple(_NAMED)


def radiograph_of(name: str) -> tuple[Scene, Exposure]:
    """A scene and how it is exposed.

    Raises
    ------
    UsageError
        The name is not known.
    """
    if name not in _NAMED:
        raise UsageError(f"no phantom is called {name!r}; expected one of: {', '.join(radiograph_names())}")
    scene, exposure = _NAMED[name]()
    return replace(scene, name=name), exposure


def _hip_over_bone() -> tuple[Deposit, ...]:
    """Before the neck of the left femur: on the radiograph it lies over bone."""
    solid = Ellipsoid(
        (122.0, -48.0, -46.0), (11.0, 9.0, 17.0), ((0.9, 0.0, 0.436), (0.0, 1.0, 0.0), (-0.436, 0.0, 0.9))
    )
    return (Deposit("over-femur", "ellipsoid", filled(solid, 520.0), "homogeneous"),)


def _cr() -> Exposure:
    return replace(PELVIS, modality="CR", monochrome=1, bits=12, collimation_px=None, seed=7)


_NAMED: dict[str, Callable[[], tuple[Scene, Exposure]]] = {
    "radiograph-pelvis": lambda: (scene_of("demo"), PELVIS),
    "radiograph-pelvis-negative": lambda: (scene_of("demo-negative"), PELVIS),
    "radiograph-pelvis-cr": lambda: (scene_of("demo"), _cr()),
    "radiograph-hip": lambda: (replace(scene_of("demo-negative"), deposits=_hip_over_bone()), HIP),
    "radiograph-thigh": lambda: (scene_of("sphere"), THIGH),
}
