"""Files -> model: scans, outlines, edits. pydicom, nibabel and nrrd are spoken here and in ``report`` only."""
