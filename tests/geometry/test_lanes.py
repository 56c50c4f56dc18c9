"""What is shared among cores comes out as if one had done it."""

from __future__ import annotations

import _thread
import threading
import time

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mask_cases import SPACINGS, bool_volumes, packed
from scipy import ndimage

from calcimeter.geometry import lanes, runs, spread
from calcimeter.geometry.components import Components
from calcimeter.geometry.distance import surface_index
from calcimeter.geometry.lanes import each, in_lanes
from calcimeter.geometry.morphology import dilate, erode, pool, unpool
from calcimeter.geometry.runs import paint, runs_of
from calcimeter.model.anatomy import Mask

MUCH = 1 << 30


@pytest.mark.parametrize("cores", [1, 2, 4])
@pytest.mark.parametrize("slices", [0, 1, 3, 50])
def test_every_slice_is_handed_out_once(monkeypatch, cores, slices):
    monkeypatch.setattr(lanes, "LANES", cores)
    met = np.zeros(slices, dtype=int)

    def count(first: int, last: int) -> None:
        met[first:last] += 1

    in_lanes(count, slices, MUCH)
    assert (met == 1).all()


def test_results_keep_the_order_of_their_items():
    assert each(lambda n: n * n, range(20), MUCH) == [n * n for n in range(20)]


def test_what_a_lane_raises_is_passed_on():
    with pytest.raises(ZeroDivisionError):
        each(lambda n: 1 // n, [1, 0], MUCH)


@pytest.mark.parametrize("stopped", [ZeroDivisionError, KeyboardInterrupt])
def test_after_an_error_or_ctrl_c_what_has_not_begun_is_left(monkeypatch, stopped):
    monkeypatch.setattr(lanes, "LANES", 2)
    begun = []

    def work(item: int) -> None:
        begun.append(item)
        if item == 3 and stopped is ZeroDivisionError:
            raise ZeroDivisionError
        time.sleep(0.01)

    ctrl_c = threading.Timer(0.05, _thread.interrupt_main)
    if stopped is KeyboardInterrupt:
        ctrl_c.start()
    with pytest.raises(stopped):
        each(work, range(500), MUCH)
    met = len(begun)
    time.sleep(0.05)

    assert met < 250
    assert len(begun) == met, "no lane goes on"


def test_lanes_within_lanes_come_to_an_end(monkeypatch):
    monkeypatch.setattr(lanes, "LANES", 2)
    inner = each(lambda a: each(lambda b: a * b, range(4), MUCH), range(5), MUCH)

    assert inner == [[a * b for b in range(4)] for a in range(5)]


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(bool_volumes(max_slices=40), st.sampled_from(SPACINGS), st.sampled_from((1, 7, 1 << 14)))
def test_neither_cores_nor_slabs_change_a_bit(monkeypatch, values, spacing_mm, slab):
    def all_of_it():
        mask = packed(values)
        parts = Components.of(mask)
        grown, shrunk = dilate(mask, 2.5, spacing_mm), erode(mask, 1.5, spacing_mm)
        return grown.words, shrunk.words, paint(parts.runs).words, parts.labels, surface_index(mask)

    with monkeypatch.context() as patched:
        expected = all_of_it()
        patched.setattr(lanes, "LANES", 3)
        patched.setattr(lanes, "SMALL_BYTES", 0)
        patched.setattr(spread, "SLAB_WORDS", slab)
        patched.setattr(runs, "SLAB_VOXELS", slab)
        patched.setattr(runs, "MANY_LINES", slab)
        found = all_of_it()
    assert all(np.array_equal(a, b) for a, b in zip(expected, found, strict=True))


@pytest.mark.parametrize("cores", [1, 2])
def test_masks_larger_than_a_slab_are_handled_like_small_ones(monkeypatch, cores):
    monkeypatch.setattr(lanes, "LANES", cores)
    monkeypatch.setattr(lanes, "SMALL_BYTES", 0)
    seeds = np.random.default_rng(5).random((90, 260, 200)) < 2e-4
    seeds[:, 100:140, 60:70] = True
    mask = Mask.from_bool(seeds)
    ball = np.linalg.norm(np.indices((5, 5, 5)) - 2, axis=0) <= 2
    assert np.array_equal(dilate(mask, 2.0, (1.0, 1.0, 1.0)).to_bool(), ndimage.binary_dilation(seeds, ball))
    assert np.array_equal(
        erode(mask, 2.0, (1.0, 1.0, 1.0)).to_bool(), ndimage.binary_erosion(seeds, ball, border_value=1)
    )
    cross = ndimage.generate_binary_structure(3, 1)
    rim = seeds & ~ndimage.binary_erosion(seeds, cross, border_value=1)
    assert np.array_equal(surface_index(mask), np.argwhere(rim))
    assert np.array_equal(paint(runs_of(mask)).words, mask.words)
    coarse = pool(mask, 2)
    assert np.array_equal(coarse.to_bool(), seeds.reshape(90, 130, 2, 100, 2).any(axis=(2, 4)))
    assert np.array_equal(unpool(coarse, 2, mask.shape).to_bool(), coarse.to_bool().repeat(2, 1).repeat(2, 2))
