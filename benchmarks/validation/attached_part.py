"""Balls welded to a shaft: run by the benchmark of the step that cuts them off."""

from __future__ import annotations

from shown import Section


def section() -> Section:
    """What ``benchmarks/attached.py`` finds; a line that says so where it is not there."""
    try:
        import attached
    except ImportError:
        page = Section("Attached deposits")
        page.skip("attached spheres within 8 % over contact areas up to a quarter of the surface", "not yet")
        return page
    found: Section = attached.section()
    return found
