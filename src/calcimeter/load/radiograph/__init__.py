"""Radiographs -> one image with its plane: DICOM CR and DX, PNG and JPEG."""
