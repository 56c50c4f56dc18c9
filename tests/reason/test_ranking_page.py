"""docs/ranking.md is what the benchmark writes; the published cases stand beside the repository."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def benchmark():
    spec = importlib.util.spec_from_file_location("ranking_benchmark", ROOT / "benchmarks" / "ranking.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_is_up_to_date(benchmark):
    if not benchmark.CASES.exists():
        pytest.skip("the published cases are not beside the repository (../shared/cases)")
    told = json.loads(benchmark.CASES.read_text(encoding="utf-8"))
    answers = {prior: [benchmark.answer(entry, prior) for entry in told] for prior in benchmark.PRIORS}
    said = benchmark.page(answers)
    assert (ROOT / "docs" / "ranking.md").read_text(encoding="utf-8") == said, "python benchmarks/ranking.py"


def test_the_wilson_interval_is_that_of_the_textbook(benchmark):
    """18 of 27: 66.7 %, Wilson 47.8 to 81.4 (by hand)."""
    assert benchmark.interval(18, 27) == "18 (67 %, 48 to 81)"
    assert benchmark.interval(0, 10) == "0 (0 %, 0 to 28)"
