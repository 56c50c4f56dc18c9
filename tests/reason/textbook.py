"""A textbook case of every diagnosis, and pairs of look-alikes with the result that tells them apart."""

from __future__ import annotations

from typing import Any

from calcimeter.load.case_file import case_of
from calcimeter.model.differential import Differential
from calcimeter.reason.chemistry import read_chemistry
from calcimeter.reason.rank import rank

Said = dict[str, Any]


def ranked(said: Said, prior: str = "referral") -> Differential:
    """The differential of a case given as plain dictionaries."""
    case = case_of(said)
    return rank(case, (), read_chemistry(case.subject, case.labs, case.history), prior=prior)


def case(age: float | None, sex: str | None, history: str, findings: str, **rest: Any) -> Said:
    """A case; a term with a minus before it is absent."""
    return {
        "subject": {"age_years": age, "sex": sex},
        "history": flags(history),
        "findings": flags(findings),
        **rest,
    }


def flags(words: str) -> dict[str, bool]:
    return {word.removeprefix("-"): not word.startswith("-") for word in words.split()}


def labs(**levels: str) -> list[dict[str, str]]:
    return [{"analyte": name, "interpretation": level} for name, level in levels.items()]


TEXTBOOK: dict[str, Said] = {
    "secondary_tumoral_calcinosis": case(
        52,
        "F",
        "dialysis secondary_hyperparathyroidism",
        "periarticular multilobulated fluid_calcium_level",
        sites=["hip"],
        labs=labs(phosphate="high", pth_intact="high"),
    ),
    "primary_tumoral_calcinosis_hyperphosphatemic": case(
        12,
        "M",
        "family_history dental_anomaly -chronic_kidney_disease",
        "periarticular multilobulated",
        sites=["elbow"],
        labs=labs(phosphate="high", calcium="normal", pth_intact="normal", creatinine="normal"),
    ),
    "primary_tumoral_calcinosis_normophosphatemic": case(
        8,
        "F",
        "slow_growth",
        "periarticular multilobulated amorphous",
        sites=["hip"],
        labs=labs(phosphate="normal", calcium="normal", creatinine="normal"),
    ),
    "calcinosis_connective_tissue_disease": case(
        45, "F", "systemic_sclerosis raynaud skin_ulceration", "subcutaneous multifocal", sites=["hand"]
    ),
    "hydroxyapatite_deposition_disease": case(
        46, "F", "acute_onset pain restricted_motion", "tendon_or_enthesis -bone_erosion", sites=["shoulder"]
    ),
    "myositis_ossificans": case(
        20,
        "M",
        "trauma pain rapid_growth",
        "intramuscular peripheral_rim_mineralization zonal_pattern",
        sites=["thigh"],
    ),
    "parosteal_osteosarcoma": case(
        32,
        "F",
        "slow_growth -trauma",
        "cortical_attachment central_mineralization multilobulated ossification",
        sites=["distal_femur"],
    ),
    "heterotopic_ossification": case(
        63, "M", "arthroplasty restricted_motion", "ossification periarticular", sites=["hip"]
    ),
    "fibrodysplasia_ossificans_progressiva": case(
        5, "M", "great_toe_malformation", "ossification multifocal intramuscular", sites=["cervical_spine"]
    ),
    "dystrophic_calcification": case(
        62,
        "M",
        "old_major_limb_injury",
        "fusiform_compartment_mass peripheral_rim_mineralization intramuscular",
        sites=["lower_leg"],
    ),
    "tophaceous_gout": case(
        60,
        "M",
        "gout alcohol",
        "overhanging_edge_erosion soft_tissue_component",
        sites=["foot"],
        labs=labs(urate="high"),
    ),
    "cppd_deposition": case(70, "F", "pain acute_onset", "chondrocalcinosis intra_articular", sites=["knee"]),
    "synovial_chondromatosis": case(
        42, "M", "locking restricted_motion", "intra_articular loose_bodies ring_and_arc", sites=["knee"]
    ),
    "synovial_sarcoma": case(
        28, "F", "slow_growth palpable_mass", "periarticular soft_tissue_component -intra_articular", sites=["ankle"]
    ),
    "extraskeletal_osteosarcoma": case(
        64,
        "M",
        "rapid_growth radiotherapy",
        "intramuscular central_mineralization soft_tissue_component",
        sites=["thigh"],
    ),
    "extraskeletal_chondrosarcoma": case(
        45, "M", "palpable_mass", "intramuscular ring_and_arc soft_tissue_component", sites=["thigh"]
    ),
    "hemangioma_phleboliths": case(
        22, "F", "slow_growth", "intramuscular phleboliths fat_component", sites=["forearm"]
    ),
    "calciphylaxis": case(
        58, "F", "dialysis diabetes warfarin obesity skin_ulceration", "skin_necrosis", sites=["skin"]
    ),
    "metastatic_visceral_calcification": case(
        50, "M", "dialysis secondary_hyperparathyroidism", "lung_ground_glass bone_tracer_uptake", sites=["lung"]
    ),
    "vascular_calcification": case(70, "M", "diabetes -pain", "vascular_calcification", sites=["vessels"]),
    "hypervitaminosis_d_milk_alkali": case(
        60,
        "F",
        "vitamin_d_intake",
        "periarticular amorphous",
        sites=["shoulder"],
        labs=labs(calcium="high", pth_intact="low", vitamin_d_25="high", creatinine="high"),
    ),
    "granulomatous_hypercalcemia": case(
        48,
        "M",
        "granulomatous_disease",
        "subcutaneous multifocal",
        sites=["hand", "elbow"],
        labs=labs(calcium="high", pth_intact="low", ace="high", vitamin_d_1_25="high"),
    ),
}

FAILING_AND_HIGH = case(60, "F", "", "periarticular amorphous", sites=["shoulder"]) | {
    "history": flags("chronic_kidney_disease"),
    "labs": labs(phosphate="high", calcium="high", creatinine="high"),
}

PAIRS: list[tuple[str, str, str, Said, Said, Said]] = [
    (
        "kidney function",
        "secondary_tumoral_calcinosis",
        "primary_tumoral_calcinosis_hyperphosphatemic",
        case(30, "F", "", "periarticular multilobulated", sites=["hip"], labs=labs(phosphate="high")),
        {"history": flags("dialysis")},
        {"history": flags("-chronic_kidney_disease -dialysis"), "labs": labs(phosphate="high", creatinine="normal")},
    ),
    (
        "parathyroid hormone, vitamin D",
        "secondary_tumoral_calcinosis",
        "hypervitaminosis_d_milk_alkali",
        FAILING_AND_HIGH | {"history": flags("chronic_kidney_disease vitamin_d_intake")},
        {"labs": [*labs(phosphate="high", calcium="high", creatinine="high", pth_intact="high")]},
        {"labs": [*labs(phosphate="high", calcium="high", creatinine="high", pth_intact="low")]},
    ),
    (
        "parathyroid hormone, sarcoidosis",
        "secondary_tumoral_calcinosis",
        "granulomatous_hypercalcemia",
        FAILING_AND_HIGH | {"history": flags("chronic_kidney_disease granulomatous_disease")},
        {"labs": [*labs(phosphate="high", calcium="high", creatinine="high", pth_intact="high")]},
        {"labs": [*labs(phosphate="high", calcium="high", creatinine="high", pth_intact="low")]},
    ),
    (
        "where the mineral is densest",
        "myositis_ossificans",
        "extraskeletal_osteosarcoma",
        case(40, "M", "palpable_mass rapid_growth", "intramuscular", sites=["thigh"]),
        {"findings": flags("intramuscular peripheral_rim_mineralization -central_mineralization")},
        {
            "findings": flags(
                "intramuscular -peripheral_rim_mineralization central_mineralization soft_tissue_component"
            )
        },
    ),
    (
        "phosphate",
        "primary_tumoral_calcinosis_hyperphosphatemic",
        "primary_tumoral_calcinosis_normophosphatemic",
        case(10, "F", "", "periarticular multilobulated", sites=["hip"]),
        {"labs": labs(phosphate="high")},
        {"labs": labs(phosphate="normal")},
    ),
    (
        "what urate crystals are seen by",
        "tophaceous_gout",
        "cppd_deposition",
        case(62, "M", "pain", "bone_erosion soft_tissue_component", sites=["hand"]),
        {"labs": labs(urate="high"), "findings": flags("bone_erosion soft_tissue_component tophi")},
        {"labs": labs(urate="normal"), "findings": flags("bone_erosion soft_tissue_component chondrocalcinosis")},
    ),
    (
        "cleft and attachment",
        "parosteal_osteosarcoma",
        "myositis_ossificans",
        case(28, "F", "", "ossification", sites=["distal_femur", "thigh"]),
        {"findings": flags("ossification cortical_attachment central_mineralization")},
        {"findings": flags("ossification -cortical_attachment peripheral_rim_mineralization")},
    ),
    (
        "inside the joint or not",
        "synovial_chondromatosis",
        "synovial_sarcoma",
        case(35, "M", "slow_growth", "multilobulated", sites=["knee"]),
        {"findings": flags("multilobulated intra_articular")},
        {"findings": flags("multilobulated -intra_articular soft_tissue_component")},
    ),
]
"""What decides; two diagnoses; the case without it; what is added for the first, for the second."""
