"""OUT is whole or not there, and nobody's work is lost."""

from __future__ import annotations

import errno
import os
import shutil
import signal
import subprocess
import sys
import threading

import pytest

from calcimeter.errors import CalcimeterError, OutputExists, UsageError
from calcimeter.report.folder import check_output, whole_folder
from calcimeter.report.interruption import HeldInterruptions


def said(text):
    """A record as Calcimeter writes one."""
    return f'{{"schema": "calcimeter.analysis/1", "said": "{text}"}}'


def write(out, text="new", *, force=False):
    with whole_folder(out, force=force) as folder:
        (folder / "analysis.json").write_text(said(text))


def test_the_folder_appears_when_all_of_it_is_written(tmp_path):
    out = tmp_path / "deep" / "out"
    with whole_folder(out) as folder:
        (folder / "analysis.json").write_text(said("new"))
        assert not out.exists()
    assert (out / "analysis.json").read_text() == said("new")
    assert list(out.parent.iterdir()) == [out]


def test_the_folder_has_the_mode_that_the_user_asks_for(tmp_path):
    (tmp_path / "ordinary").mkdir()
    write(tmp_path / "out")
    assert (tmp_path / "out").stat().st_mode == (tmp_path / "ordinary").stat().st_mode


@pytest.mark.parametrize("interruption", [ValueError, KeyboardInterrupt, SystemExit])
@pytest.mark.parametrize("force", [False, True])
def test_an_interruption_leaves_what_was_there(interruption, force, tmp_path):
    out = tmp_path / "out"
    if force:
        write(out, "old")

    def begin():
        with whole_folder(out, force=force) as folder:
            (folder / "analysis.json").write_text("half")
            raise interruption

    with pytest.raises(interruption):
        begin()
    assert [x.name for x in tmp_path.iterdir()] == (["out"] if force else [])
    if force:
        assert (out / "analysis.json").read_text() == said("old")


def test_an_existing_folder_is_refused_and_stays(tmp_path):
    write(tmp_path / "out", "old")
    with pytest.raises(OutputExists, match="--force"):
        write(tmp_path / "out")
    assert (tmp_path / "out" / "analysis.json").read_text() == said("old")


def test_force_replaces_the_whole_folder(tmp_path):
    out = tmp_path / "out"
    write(out, "old")
    (out / "lesions.seg.dcm").write_text("of the old result")
    write(out, force=True)
    assert [x.name for x in out.iterdir()] == ["analysis.json"]
    assert (out / "analysis.json").read_text() == said("new")
    assert list(tmp_path.iterdir()) == [out]


def test_what_others_wrote_is_kept_beside_the_result(tmp_path):
    out = tmp_path / "out"
    for text in ("a thesis", "another"):
        shutil.rmtree(out, ignore_errors=True)
        out.mkdir()
        (out / "chapter.txt").write_text(text)
        write(out, force=True)
    assert [x.name for x in out.iterdir()] == ["analysis.json"]
    assert (tmp_path / "out.kept" / "chapter.txt").read_text() == "a thesis"
    assert (tmp_path / "out.kept-2" / "chapter.txt").read_text() == "another"


def test_a_file_of_somebody_else_s_that_is_called_like_a_record_makes_no_result_of_a_folder(tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "analysis.json").write_text("[]")
    write(tmp_path / "out", force=True)
    assert (tmp_path / "out.kept" / "analysis.json").read_text() == "[]"


@pytest.mark.parametrize("name", ["notes.txt", "my_draft"])
def test_what_somebody_put_beside_a_result_is_kept_with_it(name, tmp_path):
    out = tmp_path / "out"
    write(out, "old")
    (out / name).mkdir()
    write(out, force=True)
    assert (out / "analysis.json").read_text() == said("new")
    assert (tmp_path / "out.kept" / name).is_dir()


def test_what_a_file_manager_leaves_in_a_result_is_nobody_s_work(tmp_path):
    out = tmp_path / "out"
    write(out, "old")
    (out / ".DS_Store").touch()
    write(out, force=True)
    assert list(tmp_path.iterdir()) == [out]


def test_a_way_through_the_result_itself_loses_nothing(tmp_path):
    out = tmp_path / "out"
    write(out, "old")
    write(out / ".." / "out", force=True)
    assert (out / "analysis.json").read_text() == said("new")
    (out / "notes.txt").touch()
    write(out / ".." / "out", "newer", force=True)
    assert (out / "analysis.json").read_text() == said("newer")
    assert (tmp_path / "out.kept" / "notes.txt").exists()


def test_through_a_link_the_result_comes_to_where_it_leads_and_the_link_stays(tmp_path):
    there, link = tmp_path / "disk" / "result", tmp_path / "out"
    write(there, "old")
    link.symlink_to(there)

    write(link, "new", force=True)

    assert link.is_symlink()
    assert (there / "analysis.json").read_text() == said("new")
    assert [x.name for x in there.parent.iterdir()] == ["result"]


def test_an_empty_folder_is_replaced_without_a_trace(tmp_path):
    (tmp_path / "out").mkdir()
    write(tmp_path / "out", force=True)
    assert [x.name for x in tmp_path.iterdir()] == ["out"]


def test_force_replaces_no_file(tmp_path):
    (tmp_path / "out").write_text("a letter")
    with pytest.raises(UsageError, match="file"):
        write(tmp_path / "out", force=True)
    assert (tmp_path / "out").read_text() == "a letter"


def test_force_never_deletes_the_input_or_the_working_directory(tmp_path, monkeypatch):
    scans = tmp_path / "scans" / "ct"
    scans.mkdir(parents=True)
    for inputs in ((scans,), (scans.parent,)):
        with pytest.raises(UsageError, match="input"):
            check_output(scans.parent, force=True, inputs=inputs)
    monkeypatch.chdir(scans)
    with pytest.raises(UsageError, match="working directory"):
        write(tmp_path / "scans", force=True)


def test_a_place_that_cannot_be_written_is_wrong_usage_without_a_path(tmp_path):
    (tmp_path / "SECRETSURNAME").write_text("a file where a folder is needed")
    with pytest.raises(UsageError, match="can't be written") as caught:
        write(tmp_path / "SECRETSURNAME" / "out")
    assert "SECRETSURNAME" not in str(caught.value)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_place_is_wrong_usage(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(UsageError, match="can't be written"):
        write(tmp_path / "out")


def test_a_full_disk_is_said_plainly_and_leaves_nothing(tmp_path):
    def fill():
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "SECRETSURNAME")

    with pytest.raises(CalcimeterError, match="No space left") as caught, whole_folder(tmp_path / "out"):
        fill()
    assert caught.value.exit_code == 1
    assert "SECRETSURNAME" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


INTERRUPTED_OFTEN = """
import os, random, signal, sys, threading, time
from pathlib import Path
from calcimeter.report.folder import whole_folder

place, chance = Path(sys.argv[1]), random.Random(0)
signal.signal(signal.SIGTERM, signal.default_int_handler)
out, met, done = place / "deep" / "out", 0, 0

def interrupt(after):
    time.sleep(after)
    os.kill(os.getpid(), chance.choice([signal.SIGINT, signal.SIGTERM]))

for turn in range(150):
    sender = threading.Thread(target=interrupt, args=(chance.random() * 0.0025,))
    try:
        sender.start()
        with whole_folder(out, force=True) as folder:
            (folder / "analysis.json").write_text('{"schema": "calcimeter.analysis/1"}')
            (folder / "a").write_text(str(turn))
            (folder / "b").write_text(str(turn))
        done += 1
        sender.join()
        time.sleep(0.01)
    except KeyboardInterrupt:
        met += 1
        sender.join()
    names = sorted(path.name for path in place.rglob("*"))
    assert names in ([], ["a", "analysis.json", "b", "deep", "out"]), (turn, names)
    assert not names or (out / "a").read_text() == (out / "b").read_text()
print(met, done)
"""


def test_whenever_an_interruption_comes_the_folder_is_whole_or_not_there(tmp_path):
    command = [sys.executable, "-c", INTERRUPTED_OFTEN, str(tmp_path)]
    said = subprocess.run(command, capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stderr
    met, done = map(int, said.stdout.split())
    assert met == 150  # before, within, or after it
    assert done > 0


def test_an_interruption_while_the_folder_is_put_in_place_comes_afterwards(tmp_path):
    def put_in_place():
        with HeldInterruptions():
            signal.raise_signal(signal.SIGINT)
            (tmp_path / "all of it").touch()

    with pytest.raises(KeyboardInterrupt):
        put_in_place()
    assert (tmp_path / "all of it").exists()
    with HeldInterruptions() as held, pytest.raises(KeyboardInterrupt), held.let_through():
        signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_outside_the_main_thread_a_folder_is_written_too(tmp_path):
    writer = threading.Thread(target=write, args=(tmp_path / "out",))
    writer.start()
    writer.join()
    assert (tmp_path / "out" / "analysis.json").read_text() == said("new")


def test_folders_made_for_a_result_that_failed_go_with_it(tmp_path):
    with pytest.raises(ValueError, match="of the result"), whole_folder(tmp_path / "a" / "b" / "out"):
        raise ValueError("of the result")
    assert list(tmp_path.iterdir()) == []


def test_a_name_that_no_disk_takes_is_wrong_usage(tmp_path):
    with pytest.raises(UsageError, match="can't be written"):
        check_output(tmp_path / ("x" * 300))
