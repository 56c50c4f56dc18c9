"""Whatever is done to a scan: it is read rightly, or refused in one line that names no patient."""

from __future__ import annotations

from pathlib import Path

import pytest
from mutant_bases import BASES, VARIANTS, base_files
from mutant_verdict import Verdict, verdict
from mutants import Mutant, mutant

SEEDS = range(200)
LONGEST_S = 5.0
MOST_BYTES = 2**29

REFUSALS = {"UnreadableInput", "GeometryError", "UnsupportedStudy", "AmbiguousSeries", "UsageError"}


@pytest.mark.parametrize("base", BASES)
@pytest.mark.parametrize("variant", VARIANTS)
def test_every_sound_scan_is_read_as_another_reader_reads_it(tmp_path: Path, base: str, variant: str) -> None:
    files = dict(base_files(base, variant))
    entry = "" if next(iter(files)).endswith(".dcm") else next(iter(files))

    found = verdict(Mutant(-1, base, (), files, entry), tmp_path / "sound")

    assert (found.outcome, found.faults) == ("accepted", ())


@pytest.mark.parametrize("seed", SEEDS)
def test_a_mutant_is_read_rightly_or_refused_in_one_line(tmp_path: Path, seed: int) -> None:
    found: Verdict = verdict(mutant(seed), tmp_path / "mutated-scan")

    assert not found.faults
    assert found.outcome in REFUSALS | {"accepted"}
    assert found.seconds < LONGEST_S
    assert found.grown_bytes < MOST_BYTES


def test_a_seed_gives_the_same_mutant_again() -> None:
    assert all(mutant(seed) == mutant(seed) for seed in range(48))
