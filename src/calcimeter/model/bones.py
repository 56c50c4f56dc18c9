"""Names of bones that belong together, in the terms of the vocabulary."""

from __future__ import annotations

SPINE = ("cervical_spine", "thoracic_spine", "lumbar_spine", "sacrum", "coccyx")
"""From above."""

MIDLINE = frozenset({"skull", "mandible", *SPINE, "sternum"})
"""Bones of which there is one."""

LEG = frozenset({"femur", "patella", "tibia", "fibula", "tarsus", "foot"})
ARM = frozenset({"humerus", "radius", "ulna", "carpus", "hand"})
