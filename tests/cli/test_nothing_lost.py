"""Whatever happens to a run, the input stays as it was, and OUT is the old one, the new one, or not there."""

from __future__ import annotations

import hashlib
import os
import resource
import shutil
import signal
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from small_scan import small_scan

from load.ct_files import write_dicom

COMMAND = [sys.executable, "-m", "calcimeter", "analyze"]


def state_of(folder: Path) -> dict[str, tuple[int, str]]:
    """Every file and folder below one: when it was changed, and the digest of its bytes."""
    return {
        str(path.relative_to(folder)): (
            path.stat().st_mtime_ns,
            hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "folder",
        )
        for path in (folder, *folder.rglob("*"))
    }


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    """A folder of DICOM files."""
    return write_dicom(tmp_path_factory.mktemp("source") / "SECRETSURNAME", small_scan())


@pytest.fixture(scope="module")
def packed(source):
    """The same as a zip."""
    path = source.parent / "SECRETSURNAME.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for file in sorted(source.iterdir()):
            archive.write(file, file.name)
    return path


@pytest.fixture
def place(tmp_path):
    """An empty folder for OUT, and a folder of its own for what is unpacked."""
    (tmp_path / "there").mkdir()
    (tmp_path / "unpacked").mkdir()
    return tmp_path / "there"


def environment(place: Path, **more: str) -> dict[str, str]:
    return os.environ | {"TMPDIR": str(place.parent / "unpacked")} | more


def call(place: Path, *words, **options) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *map(str, words)], capture_output=True, text=True, check=False, env=environment(place), **options
    )


def nothing_is_left(place: Path, kept: tuple[str, ...] = ()) -> bool:
    left = sorted(path.name for path in place.iterdir())
    return left == sorted(kept) and not list((place.parent / "unpacked").iterdir())


def one_line(said: subprocess.CompletedProcess[str]) -> str:
    """What a command complained of: one line, and no path but what was typed."""
    assert said.stdout == ""
    assert "Traceback" not in said.stderr
    lines = [line for line in said.stderr.splitlines() if not line.endswith(" ...")]
    assert len(lines) == 1, said.stderr
    return lines[0]


# --- interruptions -------------------------------------------------------------------------------------------------


# Interrupted in which step, how; whether the input is a zip, and an OUT exists.
MOMENTS = [
    ("load", signal.SIGINT, True, False),
    ("body", signal.SIGTERM, True, True),
    ("skeleton", signal.SIGINT, False, False),
    ("report", signal.SIGTERM, False, False),
    ("report", signal.SIGINT, True, True),
]


@pytest.mark.parametrize("moment", MOMENTS)
def test_an_interrupted_run_leaves_what_was_there_and_nothing_else(moment, source, packed, place):
    step, stop, zipped, existing = moment
    before = state_of(source.parent)
    out = place / "deep" / "out"
    if existing:
        out.mkdir(parents=True)
        (out / "work").write_text("somebody's")
    words = [packed if zipped else source, "-o", out, "--debug", "--force"]
    command = [*COMMAND, *map(str, words)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment(place)
    ) as running:
        for line in running.stderr:
            if line.startswith(f"{step} ..."):
                break
        running.send_signal(stop)
        printed, said = running.communicate(timeout=60)
    assert running.returncode == 1
    assert printed == ""
    assert said.splitlines()[-1] == "calcimeter: interrupted; nothing was left half-written"
    assert "Traceback" not in said
    assert nothing_is_left(place, ("deep",) if existing else ())
    if existing:
        assert [path.name for path in out.parent.iterdir()] == ["out"]
        assert (out / "work").read_text() == "somebody's"
    assert state_of(source.parent) == before


# --- the input and OUT ---------------------------------------------------------------------------------------------


def test_a_run_leaves_the_input_as_it_was_to_the_last_bit(source, packed, run, tmp_path):
    before = state_of(source.parent)
    for given in (source, packed):
        assert run("analyze", given, "-o", tmp_path / given.name, "--quiet").code == 0
        assert run("analyze", given, "--list").code == 0
    assert state_of(source.parent) == before


def test_out_inside_the_input_changes_no_file_of_the_input(source, run, tmp_path):
    given = tmp_path / "given"
    shutil.copytree(source, given)
    before = {name: state for name, state in state_of(given).items() if name != "."}
    said = run("analyze", given, "-o", given / "out", "--quiet")
    after = state_of(given)
    assert {name: after[name] for name in before} == before
    assert {name.split("/")[0] for name in after.keys() - before.keys()} <= {".", "out"}
    assert (said.code == 0) == (given / "out").exists()


@pytest.mark.parametrize("force", [(), ("--force",)])
def test_an_out_that_holds_the_input_is_refused_and_kept(force, source, run, tmp_path):
    out = tmp_path / "out"
    shutil.copytree(source, out / "deep" / "scan")
    before = state_of(tmp_path)
    said = run("analyze", out / "deep" / "scan", "-o", out, "--quiet", *force)
    assert said.code == 2
    assert state_of(tmp_path) == before


def test_a_refused_run_with_force_keeps_the_old_result(source, run, tmp_path):
    broken = tmp_path / "broken"
    shutil.copytree(source, broken)
    next(iter(sorted(broken.iterdir())[5:])).unlink()
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "work").write_text("somebody's")
    before = state_of(tmp_path)
    said = run("analyze", broken, "-o", tmp_path / "out", "--force", "--quiet")
    assert said.code == 3
    assert state_of(tmp_path) == before


def test_what_stood_in_out_is_kept_and_told_of_even_when_quiet(source, run, tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    (out / "work").write_text("somebody's")
    said = run("analyze", source, "-o", out, "--force", "--quiet")
    assert said.code == 0
    assert said.err.startswith("calcimeter: OUT held files that Calcimeter did not write")
    assert said.err.endswith("as OUT.kept\n")
    assert (tmp_path / "out.kept" / "work").read_text() == "somebody's"


# --- no room, no right to write ------------------------------------------------------------------------------------


def limited_to(size: int):
    """What a child calls first: no file of it may be longer."""

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    return limit


@pytest.mark.parametrize(("size", "existing"), [(1000, False), (20_000, True)])
def test_a_disk_that_takes_no_more_has_its_own_message_and_leaves_nothing(size, existing, source, place):
    if existing:
        (place / "out").mkdir()
        (place / "out" / "work").write_text("somebody's")
    said = call(place, source, "-o", place / "out", "--force", "--quiet", preexec_fn=limited_to(size))
    assert said.returncode == 1
    assert one_line(said).startswith("calcimeter: OUT could not be written (File too large): make room")
    assert nothing_is_left(place, ("out",) if existing else ())
    if existing:
        assert (place / "out" / "work").read_text() == "somebody's"


def in_its_own_mounts(place: Path, mount: str, *words) -> subprocess.CompletedProcess[str]:
    """The command where ``mount`` was done before; what it leaves below ``place`` is listed on stdout at the end."""
    private = ["unshare", "--user", "--map-root-user", "--mount"]
    if not shutil.which("unshare") or subprocess.run([*private, "true"], capture_output=True, check=False).returncode:
        pytest.skip("this machine lets nobody mount a disk of his own")
    script = f'{mount} || exit 99; shift; "$@"; code=$?; ls -A "$0"; exit $code'
    command = [*private, "sh", "-c", script, str(place), "-", *COMMAND, *map(str, words)]
    said = subprocess.run(command, capture_output=True, text=True, check=False, env=environment(place))
    if said.returncode == 99:
        pytest.skip(f"this machine refuses the mount: {said.stderr.strip()}")
    return said


@pytest.mark.parametrize("size", ["16k", "200k"])
def test_a_full_disk_has_its_own_message_and_leaves_nothing(size, source, place):
    said = in_its_own_mounts(
        place, f'mount -t tmpfs -o size={size} none "$0"', source, "-o", place / "deep" / "out", "--quiet"
    )
    assert said.returncode == 1
    assert one_line(said).startswith("calcimeter: OUT could not be written (No space left on device): make room")


@pytest.mark.parametrize("existing", [False, True])
def test_a_read_only_disk_has_its_own_message_before_any_work_is_done(existing, source, place):
    if existing:
        (place / "out").mkdir()
    said = in_its_own_mounts(
        place,
        'mount --bind "$0" "$0" && mount -o remount,bind,ro "$0"',
        source,
        *("-o", place / "out", "--force", "--debug"),
    )
    assert said.returncode == 2
    assert said.stdout == ("out\n" if existing else "")
    assert said.stderr.startswith("calcimeter: OUT can't be written there")
    assert said.stderr.count("\n") == 1


@pytest.mark.parametrize("size", [0, 2000])
def test_no_room_to_unpack_a_zip_has_its_own_message(size, packed, place):
    said = call(place, packed, "-o", place / "out", "--quiet", preexec_fn=limited_to(size), cwd=place)
    assert said.returncode == 3
    assert "TMPDIR" in one_line(said)
    assert "damaged" not in said.stderr
    assert nothing_is_left(place)


# --- surroundings --------------------------------------------------------------------------------------------------


def test_a_reader_that_closes_stdout_early_and_a_home_that_is_not_there_do_no_harm(source, place):
    nowhere = dict.fromkeys(("HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "MPLCONFIGDIR"), "/proc/nowhere")
    words = [*COMMAND, str(source), "-o", str(place / "out"), "--quiet", "--json"]
    with subprocess.Popen(
        words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment(place, **nowhere)
    ) as running:
        running.stdout.close()
        said = running.stderr.read()
    assert running.returncode in (0, 1)
    assert "Traceback" not in said
    assert "Exception" not in said
    assert "internal error" not in said
    assert nothing_is_left(place, ("out",))
    assert (place / "out" / "report.pdf").stat().st_size > 10_000
    assert (place / "out" / "lesions.seg.dcm").exists()
