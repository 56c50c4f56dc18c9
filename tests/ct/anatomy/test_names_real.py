"""Names on a real abdomen, against the label map of another program."""

from __future__ import annotations

import numpy as np
import pytest

from calcimeter.load.options import LoadOptions
from calcimeter.load.study import load_study
from calcimeter.pipeline import analyze_ct

BONES = {
    "lumbar_spine/midline": range(18, 23),
    "rib/left": range(58, 70),
    "rib/right": range(70, 82),
    "femur/left": (88,),
    "femur/right": (89,),
    "hip_bone/left": (90,),
    "hip_bone/right": (91,),
    "sacrum/midline": (92,),
}
"""Class numbers of TotalSegmentator 1."""


@pytest.fixture(scope="module")
def named(shared_data):
    """The term of each bone voxel found, and the label map's number there, both (n,)."""
    import nibabel

    study = load_study(shared_data("totalsegmentator/example_ct.nii.gz"), LoadOptions(None, None, None))
    skeleton = analyze_ct(study).anatomy.skeleton
    labels = nibabel.load(shared_data("totalsegmentator/example_seg.nii.gz")).get_fdata()
    given = study.volume.layout.from_source(labels.astype(np.uint8))
    terms = np.array(["", *(f"{bone.name}/{bone.side}" for bone in skeleton.bones)])
    bone = skeleton.labels > 0
    return terms[skeleton.labels[bone]], given[bone]


@pytest.mark.parametrize("term", BONES)
def test_a_bone_of_the_abdomen_has_its_name_in_at_least_four_fifths_of_it(named, term: str) -> None:
    found, given = named
    own = np.isin(given, BONES[term])
    assert (found[own] == term).mean() > 0.8


def test_no_bone_of_the_abdomen_is_on_the_wrong_side(named) -> None:
    found, given = named
    for term in BONES:
        if not term.endswith("midline"):
            own = found[np.isin(given, BONES[term])]
            name, side = term.split("/")
            other = f"{name}/{'left' if side == 'right' else 'right'}"
            assert (own == other).mean() < 0.001
