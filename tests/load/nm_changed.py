"""NM files with changed headers, and what is said of them."""

from __future__ import annotations

import pydicom


def changed(path, change):
    dataset = pydicom.dcmread(path)
    change(dataset)
    dataset.save_as(path, enforce_file_format=True)


def codes(study):
    return {one.code for one in study.caveats}
