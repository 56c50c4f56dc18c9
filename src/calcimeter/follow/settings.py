"""Every threshold of following deposits over time, with its unit and where it comes from."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field


@dataclass(frozen=True, slots=True)
class RegisterSettings:
    """Laying skeletons over each other, and telling whether they are one.

    Turns: patients lie down again within some 10 degrees, and turn their legs more than that. Reaches: from half a
    vertebra down to the size of a coarse voxel. Apart, the third quartile: four patients against themselves (noise, 2.5
    and 5 mm slices, turned, cropped) came to at most 1.94 mm, five against each other to at least 2.05 mm where
    more than a shaft was in the view of both [real]. Held: shafts of femurs alone came to at most 0.006, knees and hips
    of one patient to at least 0.014 [real].
    """

    coarse_mm: float = 7.0
    turns_deg: tuple[tuple[float, ...], ...] = ((-12.0, 0.0, 12.0), (-12.0, 0.0, 12.0), (-24.0, -12.0, 0.0, 12.0, 24.0))
    starts: int = 6
    start_points: int = 5000
    points: int = 8000
    points_tried: int = 1500
    reach_mm: tuple[float, float] = (15.0, 4.0)
    least_points: int = 300
    apart_mm: float = 2.0
    held: float = 0.01
    least_bone_points: int = 150
    bone_reach_mm: tuple[float, float] = (10.0, 3.0)
    bone_moved_mm: float = 60.0
    adrift_mm: float = 3.0


@dataclass(frozen=True, slots=True)
class MatchSettings:
    """Which deposits of two dates are one.

    Touch: what registration leaves. Near: the blur of thick slices beside it. Share: of the smaller one that lies on
    the other. In view: so much of a deposit has to lie inside what the other study shows, and so much of it in its
    body or within ``skin_mm`` of it: the images of a round field of view are empty in their corners. In bone: of its
    place. Left: muscle and clotted blood have at most some 90 HU without contrast medium; a place that has more holds
    something, be it too faint to be found. Held: as for registration.
    """

    touch_mm: float = 2.0
    near_mm: float = 5.0
    share: float = 0.3
    in_view: float = 0.98
    border_mm: float = 2.0
    in_body: float = 0.9
    skin_mm: float = 8.0
    in_bone: float = 0.5
    left_hu: float = 100.0
    held: float = 0.01
    points: int = 4000


@dataclass(frozen=True, slots=True)
class ChangeSettings:
    """What widens the detectable change where two scans differ.

    Thickness: a share of the larger volume where slices differ by more than the ratio; slices of 1.5 to 3 mm moved the
    volume of one object by at most half of that (docs/follow-up.md). Kernel and voltage: a smaller one, for edges that
    move with the kernel; an assumption. Hidden: density of the spheres by which a scan's detection limit is told.
    """

    thickness_ratio: float = 1.5
    thickness_share: float = 0.05
    kernel_share: float = 0.03
    kvp_share: float = 0.03
    hidden_hu: float = 300.0


@dataclass(frozen=True, slots=True)
class FollowSettings:
    """All thresholds of a comparison."""

    register: RegisterSettings = field(default_factory=RegisterSettings)
    match: MatchSettings = field(default_factory=MatchSettings)
    change: ChangeSettings = field(default_factory=ChangeSettings)

    def record(self) -> dict[str, dict[str, object]]:
        """Plain values by step, for the provenance."""
        return asdict(self)
