"""The digital reference patient: who he is, what was done on which day, and what is true of him.

He is nobody. A man of 54 with renal failure, a mass beside the left hip, a lump before the sternum, and a parathyroid
gland that holds its tracer; his blood results are invented. The story is that of published cases of secondary tumoral
calcinosis; no image, number or sentence of any of them is here.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from calcimeter.phantom.acquire import Acquisition
from calcimeter.phantom.body import MUSCLE_HU, pelvis_tissues
from calcimeter.phantom.catalog import PELVIS, scene_of
from calcimeter.phantom.parts import Cyst
from calcimeter.phantom.patient.chest import chest_scene
from calcimeter.phantom.radiograph.catalog import PELVIS as PELVIS_FILM
from calcimeter.phantom.scene import Scene
from calcimeter.phantom.skeleton import pelvis

AGE_YEARS, SEX = 54, "M"
OPERATED, INJECTED = 30, 36
LAST = 212
"""Days from the first image."""
HISTORY = {
    "chronic_kidney_disease": True,
    "dialysis": True,
    "trauma": False,
    "cardiac_surgery": True,
    "pain": True,
    "restricted_motion": True,
    "palpable_mass": True,
    "family_history": False,
}
TREATMENTS = (("parathyroidectomy", OPERATED), ("steroid_injection", INJECTED))
RANGES = {
    "calcium": ("mmol/L", 2.20, 2.60),
    "phosphate": ("mmol/L", 0.80, 1.50),
    "pth_intact": ("pg/mL", 15, 65),
    "alkaline_phosphatase": ("U/L", 40, 130),
    "albumin": ("g/L", 35, 50),
    "creatinine": ("umol/L", 60, 110),
    "vitamin_d_25": ("nmol/L", 50, 125),
}
"""Analyte -> unit and range of the invented laboratory."""
BLOOD: dict[int, dict[str, float]] = {
    0: {
        "calcium": 2.04,
        "phosphate": 2.38,
        "pth_intact": 1140,
        "alkaline_phosphatase": 286,
        "albumin": 38,
        "creatinine": 790,
        "vitamin_d_25": 41,
    },
    OPERATED + 2: {"calcium": 1.93, "phosphate": 1.72, "pth_intact": 46, "alkaline_phosphatase": 312, "albumin": 37},
    120: {"calcium": 2.19, "phosphate": 1.41, "pth_intact": 52, "alkaline_phosphatase": 148, "albumin": 39},
    LAST: {"calcium": 2.34, "phosphate": 1.36, "pth_intact": 58, "alkaline_phosphatase": 104, "albumin": 40},
}
"""Day -> results, invented: calcium falls after the operation and is normal at the end."""


@dataclass(frozen=True, slots=True)
class CTStudy:
    """One CT study of the patient.

    Parameters
    ----------
    folder : str
        Where it lies beside the case file.
    region : str
        A site of the vocabulary.
    """

    folder: str
    region: str
    day: int
    scene: Scene
    acquisition: Acquisition


SCINTIGRAPHY_DAY = 9
RADIOGRAPH = "radiograph-pelvis"
"""Folder of the radiograph of the pelvis."""
FILM = replace(
    PELVIS_FILM,
    projection=replace(PELVIS_FILM.projection, shape=(1184, 1460), pixel_mm=0.3),
    collimation_px=(20, 1439, 20, 1163),
    marker_px=(1332.0, 148.0),
    ray_px=4.0,
    step_mm=3.0,
)
"""The pelvis from before on pixels of 0.3 mm, twice those of a detector: made in seconds."""
FIELD = replace(PELVIS, spacing_mm=(2.5, 0.94, 0.94), shape=(112, 460, 460))
CHEST = Acquisition(
    shape=(90, 410, 410),
    spacing_mm=(2.5, 0.92, 0.92),
    center_mm=(0.0, -2.0, 14.0),
    noise_hu=14.0,
    seed=54,
    kernel="STANDARD",
    table=True,
)


def pelvis_with_mass() -> Scene:
    """The pelvis as it is before treatment."""
    return replace(scene_of("demo"), name="patient-pelvis")


def film_scene() -> Scene:
    """The same for the radiograph, whose pixels are finer than what the chambers need to be sampled at."""
    scene = pelvis_with_mass()
    (mass,) = scene.deposits
    assert isinstance(mass.part, Cyst)
    return replace(scene, deposits=(replace(mass, part=replace(mass.part, samples=2)),))


def ct_studies() -> tuple[CTStudy, ...]:
    """Pelvis with the mass, chest, and the pelvis without it six months after the operation."""
    with_mass = pelvis_with_mass()
    without = Scene("patient-pelvis-later", pelvis_tissues(), pelvis(), (), MUSCLE_HU)
    later = replace(FIELD, center_mm=(6.0, 17.0, 31.0), seed=212)
    return (
        CTStudy("ct-pelvis", "pelvis", 1, with_mass, FIELD),
        CTStudy("ct-thorax", "sternum", 3, chest_scene("patient-thorax"), CHEST),
        CTStudy("ct-pelvis-later", "pelvis", LAST, without, later),
    )
