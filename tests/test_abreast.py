"""Work side by side in processes gives what it gives one after the other, and leaves no process behind."""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from calcimeter.abreast import abreast

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="work is forked off on Linux alone")


@pytest.fixture(autouse=True)
def _two_cores(monkeypatch):
    monkeypatch.setattr("calcimeter.abreast.cores", lambda: 2)


def waits_and_tells(number: int):
    def work() -> tuple[int, int]:
        time.sleep(0.05)
        return number, os.getpid()

    return work


def test_results_come_in_the_order_of_the_work_and_from_more_than_one_process():
    results = abreast(*(waits_and_tells(number) for number in range(6)))
    assert [number for number, _ in results] == list(range(6))
    assert len({process for _, process in results}) == 2
    assert results[0][1] == os.getpid()
    assert multiprocessing.active_children() == []


@pytest.mark.parametrize("count", [0, 1])
def test_with_nothing_to_share_no_process_is_begun(count):
    assert [process for _, process in abreast(*(waits_and_tells(1),) * count)] == [os.getpid()] * count


def test_a_program_with_threads_of_its_own_is_not_forked():
    enough = threading.Event()
    thread = threading.Thread(target=enough.wait)
    thread.start()
    try:
        assert {process for _, process in abreast(*(waits_and_tells(k) for k in range(3)))} == {os.getpid()}
    finally:
        enough.set()
        thread.join()


def test_a_process_that_is_one_of_several_begins_none():
    def inside(pipe) -> None:
        pipe.send({process for _, process in abreast(*(waits_and_tells(k) for k in range(3)))})

    context = multiprocessing.get_context("fork")
    here, there = context.Pipe(duplex=False)
    one_of_several = context.Process(target=inside, args=(there,))
    one_of_several.start()
    assert here.recv() == {one_of_several.pid}
    one_of_several.join()


@pytest.mark.parametrize("place", range(4))
def test_an_error_is_raised_where_the_work_was_asked_for(place):
    def fails() -> None:
        time.sleep(0.02)
        raise ZeroDivisionError

    works = [waits_and_tells(number) for number in range(4)]
    works[place] = fails
    with pytest.raises(ZeroDivisionError):
        abreast(*works)
    assert multiprocessing.active_children() == []


def test_what_a_process_was_to_tell_that_is_killed_is_worked_out_here():
    here = os.getpid()

    def dies_elsewhere() -> int:
        if os.getpid() != here:
            os.kill(os.getpid(), signal.SIGKILL)
        return os.getpid()

    assert abreast(waits_and_tells(0), dies_elsewhere)[1] == here


@pytest.mark.parametrize("told", [lambda: None, os.environ, {}.keys()])
def test_what_cannot_be_handed_over_is_worked_out_here(told):
    results = abreast(waits_and_tells(0), lambda: told)
    assert results[1] is told


def test_where_no_process_can_be_begun_all_is_done_here(monkeypatch):
    def refused() -> int:
        raise OSError(12, "no memory")

    monkeypatch.setattr(os, "fork", refused)
    assert {process for _, process in abreast(*(waits_and_tells(k) for k in range(3)))} == {os.getpid()}


def test_a_process_whose_caller_was_killed_ends_too(tmp_path):
    script = (
        "import os, time\n"
        "from pathlib import Path\n"
        "import calcimeter.abreast as a\n"
        "a.cores = lambda: 2\n"
        f"said = Path({str(tmp_path / 'said')!r})\n"
        "def large():\n"
        "    said.write_text(str(os.getpid())); time.sleep(0.5); return bytes(1 << 20)\n"
        "a.abreast(lambda: time.sleep(60), large)\n"
    )
    caller = subprocess.Popen([sys.executable, "-c", script])
    wait_until((tmp_path / "said").exists)
    time.sleep(0.1)
    caller.kill()
    caller.wait()
    forked = int((tmp_path / "said").read_text())
    wait_until(lambda: not is_running(forked))


def wait_until(holds):
    for _ in range(200):
        if holds():
            return
        time.sleep(0.05)
    pytest.fail("waited for 10 s")


def is_running(process: int) -> bool:
    """Whether it is there and no zombie that nobody asked after."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_an_interruption_ends_the_other_process_too():
    def is_interrupted() -> None:
        time.sleep(0.1)
        raise KeyboardInterrupt

    began = time.perf_counter()
    with pytest.raises(KeyboardInterrupt):
        abreast(is_interrupted, lambda: time.sleep(30))
    assert time.perf_counter() - began < 10
    assert multiprocessing.active_children() == []


def test_what_another_process_logs_is_logged_here(caplog):
    def logs() -> int:
        logging.getLogger("calcimeter").info("step %.1f s", 0.5, extra={"step": "step", "seconds": 0.5})
        return os.getpid()

    with caplog.at_level(logging.INFO, logger="calcimeter"):
        where = abreast(waits_and_tells(0), logs)[1]
    assert where != os.getpid()
    assert [(record.getMessage(), record.seconds) for record in caplog.records] == [("step 0.5 s", 0.5)]
