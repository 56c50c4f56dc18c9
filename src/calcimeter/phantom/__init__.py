"""Digital reference objects: scans of bodies that never were, with the exact truth about them.

``make_phantom`` scans a named one; ``scan`` scans any scene in any way, and ``write_reference`` writes it as a scanner
would, so that a test can ask for another spacing, position or orientation:

>>> from dataclasses import replace
>>> prone = replace(acquisition_of("layered"), position="HFP")
>>> reference = scan(scene_of("layered", "HFP"), prone)
>>> reference.truth["lesions"][0]["fluid_level"]["gravity_lps"]
[0.0, -1.0, 0.0]
"""

from __future__ import annotations

from pathlib import Path

from calcimeter.phantom.acquire import Acquisition, ReferenceObject, scan
from calcimeter.phantom.catalog import acquisition_of, phantom_names, scene_of
from calcimeter.phantom.dicom import write_reference
from calcimeter.phantom.scene import Bone, Deposit, Scene

__all__ = [
    "Acquisition",
    "Bone",
    "Deposit",
    "ReferenceObject",
    "Scene",
    "acquisition_of",
    "make_phantom",
    "phantom_names",
    "scan",
    "scene_of",
    "write_phantom",
    "write_reference",
]


def make_phantom(name: str) -> ReferenceObject:
    """Scan a named reference object.

    Raises
    ------
    UsageError
        The name is not one of ``phantom_names()``.
    """
    acquisition = acquisition_of(name)
    return scan(scene_of(name, acquisition.position), acquisition)


def write_phantom(name: str, out: Path) -> ReferenceObject:
    """Scan a named reference object and write ``out/dicom/`` and ``out/truth.json``.

    Raises
    ------
    UsageError
        The name is not known.
    OutputExists
        ``out/dicom`` holds files already.
    """
    reference = make_phantom(name)
    write_reference(reference, out)
    return reference
