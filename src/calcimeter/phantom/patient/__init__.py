"""The digital reference patient: from the first image to the last, with everything that is true of him.

``write_patient`` makes the images from solids and writes them with a case file, as ``calcimeter case`` reads it.
"""

from __future__ import annotations

from calcimeter.phantom.patient.write import NAME, write_patient

__all__ = ["NAME", "write_patient"]
