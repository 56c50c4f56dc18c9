"""The later SEG and SR once more, with the tracking UIDs of the earlier study."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from calcimeter.errors import UnreadableInput
from calcimeter.report.instance import derived_uid, save

if TYPE_CHECKING:
    from pydicom.dataelem import DataElement
    from pydicom.dataset import Dataset

DAMAGED = "met a {name} that is damaged, expected that of `calcimeter analyze`: analyze the later scan again"
FILES = ("lesions.seg.dcm", "report.sr.dcm")


def write_retracked(folder: Path, out: Path, uids: Mapping[str, str]) -> None:
    """Write those of ``FILES`` that a folder holds anew, each as an instance and a series of its own.

    Raises
    ------
    UnreadableInput
        One of them is damaged.
    """
    datasets = {name: _read(folder / name) for name in FILES if (folder / name).is_file()}
    renamed = dict(uids)
    for dataset in datasets.values():
        for uid in (dataset.SOPInstanceUID, dataset.SeriesInstanceUID):
            renamed[str(uid)] = derived_uid(str(uid), *sorted(f"{old} {new}" for old, new in uids.items()), "compared")
    for name, dataset in datasets.items():
        _rename(dataset, renamed)
        dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
        save(dataset, out / name)


def _read(path: Path) -> Dataset:
    import pydicom

    try:
        dataset = pydicom.dcmread(path)
        if "SOPInstanceUID" in dataset and "SeriesInstanceUID" in dataset:
            return dataset
    except (pydicom.errors.InvalidDicomError, EOFError, OSError, ValueError) as error:
        raise UnreadableInput(DAMAGED.format(name=path.name)) from error
    raise UnreadableInput(DAMAGED.format(name=path.name))


def _rename(dataset: Dataset, renamed: Mapping[str, str]) -> None:
    """Every UID that has a new one, wherever it stands."""

    def change(_: Dataset, element: DataElement) -> None:
        if element.VR == "UI" and isinstance(element.value, str) and str(element.value) in renamed:
            element.value = renamed[str(element.value)]

    dataset.walk(change)
