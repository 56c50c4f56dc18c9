"""Show how well volume, mass, axes, lobes and fluid levels are measured, and write docs/validation.md.

    python benchmarks/validate.py [--n 400] [--only PART ...]             writes the page
    python benchmarks/validate.py --rehearse --n 20 [--only PART ...]     the same on other objects; prints only
    python benchmarks/validate.py --tuning [--n 40] [--simulated] [--by kind]   objects for tuning; prints tables

With ``--only`` the other parts stand as they were in the last run with the same n (benchmarks/.cache/validation).

The judging set (other seeds, other shapes, another scanner) is for the final run: whoever writes an estimator looks at
``--tuning`` alone. ``VALIDATE_PROCESSES`` sets how many processes work, 2 if it is not set.
"""

from __future__ import annotations

import argparse
import os
import time

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ.setdefault(name, "1")

from validation.seeds import REHEARSAL  # noqa: E402

PARTS = ("volume", "repeats", "lobes", "levels", "attached", "poor", "ibsi")
GROUPS = ("size", "kind", "thickness", "contrast", "noise", "blur")


def main() -> None:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--n", type=int, default=None, help="objects of a size class (400; tuning: 40)")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=None, help="run these parts, keep the others")
    parser.add_argument("--tuning", action="store_true", help="the tuning set: tables only, nothing is written")
    parser.add_argument("--simulated", action="store_true", help="tuning: by the simulator, masses too")
    parser.add_argument("--by", choices=GROUPS, default="size", help="tuning: one line for each")
    parser.add_argument("--worst", type=int, default=0, help="tuning: list so many worst volumes of a class")
    parser.add_argument("--rehearse", action="store_true", help="draw other objects than those that judge; no page")
    chosen = parser.parse_args()
    if chosen.rehearse or chosen.tuning:
        os.environ[REHEARSAL] = "1"
    import quote
    from validation import page, tuning  # after the environment says what the seeds are

    began = time.perf_counter()
    if chosen.tuning:
        tuning.show(chosen.n or 40, chosen.by, chosen.worst, simulated=chosen.simulated)
    else:
        page.write(chosen.n or page.OBJECTS, chosen.only)
        quote.main()
    print(f"{time.perf_counter() - began:.0f} s")


if __name__ == "__main__":
    main()
