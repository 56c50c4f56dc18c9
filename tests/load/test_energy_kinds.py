"""What scanners of two energies and cone-beam scanners make: told by words, and not measured as ordinary slices."""

from __future__ import annotations

import numpy as np
import pytest
from ct_files import dicom_slice, make_scan, save, write_dicom

from calcimeter.ct.calibrate.tube import tube_of
from calcimeter.errors import UnsupportedStudy
from calcimeter.load.study import load_study


def caveats_of(study):
    return {caveat.code for caveat in study.caveats}


@pytest.mark.parametrize(
    ("description", "reason"),
    {
        "Optimum Contrast 5": "perfusion",
        "DE_LiverVNC": "virtual non-contrast",
        "PureLumen": "virtual non-contrast",
        "VNI": "virtual non-contrast",
        "CaSupp-I 25": "calcium or bone removed",
        "DE_CalcRemoval": "calcium or bone removed",
        "CTA bone removed": "calcium or bone removed",
        "BoneSub": "calcium or bone removed",
        "Knochen entfernt": "calcium or bone removed",
        "DE_IOvl": "material maps",
        "Jodkarte": "material maps",
        "Carte d'iode": "material maps",
        "Water(Ca)": "material maps",
        "Water (Hydroxyapatite)": "material maps",
        "K-edge map": "material maps",
        "DE_Gout": "maps of one tissue",
        "DE_BoneMarrow": "maps of one tissue",
        "DE Hardplaque": "maps of one tissue",
    }.items(),
)
def test_a_map_without_its_calcium_is_refused_whatever_its_maker_calls_it(tmp_path, description, reason) -> None:
    scan = make_scan()
    scan.tags |= {"SeriesDescription": description, "ImageType": ["DERIVED", "SECONDARY", "AXIAL"]}

    with pytest.raises(UnsupportedStudy, match=rf"{reason}.*so the series description"):
        load_study(write_dicom(tmp_path, scan))


def test_an_original_series_may_bear_the_name_of_a_protocol(tmp_path) -> None:
    scan = make_scan()
    scan.tags["SeriesDescription"] = "Gout feet"

    assert np.array_equal(load_study(write_dicom(tmp_path, scan)).volume.values, scan.hu)


@pytest.mark.parametrize(
    "description",
    ["DE Gout F_0.5", "Gout feet mixed cor", "Bone marrow biopsy", "Ca. 5 mm", "Bone 2.0 MPR", "Monitoring"],
)
def test_a_derived_series_is_not_refused_for_a_word_alone(tmp_path, description) -> None:
    scan = make_scan()
    scan.tags |= {"SeriesDescription": description, "ImageType": ["DERIVED", "SECONDARY", "AXIAL"]}

    study = load_study(write_dicom(tmp_path, scan))

    assert np.array_equal(study.volume.values, scan.hu)
    assert "MONOENERGETIC" not in caveats_of(study)


@pytest.mark.parametrize(
    "tags",
    [
        {"ManufacturerModelName": "Verity 3D"},
        {"ManufacturerModelName": "pedCAT"},
        {"ManufacturerModelName": "O-arm O2"},
        {"SeriesDescription": "Knee CBCT 0.4"},
        {"SeriesDescription": "DynaCT_Body"},
        {"ImageType": ["ORIGINAL", "PRIMARY", "AXIAL", "CBCT"]},
    ],
)
def test_of_a_cone_beam_scanner_it_is_said_and_no_mass_is_given(tmp_path, tags) -> None:
    scan = make_scan()
    scan.tags |= {"KVP": "120", **tags}

    study = load_study(write_dicom(tmp_path, scan))

    assert "CONE_BEAM" in caveats_of(study)
    assert tube_of(study) == (None, "the values of a cone-beam scanner are no true HU")


@pytest.mark.parametrize(
    "model", ["SOMATOM Force", "Revolution CT", "IQon - Spectral CT", "Aquilion ONE", "NAEOTOM Alpha"]
)
def test_a_fan_beam_scanner_is_none_of_a_cone(tmp_path, model) -> None:
    scan = make_scan()
    scan.tags["ManufacturerModelName"] = model

    assert "CONE_BEAM" not in caveats_of(load_study(write_dicom(tmp_path, scan)))


def test_a_series_with_a_slice_of_another_modality_is_refused_wherever_it_lies(tmp_path) -> None:
    scan = make_scan()
    folder = write_dicom(tmp_path, scan)
    odd = dicom_slice(scan, 3)
    odd.Modality = "PT"
    save(odd, folder / "0003.dcm")

    with pytest.raises(UnsupportedStudy, match="modality PT, not CT"):
        load_study(folder)
