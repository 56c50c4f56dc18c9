"""Balls welded to a shaft, drawn by ``benchmarks/attached.py`` from a seed of this page's own."""

from __future__ import annotations

import numpy as np

import attached
from shown import Section, share, table
from validation.run import in_parallel
from validation.seeds import judging

SEED = judging(8_128)
CONTACTS = ((0.0, 0.05), (0.05, 0.10), (0.10, 0.15), (0.15, 0.20), (0.20, 0.30))


def section(n: int) -> Section:
    """Errors of n balls by contact."""
    page = Section("Attached deposits")
    balls = in_parallel(_ball, range(n))
    held = sum(ball.holds for ball in balls)
    page.judge(
        "attached spheres, contact up to a quarter of the surface: soft tissue, volume within 8 % (95 % of them)",
        f"{share(held, n)}; median error {100 * np.median([ball.error for ball in balls]):+.1f} %",
        holds=held >= 0.95 * n,
    )
    lines = []
    for low, high in CONTACTS:
        some = [ball for ball in balls if low <= ball.contact < high]
        errors = 100 * np.array([ball.error for ball in some if ball.category == "soft_tissue"])
        middle, most = (f"{np.median(errors):+.1f} %", f"{np.abs(errors).max():.1f} %") if len(errors) else ("–", "–")
        name = f"contact {100 * low:.0f} to {100 * high:.0f} %"
        other = str(sum(ball.category != "soft_tissue" for ball in some))
        lines.append((name, str(len(some)), share(sum(b.holds for b in some), len(some)), other, middle, most))
    names = ("", "n", "within 8 %", "not soft tissue", "median error", "largest error")
    page.notes.append(table(names, lines))
    page.notes.append(
        "Balls of 20 to 40 mm on a shaft, by the package's own scanner, as `benchmarks/attached.py` makes them: that "
        "benchmark also has masses, and shafts without a deposit."
    )
    return page


def _ball(number: int) -> attached.Result:
    return attached._ball(np.random.default_rng([SEED, number]))
