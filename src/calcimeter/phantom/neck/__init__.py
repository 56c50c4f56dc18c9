"""Neck phantoms: thyroid, salivary glands, background and glands that hold their tracer, seen by a gamma camera.

``make_neck`` counts a scene with a camera, ``write_neck`` writes both images as a camera would:

>>> scene = neck_of("scintigraphy")
>>> make_neck(scene).truth["foci"][0]["side"]
'right'
"""

from __future__ import annotations

from pathlib import Path

from calcimeter.phantom.neck.camera import Camera, NeckReference, make_neck
from calcimeter.phantom.neck.catalog import neck_names, neck_of
from calcimeter.phantom.neck.dicom import write_neck
from calcimeter.phantom.neck.scene import Gland, Neck, Source

__all__ = [
    "Camera",
    "Gland",
    "Neck",
    "NeckReference",
    "Source",
    "make_neck",
    "neck_names",
    "neck_of",
    "write_named_neck",
    "write_neck",
]


def write_named_neck(name: str, out: Path) -> NeckReference:
    """Count a named neck and write ``out/EARLY``, ``out/DELAYED`` and ``out/truth.json``.

    Raises
    ------
    UsageError
        The name is not known.
    OutputExists
        One of the files is there already.
    """
    reference = make_neck(neck_of(name))
    write_neck(reference, out)
    return reference
