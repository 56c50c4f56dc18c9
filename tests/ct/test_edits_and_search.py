"""A reader's changes, what was searched, and which limitations a result carries."""

from __future__ import annotations

import json
import tomllib
from dataclasses import replace
from importlib.resources import files

import numpy as np
import pytest
from ct_cases import TISSUE_HU, anatomy_of, box_region, dense_of, study_of, volume_of

from builders import build_analysis
from calcimeter.ct.caveats import collect_caveats
from calcimeter.ct.edit import apply_edits, rejected_by
from calcimeter.ct.search import describe_search
from calcimeter.ct.settings import Settings
from calcimeter.errors import UsageError
from calcimeter.model.analysis import Edit, Search
from calcimeter.model.anatomy import Bone, Skeleton
from calcimeter.model.calibration import Calibration
from calcimeter.model.lesion import Category, Deposit
from calcimeter.model.measures import Resolution
from calcimeter.model.volume import Fractions

SHAPE = (20, 40, 50)
USUAL = Resolution(1.2, 1.0, 0.06, "known")


def deposit(uid, start, **changes):
    """2 x 3 x 4 voxels at a place."""
    region = box_region(start, (2, 3, 4))
    return Deposit(uid, region, region, 1, Category.SOFT_TISSUE, 0.8, ("found",), **changes)


A, B, C = (deposit(f"2.25.{k}", (2, 3 + 6 * k, 4 + 7 * k)) for k in (1, 2, 3))


def test_what_edits_reject_is_kept_apart_and_what_they_set_is_not():
    edits = (Edit((B.tracking_uid,), "reject"), Edit((A.tracking_uid,), "set", category=Category.BONE))
    assert rejected_by((A, B, C), edits) == (B,)
    assert rejected_by((A, B, C), ()) == ()


def test_an_edit_of_a_lesion_that_is_not_there_names_where_its_uid_stands():
    with pytest.raises(UsageError, match="an OUT made without --previous"):
        apply_edits((A,), (Edit(("2.25.99",), "reject"),))


def test_without_edits_everything_stays():
    assert apply_edits((A, B), ()) == (A, B)


def test_a_rejected_deposit_is_gone_and_the_others_stay():
    assert apply_edits((A, B, C), (Edit((B.tracking_uid,), "reject"),)) == (A, C)


def test_a_reader_sets_category_side_and_name_and_that_is_said():
    edit = Edit((A.tracking_uid,), "set", category=Category.VASCULAR, side="left", label="artery", why="beaded")

    changed, other = apply_edits((A, B), (edit,))

    assert (changed.category, changed.side, changed.label) == (Category.VASCULAR, "left", "artery")
    assert changed.confidence == 1.0
    assert any("reader" in reason and "beaded" in reason for reason in changed.reasons)
    assert "EDITED_BY_READER" in changed.caveats
    assert changed.tracking_uid == A.tracking_uid
    assert other is B


def test_a_side_that_a_reader_calls_not_known_stays_so_until_one_is_set():
    unknown = Edit((A.tracking_uid,), "set", side_unknown=True)
    label, left = (Edit((A.tracking_uid,), "set", **what) for what in ({"label": "bursa"}, {"side": "left"}))

    (one,) = apply_edits((A,), (left, unknown, label))
    (other,) = apply_edits((A,), (unknown, left))

    assert (one.side, one.side_unknown) == (None, True)
    assert (other.side, other.side_unknown) == ("left", False)


def test_what_a_reader_does_not_set_stays():
    (changed,) = apply_edits((A,), (Edit((A.tracking_uid,), "set", label="bursa"),))

    assert (changed.category, changed.confidence, changed.side) == (A.category, A.confidence, None)
    assert changed.envelope is A.envelope
    assert "found" in changed.reasons


def test_merged_deposits_are_one_with_the_voxels_of_all_and_the_name_of_the_first():
    edit = Edit((B.tracking_uid, A.tracking_uid), "merge")

    merged, other = sorted(apply_edits((A, B, C), (edit,)), key=lambda d: d.parts, reverse=True)

    assert merged.tracking_uid == B.tracking_uid
    assert merged.parts == 2
    assert merged.envelope.voxels == merged.dense.voxels == 48
    assert {tuple(i) for i in merged.envelope.indices()} == {tuple(i) for d in (A, B) for i in d.envelope.indices()}
    assert "EDITED_BY_READER" in merged.caveats
    assert other is C


def test_where_shares_of_merged_deposits_overlap_the_larger_one_counts():
    one = replace(A, fractions=Fractions((0, 0, 0), np.full((4, 4, 4), 0.4, dtype=np.float32)))
    other = replace(B, fractions=Fractions((2, 0, 0), np.full((4, 4, 4), 0.7, dtype=np.float32)))

    (merged,) = apply_edits((one, other), (Edit((A.tracking_uid, B.tracking_uid), "merge"),))

    assert merged.fractions.values.sum() == pytest.approx(0.4 * 32 + 0.7 * 64, rel=1e-5)


def test_an_empty_outline_merged_with_a_dense_one_no_longer_says_that_it_is_empty():
    empty = replace(B, dense=None, caveats=("GIVEN_OUTLINE", "OUTLINE_NOT_DENSE"))

    (merged,) = apply_edits((A, empty), (Edit((A.tracking_uid, B.tracking_uid), "merge"),))

    assert "OUTLINE_NOT_DENSE" not in merged.caveats
    assert "GIVEN_OUTLINE" in merged.caveats


def test_a_given_outline_merged_with_one_that_was_found_counts_as_whole_voxels():
    found = replace(B, fractions=Fractions(B.envelope.start, np.full((2, 3, 4), 0.5, dtype=np.float32)))

    (merged,) = apply_edits((A, found), (Edit((A.tracking_uid, B.tracking_uid), "merge"),))

    assert merged.fractions.values.sum() == pytest.approx(24 + 12)


def test_edits_follow_one_another():
    edits = (
        Edit((A.tracking_uid, B.tracking_uid), "merge"),
        Edit((A.tracking_uid,), "set", category=Category.STONE),
        Edit((C.tracking_uid,), "reject"),
    )

    (left,) = apply_edits((A, B, C), edits)

    assert (left.parts, left.category) == (2, Category.STONE)


@pytest.mark.parametrize(
    "edit",
    [
        Edit(("2.25.99",), "reject"),
        Edit(("2.25.99",), "set", category=Category.STONE),
        Edit((A.tracking_uid, "2.25.99"), "merge"),
    ],
    ids=["reject", "set", "merge"],
)
def test_an_edit_of_a_lesion_that_is_not_there_is_refused_by_its_name(edit):
    with pytest.raises(UsageError, match=r"2\.25\.99") as refusal:
        apply_edits((A, B), (edit,))

    assert "\n" not in str(refusal.value)


def test_a_lesion_that_was_rejected_can_not_be_changed_afterwards():
    edits = (Edit((A.tracking_uid,), "reject"), Edit((A.tracking_uid,), "set", label="x"))

    with pytest.raises(UsageError, match=A.tracking_uid):
        apply_edits((A, B), edits)


def searched(noise_hu=12.0, spacing=(2.0, 0.8, 0.8), threshold_hu=130.0, **parts):
    volume = volume_of(np.full(SHAPE, TISSUE_HU), spacing)
    known = anatomy_of(SHAPE, noise_hu=noise_hu, **parts)
    pixel_mm = spacing[1] / np.sqrt(12) * 2.3548
    resolution = Resolution(float(np.hypot(1.0, pixel_mm)), spacing[0], 0.06, "known")
    return describe_search(study_of(volume), dense_of(volume, threshold_hu), known, resolution, Settings())


def test_noise_raises_the_smallest_deposit_that_would_be_found():
    quiet, noisy = (searched(noise_hu).detection_limit_mm3 for noise_hu in (8.0, 30.0))

    assert quiet < noisy


def test_thinner_slices_and_smaller_pixels_lower_it():
    thick, thin, fine = (
        searched(spacing=spacing).detection_limit_mm3 for spacing in ((4.0, 0.8, 0.8), (1.5, 0.8, 0.8), (1.5, 0.5, 0.5))
    )

    assert thick > thin > fine


def test_the_limit_is_of_the_size_that_planted_spheres_were_found_at():
    """Spheres of 5 mm and 250 HU in five real series: all found (0.977 x 3.27 mm); of 4 mm: 70 %."""
    limit_mm3 = searched(noise_hu=15.0, spacing=(3.27, 0.977, 0.977)).detection_limit_mm3

    assert np.pi / 6 * 2**3 < limit_mm3 <= np.pi / 6 * 5.5**3


def test_where_noise_hides_everything_there_is_no_limit():
    """Noise of 300 HU: a ball of 300 HU is nowhere clearly over its own noise, however large."""
    assert searched(noise_hu=300.0).detection_limit_mm3 is None


def test_what_was_examined_is_the_body_without_what_was_left_out():
    body, bones, contrast, metal = (np.zeros(SHAPE, dtype=bool) for _ in range(4))
    body[:, 5:35, 5:45] = True
    bones[:, 10:12, 10:12] = contrast[2:4, 20:22, 20:22] = metal[0, 30, 30] = True
    voxel_mm3 = 2.0 * 0.8 * 0.8

    plain = searched(body=body)
    all_kinds = searched(body=body, bones=bones, contrast=contrast, metal=metal)

    assert plain.examined_mm3 == pytest.approx(body.sum() * voxel_mm3)
    assert all_kinds.examined_mm3 == pytest.approx((body.sum() - 20 * 4 - 8 - 1) * voxel_mm3)
    assert all_kinds.threshold_hu == 130.0
    assert len(all_kinds.not_examined) == len(plain.not_examined) + 2
    assert any("metal" in words for words in all_kinds.not_examined)
    assert any("contrast" in words for words in all_kinds.not_examined)
    assert any("bone" in words for words in plain.not_examined)


def regions(*bones):
    """Regions searched where bones, 8 mL each, have these names and go through these slices of 10 mm."""
    labels = np.zeros(SHAPE, dtype=np.uint8)
    for number, (_, slices) in enumerate(bones, 1):
        labels[:slices, 4 * number : 4 * number + 4, 4:8] = number
    named = tuple(Bone(k, name, None, 8000.0) for k, (name, _) in enumerate(bones, 1))
    anatomy = replace(anatomy_of(SHAPE), skeleton=Skeleton(labels, named))
    volume = volume_of(np.zeros(SHAPE), (10.0, 1.0, 1.0))
    return describe_search(study_of(volume), dense_of(volume), anatomy, USUAL, Settings()).regions


@pytest.mark.parametrize(
    ("bones", "expected"),
    [
        ((), ()),
        (((None, 10),), ()),
        ((("femur", 10),), ()),
        ((("femur", 13),), ("thigh",)),
        ((("femur", 10), ("hip_bone", 5)), ("hip", "pelvis", "proximal_femur")),
        ((("femur", 5), ("tibia", 5)), ("distal_femur", "knee", "proximal_tibia")),
        ((("tibia", 5), ("tarsus", 5)), ("ankle", "foot")),
        ((("rib", 5), ("thoracic_spine", 5), ("sternum", 5)), ("chest_wall", "spine", "sternum")),
    ],
)
def test_the_regions_searched_are_those_of_the_named_bones_in_view(bones, expected):
    assert regions(*bones) == expected


def test_a_splinter_with_a_name_puts_no_region_in_view():
    anatomy = anatomy_of(SHAPE, named=(Bone(1, "skull", "midline", 400.0),))
    volume = volume_of(np.zeros(SHAPE))

    assert describe_search(study_of(volume), dense_of(volume), anatomy, USUAL, Settings()).regions == ()


def test_every_region_is_a_site_and_every_bone_a_bone_of_the_vocabulary():
    folder = files("calcimeter.knowledge")
    terms = json.loads(folder.joinpath("vocabulary.json").read_text(encoding="utf-8"))
    known = tomllib.loads(folder.joinpath("regions.toml").read_text(encoding="utf-8"))

    assert set(known["region"]) <= set(terms["sites"])
    assert {name for groups in known["region"].values() for names in groups for name in names} <= set(terms["bones"])
    assert set(known["shaft_mm"]) <= set(known["region"])


def codes(anatomy, regions=("thigh",)):
    search = Search(regions, 1e6, 130.0, 20.0, ())
    return {c.code for c in collect_caveats(study_of(volume_of(np.zeros(SHAPE))), anatomy, (), Calibration(), search)}


def inside(margin=5):
    body = np.zeros(SHAPE, dtype=bool)
    body[:, margin:-margin, margin:-margin] = True
    return body


def test_contrast_metal_and_a_missing_skeleton_are_said():
    spot = np.zeros(SHAPE, dtype=bool)
    spot[3, 20, 20] = True
    bone = (Bone(1, None, None, 8.0),)

    assert "CONTRAST_PRESENT" in codes(anatomy_of(SHAPE, body=inside(), contrast=spot))
    assert "METAL_PRESENT" in codes(anatomy_of(SHAPE, body=inside(), metal=spot))
    assert "NO_SKELETON" in codes(anatomy_of(SHAPE, body=inside()))
    quiet = codes(anatomy_of(SHAPE, body=inside(), bones=spot, named=bone))
    assert not quiet & {"CONTRAST_PRESENT", "METAL_PRESENT", "NO_SKELETON", "FIELD_OF_VIEW_CROPPED"}


def test_regions_that_the_named_bones_do_not_put_in_view_are_said_to_be_unknown():
    """A piece of a femur too short to be a thigh has a name, and puts no region in view."""
    femur = anatomy_of(SHAPE, body=inside(), named=(Bone(1, "femur", "left", 8000.0),))

    assert "REGIONS_UNKNOWN" in codes(femur, regions=())
    assert "REGIONS_UNKNOWN" not in codes(femur)
    assert "REGIONS_UNKNOWN" in codes(anatomy_of(SHAPE, body=inside()))


@pytest.mark.parametrize(
    "side", [np.s_[:, 0], np.s_[:, -1], np.s_[:, :, 0], np.s_[:, :, -1]], ids=["front", "back", "right", "left"]
)
def test_a_body_at_a_side_of_the_slices_is_cropped(side):
    body = inside()
    body[side] = True

    assert "FIELD_OF_VIEW_CROPPED" in codes(anatomy_of(SHAPE, body=body))


def test_a_body_that_goes_on_above_and_below_is_not_cropped():
    assert "FIELD_OF_VIEW_CROPPED" not in codes(anatomy_of(SHAPE, body=inside()))


def test_caveats_of_lesions_and_of_the_study_are_those_of_the_result_and_sorted():
    analysis = build_analysis(dicom=False)
    lesion = replace(analysis.lesions[0], caveats=("TOUCHES_BORDER",))

    found = collect_caveats(analysis.study, analysis.anatomy, (lesion,), Calibration(), analysis.search)

    assert {"TOUCHES_BORDER", "KVP_UNKNOWN", "POSITION_UNKNOWN", "DICOM_RESULTS_NOT_WRITTEN"} <= {c.code for c in found}
    assert list(found) == sorted(set(found))
