"""Every threshold of following deposits over time, with its unit and where it comes from."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field


@dataclass(frozen=True, slots=True)
class RegisterSettings:
    """Laying skeletons over each other.

    Turns: patients lie down again within some 10 degrees. Reaches: from half a vertebra down to the size of a coarse
    voxel. Covered and residual: chosen on scans of other patients, which must not fit [real].
    """

    coarse_mm: float = 6.0
    turns_deg: tuple[float, ...] = (10.0,)
    starts: int = 3
    points: int = 6000
    reach_mm: tuple[float, float] = (25.0, 4.0)
    least_covered: float = 0.2
    residual_mm: float = 1.0
    least_points: int = 200
    bone_points: int = 2500
    bone_reach_mm: tuple[float, float] = (15.0, 3.0)
    bone_covered: float = 0.3
    bone_moved_mm: float = 60.0


@dataclass(frozen=True, slots=True)
class MatchSettings:
    """Which deposits of two dates are one.

    Near: what registration leaves, and the blur of thick slices. Share: of the smaller one that lies on the other.
    In view: so much of a deposit has to lie inside what the other study shows.
    """

    near_mm: float = 5.0
    share: float = 0.3
    in_view: float = 0.98
    border_mm: float = 2.0
    points: int = 4000


@dataclass(frozen=True, slots=True)
class ChangeSettings:
    """What widens the detectable change where two scans differ.

    Thickness: a share of the larger volume where slices differ by more than the ratio; the measured volumes of 1 and
    3 mm slices of one object differ by at most that (docs/validation.md). Kernel and voltage: the same share, for
    edges that move with the kernel.
    """

    thickness_ratio: float = 1.5
    thickness_share: float = 0.05
    kernel_share: float = 0.03
    kvp_share: float = 0.03


@dataclass(frozen=True, slots=True)
class FollowSettings:
    """All thresholds of a comparison."""

    register: RegisterSettings = field(default_factory=RegisterSettings)
    match: MatchSettings = field(default_factory=MatchSettings)
    change: ChangeSettings = field(default_factory=ChangeSettings)

    def record(self) -> dict[str, dict[str, object]]:
        """Plain values by step, for the provenance."""
        return asdict(self)
