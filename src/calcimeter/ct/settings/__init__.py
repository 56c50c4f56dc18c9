"""Every threshold of the CT steps, with its unit and where it comes from; one record a step.

Sources: [real] chosen on eight sarcoma series of a limb (TCIA Soft-tissue-Sarcoma), one abdomen and one chest, by
looking at overlays; feasible rather than validated. [physics] follows from the quantity itself. Everything else names
its publication.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field

from calcimeter.ct.settings.bones import (
    CutSettings,
    GivenNamesSettings,
    IslandSettings,
    NamesSettings,
    SidesSettings,
    SkeletonSettings,
    SpiculeSettings,
    TrunkSettings,
    TubesSettings,
)
from calcimeter.ct.settings.calibration import CalibrationSettings
from calcimeter.ct.settings.deposits import (
    CandidateSettings,
    ClassifySettings,
    GroupSettings,
    OutlineSettings,
    PlaceSettings,
    SearchSettings,
)
from calcimeter.ct.settings.extent import ExtentSettings
from calcimeter.ct.settings.freed import FreedSettings
from calcimeter.ct.settings.measures import (
    AmountSettings,
    FluidSettings,
    GravitySettings,
    PatternSettings,
    ResolutionSettings,
    ShapeSettings,
)
from calcimeter.ct.settings.tissue import (
    BloodSettings,
    BodySettings,
    ContrastSettings,
    DenseSettings,
    GasSettings,
    VeinSettings,
)

__all__ = [
    "AmountSettings",
    "BloodSettings",
    "BodySettings",
    "CalibrationSettings",
    "CandidateSettings",
    "ClassifySettings",
    "ContrastSettings",
    "CutSettings",
    "DenseSettings",
    "ExtentSettings",
    "FluidSettings",
    "FreedSettings",
    "GasSettings",
    "GivenNamesSettings",
    "GravitySettings",
    "GroupSettings",
    "IslandSettings",
    "NamesSettings",
    "OutlineSettings",
    "PatternSettings",
    "PlaceSettings",
    "ResolutionSettings",
    "SearchSettings",
    "Settings",
    "ShapeSettings",
    "SidesSettings",
    "SkeletonSettings",
    "SpiculeSettings",
    "TrunkSettings",
    "TubesSettings",
    "VeinSettings",
]


@dataclass(frozen=True, slots=True)
class Settings:
    """All thresholds of a CT analysis."""

    body: BodySettings = field(default_factory=BodySettings)
    dense: DenseSettings = field(default_factory=DenseSettings)
    gas: GasSettings = field(default_factory=GasSettings)
    contrast: ContrastSettings = field(default_factory=ContrastSettings)
    veins: VeinSettings = field(default_factory=VeinSettings)
    skeleton: SkeletonSettings = field(default_factory=SkeletonSettings)
    blood: BloodSettings = field(default_factory=BloodSettings)
    cut: CutSettings = field(default_factory=CutSettings)
    spicules: SpiculeSettings = field(default_factory=SpiculeSettings)
    names: NamesSettings = field(default_factory=NamesSettings)
    tubes: TubesSettings = field(default_factory=TubesSettings)
    islands: IslandSettings = field(default_factory=IslandSettings)
    sides: SidesSettings = field(default_factory=SidesSettings)
    trunk: TrunkSettings = field(default_factory=TrunkSettings)
    given_names: GivenNamesSettings = field(default_factory=GivenNamesSettings)
    freed: FreedSettings = field(default_factory=FreedSettings)
    candidates: CandidateSettings = field(default_factory=CandidateSettings)
    classify: ClassifySettings = field(default_factory=ClassifySettings)
    group: GroupSettings = field(default_factory=GroupSettings)
    outline: OutlineSettings = field(default_factory=OutlineSettings)
    resolution: ResolutionSettings = field(default_factory=ResolutionSettings)
    amount: AmountSettings = field(default_factory=AmountSettings)
    place: PlaceSettings = field(default_factory=PlaceSettings)
    search: SearchSettings = field(default_factory=SearchSettings)
    calibration: CalibrationSettings = field(default_factory=CalibrationSettings)
    extent: ExtentSettings = field(default_factory=ExtentSettings)
    gravity: GravitySettings = field(default_factory=GravitySettings)
    fluid: FluidSettings = field(default_factory=FluidSettings)
    shape: ShapeSettings = field(default_factory=ShapeSettings)
    pattern: PatternSettings = field(default_factory=PatternSettings)

    def record(self) -> dict[str, dict[str, object]]:
        """Plain values by step, for the provenance."""
        return asdict(self)
