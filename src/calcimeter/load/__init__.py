"""Files -> model: scans, outlines, edits. pydicom, nibabel and nrrd are spoken here and in ``report`` only."""

from calcimeter.load.edits import load_edits
from calcimeter.load.options import LoadOptions
from calcimeter.load.outlines import load_outlines
from calcimeter.load.study import list_series, load_study, study_from_array

__all__ = ["LoadOptions", "list_series", "load_edits", "load_outlines", "load_study", "study_from_array"]
