"""Many files walked over at once give what each gives alone."""

from __future__ import annotations

from pathlib import Path

import pytest
from ct_files import dicom_slice, make_scan, save
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from calcimeter.load.dicom.walk import UnusualError, Walked, walk
from calcimeter.load.dicom.walk_together import FEWEST, walk_together

IMPLICIT, EXPLICIT, DEFLATED, BIG = "1.2.840.10008.1.2", *(f"1.2.840.10008.1.2.{k}" for k in ("1", "1.99", "2"))


def heads_of(folder: Path, syntax: str = EXPLICIT, count: int = FEWEST + 4) -> list[bytes]:
    scan = make_scan((count, 8, 9), (1.0, 0.7, 0.7))
    heads = []
    for k in range(count):
        dataset = dicom_slice(scan, k)
        dataset.ImageComments = "x" * (2 * k)
        dataset.file_meta.TransferSyntaxUID = syntax
        if syntax == BIG:
            dataset["PixelData"].VR = "OW"
        save(dataset, folder / f"{k}.dcm")
        heads.append((folder / f"{k}.dcm").read_bytes())
    return heads


def alone(head: bytes) -> Walked | None:
    try:
        return walk(head)
    except UnusualError:
        return None


@pytest.mark.parametrize("syntax", [EXPLICIT, IMPLICIT])
def test_files_of_one_series_are_walked_together_as_each_alone(tmp_path: Path, syntax: str) -> None:
    heads = heads_of(tmp_path, syntax)

    together = walk_together(heads)

    assert None not in together
    assert together == [alone(head) for head in heads]


@pytest.mark.parametrize("syntax", [DEFLATED, BIG])
def test_what_is_not_little_endian_is_left_to_the_walk_alone(tmp_path: Path, syntax: str) -> None:
    assert walk_together(heads_of(tmp_path, syntax)) == [None] * (FEWEST + 4)


def test_series_of_different_elements_part_and_are_both_walked_over(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    one, other = heads_of(tmp_path / "a"), heads_of(tmp_path / "b", IMPLICIT)
    mixed = [head for pair in zip(one, other, strict=True) for head in pair]

    together = walk_together(mixed)

    assert None not in together
    assert together == [alone(head) for head in mixed]


def test_no_files_and_files_that_are_not_dicom_give_nothing() -> None:
    assert walk_together([]) == []
    assert walk_together([b"", b"not DICOM", bytes(200)] * FEWEST) == [None] * (3 * FEWEST)


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[bytes]]:
    return {syntax: heads_of(tmp_path_factory.mktemp("heads"), syntax) for syntax in (EXPLICIT, IMPLICIT)}


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    syntax=st.sampled_from([EXPLICIT, IMPLICIT]),
    damage=st.lists(
        st.tuples(
            st.integers(0, FEWEST + 3),
            st.integers(128, 1200),
            st.sampled_from([b"", b"\0", b"\xff\xff\xff\xff", b"SQ", b"US", b"\x28\0\x10\0", b"\0\0", b"\x02\0"]),
            st.booleans(),
        ),
        max_size=12,
    ),
)
def test_damaged_files_give_what_the_walk_alone_gives_or_nothing(
    sound: dict[str, list[bytes]], syntax: str, damage: list[tuple[int, int, bytes, bool]]
) -> None:
    heads = list(sound[syntax])
    for which, at, what, is_cut in damage:
        heads[which] = heads[which][:at] + what + (b"" if is_cut else heads[which][at + len(what) :])

    for head, walked in zip(heads, walk_together(heads), strict=True):
        assert walked in (None, alone(head))
