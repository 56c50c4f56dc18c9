"""DICOM series -> slices in order -> a volume in HU. Nothing outside knows how a file is coded."""
