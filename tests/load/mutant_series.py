"""Mutations of a series: slices lost, doubled, moved, turned, renamed, mixed with others."""

from __future__ import annotations

from copy import deepcopy
from random import Random

from dicom_elements import PIXEL_DATA, DicomFile

IMAGE_POSITION, ORIENTATION, SERIES_UID, INSTANCE_UID = 0x00200032, 0x00200037, 0x0020000E, 0x00080018

Series = dict[str, DicomFile]


def slices_removed(rng: Random, series: Series) -> None:
    for name in rng.sample(sorted(series), min(rng.choice((1, 1, 2, 4)), len(series) - 1)):
        del series[name]


def slice_doubled(rng: Random, series: Series) -> None:
    """Under another name; with its own UID or the same, at its place or another."""
    copy = deepcopy(rng.choice([*series.values()]))
    if rng.random() < 0.5:
        _text(copy, INSTANCE_UID, "1.2.3.4.5")
    if rng.random() < 0.3:
        _moved(copy, 2, rng.choice((2.5, 100.0, 0.001)))
    if rng.random() < 0.3:
        pixels = copy.find(PIXEL_DATA)
        if pixels:
            pixels.value = pixels.value[::-1]
    series[rng.choice(("zzz.dcm", "aaa", "000 copy.dcm", "x.nii.dcm"))] = copy


def slice_moved(rng: Random, series: Series) -> None:
    _moved(rng.choice([*series.values()]), rng.randrange(3), rng.choice((2.5, -2.5, 0.1, 0.3, 1.0, -50.0, 1e-4, 5.0)))


def all_moved(rng: Random, series: Series) -> None:
    """Sheared, stretched, or far away."""
    axis, by, each = rng.randrange(3), rng.choice((0.0, 1e5, 1e7, 9e8, -3.3)), rng.choice((0.0, 0.1, 1.0, -2.5, 2.5))
    for k, file in enumerate(series.values()):
        _moved(file, axis, by + each * k)


def rotated(rng: Random, series: Series) -> None:
    """One slice or all, by a little or a quarter turn."""
    turn = rng.choice(
        (
            "0\\1\\0\\1\\0\\0",
            "1\\0\\0\\0\\0.9999\\0.01",
            "1\\0\\0\\0\\0\\-1",
            "0.5\\0\\0\\0\\0.5\\0",
            "1\\0\\0\\1\\0\\0",
        )
    )
    for file in [*series.values()] if rng.random() < 0.6 else [rng.choice([*series.values()])]:
        _text(file, ORIENTATION, turn)


def two_series(rng: Random, series: Series) -> None:
    """One slice or more told to belong to another series, or a whole second series."""
    if rng.random() < 0.5:
        for file in rng.sample([*series.values()], rng.randrange(1, len(series) + 1)):
            _text(file, SERIES_UID, "1.2.3.4.6")
        return
    for name, file in [*series.items()]:
        copy = deepcopy(file)
        _text(copy, SERIES_UID, "1.2.3.4.7")
        _text(copy, INSTANCE_UID, f"1.2.3.4.7.{len(series)}")
        series["b" + name] = copy


def one_instance_uid(rng: Random, series: Series) -> None:
    """Several slices under one instance UID."""
    for file in rng.sample([*series.values()], rng.randrange(2, len(series) + 1)) if len(series) > 1 else ():
        _text(file, INSTANCE_UID, "1.2.3.4.8")


def renamed(rng: Random, series: Series) -> None:
    """Other names: no ending, another format's ending, hidden, not ASCII."""
    name = rng.choice(sorted(series))
    series[rng.choice(("noend", "IM.nii", "IM.nrrd", ".hidden", "é ü.dcm", "DICOMDIR", "IM.zip"))] = series.pop(name)


def pixels_swapped(rng: Random, series: Series) -> None:
    """One slice has the pixels of another, larger, smaller or differently packed one."""
    a, b = (rng.choice([*series.values()]).find(PIXEL_DATA) for _ in range(2))
    if a and b:
        a.value, b.value = b.value, a.value


SERIES_EDITS = (
    slices_removed,
    slice_doubled,
    slice_moved,
    all_moved,
    rotated,
    two_series,
    one_instance_uid,
    renamed,
    pixels_swapped,
)


def _text(file: DicomFile, tag: int, value: str) -> None:
    element = file.find(tag)
    if element:
        element.value = value.encode() + b" " * (len(value) % 2)


def _moved(file: DicomFile, axis: int, by_mm: float) -> None:
    """Image Position shifted along an axis of the patient."""
    element = file.find(IMAGE_POSITION)
    try:
        numbers = [float(part) for part in element.value.split(b"\\")] if element else []
    except ValueError:  # another change came first
        return
    if element and len(numbers) == 3:
        numbers[axis] += by_mm
        _text(file, IMAGE_POSITION, "\\".join(f"{number:.10g}" for number in numbers))
