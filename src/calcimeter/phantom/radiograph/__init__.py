"""Radiographs of the reference objects: projections from a point source, with scatter, blur and noise, and their truth.

``radiograph_of`` names scene and exposure, ``expose_radiograph`` takes the image, ``write_radiograph`` writes it as DX
or CR:

>>> scene, exposure = radiograph_of("radiograph-thigh")
>>> round(exposure.projection.magnification(26.0), 3)
1.123
"""

from __future__ import annotations

from pathlib import Path

from calcimeter.phantom.radiograph.catalog import radiograph_names, radiograph_of
from calcimeter.phantom.radiograph.dicom import radiograph_dataset, write_radiograph
from calcimeter.phantom.radiograph.expose import Exposure, body_of
from calcimeter.phantom.radiograph.geometry import Projection
from calcimeter.phantom.radiograph.reference import RadiographReference, expose_radiograph

__all__ = [
    "Exposure",
    "Projection",
    "RadiographReference",
    "body_of",
    "expose_radiograph",
    "radiograph_dataset",
    "radiograph_names",
    "radiograph_of",
    "write_named_radiograph",
    "write_radiograph",
]


def write_named_radiograph(name: str, out: Path) -> RadiographReference:
    """Expose a named reference object and write ``out/IMAGE.dcm`` and ``out/truth.json``.

    Raises
    ------
    UsageError
        The name is not known.
    OutputExists
        One of the files is there already.
    """
    reference = expose_radiograph(*radiograph_of(name))
    write_radiograph(reference, out)
    return reference
