"""One deposit of a patient in several studies is one entry; what can't be told is left apart."""

from __future__ import annotations

from case_cases import change, pair, seen, study

from calcimeter.case.deposits import join_deposits

NEAR = (frozenset({"hip", "pelvis", "proximal_femur"}),)


def keys(deposit):
    return [(one.study, one.lesion) for one in deposit.seen]


def test_a_deposit_that_a_comparison_follows_is_one_entry_under_its_first_uid():
    studies = [study(1, seen(1)), study(2, seen(2, 3), day=180)]
    (found,) = join_deposits(studies, [pair(1, 2, change([1], [3], "shrunk"))], NEAR)
    assert keys(found) == [(1, 1), (2, 3)]
    assert found.tracking_uid == "2.25.11"
    assert "followed over studies 1, 2" in found.because


def test_without_a_comparison_two_scans_show_two_deposits():
    studies = [study(1, seen(1)), study(2, seen(2), day=180)]
    assert [keys(one) for one in join_deposits(studies, [], NEAR)] == [[(1, 1)], [(2, 1)]]


def test_a_shadow_of_one_patient_is_never_joined_to_a_deposit_of_another():
    shadow = seen(1, kind="radiograph", coronal=(108.0, 70.0))
    for names, count in ((("a", "a"), 1), (("a", ""), 1), (("a", "b"), 2)):
        studies = [study(1, shadow, kind="radiograph", patient=names[0]), study(2, seen(2), patient=names[1])]
        assert len(join_deposits(studies, [], NEAR)) == count, names


def test_deposits_that_grow_together_are_one_entry():
    studies = [study(1, seen(1, 1), seen(1, 2, volume=9e3)), study(2, seen(2, 1), day=180)]
    (found,) = join_deposits(studies, [pair(1, 2, change([1, 2], [1], "merged"))], NEAR)
    assert keys(found) == [(1, 1), (1, 2), (2, 1)]


def test_a_shadow_of_the_same_side_and_size_belongs_to_the_deposit_on_ct():
    # The shadow is larger than the projection by the distance from the detector, here by 15 %.
    shadow = seen(1, kind="radiograph", coronal=(115.0, 74.8))
    (found,) = join_deposits([study(1, shadow, kind="radiograph"), study(2, seen(2), day=2)], [], NEAR)
    assert keys(found) == [(1, 1), (2, 1)]
    assert (found.site, found.side) == ("hip", "left")
    assert "region, side and size" in found.because


def test_a_shadow_on_the_other_side_is_another_deposit():
    shadow = seen(1, kind="radiograph", side="right", coronal=(100.0, 65.0))
    found = join_deposits([study(1, shadow, kind="radiograph"), study(2, seen(2), day=2)], [], NEAR)
    assert sorted(str(one.side) for one in found) == ["left", "right"]


def test_a_shadow_of_another_size_or_without_one_is_not_joined():
    for coronal in ((180.0, 117.0), (60.0, 39.0), (100.0, 30.0), None):
        shadow = seen(1, kind="radiograph", coronal=coronal)
        assert len(join_deposits([study(1, shadow, kind="radiograph"), study(2, seen(2))], [], NEAR)) == 2, coronal


def test_a_shadow_in_another_region_or_half_a_year_away_is_not_joined():
    shadow = seen(1, kind="radiograph")
    knee = study(1, shadow, kind="radiograph", region="knee")
    assert len(join_deposits([knee, study(2, seen(2))], [], NEAR)) == 2
    late = study(1, shadow, kind="radiograph", day=181)
    assert len(join_deposits([late, study(2, seen(2))], [], NEAR)) == 2


def test_a_shadow_that_fits_two_deposits_alike_belongs_to_neither():
    shadow = seen(1, kind="radiograph")
    twins = study(2, seen(2, 1, coronal=(99.0, 65.0)), seen(2, 2, coronal=(101.0, 65.0)))
    assert len(join_deposits([study(1, shadow, kind="radiograph"), twins], [], NEAR)) == 3


def test_two_shadows_each_find_their_own_deposit():
    shadows = study(
        1, seen(1, 1, kind="radiograph"), seen(1, 2, kind="radiograph", coronal=(42.0, 30.0)), kind="radiograph"
    )
    solid = study(2, seen(2, 1, volume=9e3, coronal=(40.0, 28.0)), seen(2, 2))
    found = join_deposits([shadows, solid], [], NEAR)
    assert [keys(one) for one in found] == [[(1, 1), (2, 2)], [(1, 2), (2, 1)]]


def test_entries_are_numbered_by_size_and_nothing_gives_nothing():
    studies = [study(1, seen(1, 1, volume=5e3), seen(1, 2, volume=8e3))]
    assert [(one.id, keys(one)) for one in join_deposits(studies, [], NEAR)] == [(1, [(1, 2)]), (2, [(1, 1)])]
    assert join_deposits([study(1)], [], NEAR) == ()
