"""The formulas: each is a function of numbers in canonical units, with its source beside it."""

from __future__ import annotations

PAYNE = "total calcium + 0.02 (40 - albumin), mmol/L and g/L; Payne 1973, BMJ 4:643"
PRODUCT = "calcium times phosphate, corrected calcium where albumin is known; KDOQI bone metabolism guidelines"
CKD_EPI = "CKD-EPI 2021 creatinine; Inker 2021, N Engl J Med 385:1737"
REABSORPTION = "100 (1 - urine phosphate times creatinine / (phosphate times urine creatinine)), one sample of each"
TMP_ADULT = "from reabsorption (TRP) and phosphate; Kenny and Glen 1973, Lancet 2:158"
TMP_CHILD = "TRP times phosphate, under 19 years; Brodehl 1988, 10.1007/BF00862587"

UMOL_PER_MG_DL = 88.4017
"""Creatinine, umol/L for 1 mg/dL: 10 over its molar mass of 113.12 g/mol."""


def corrected_calcium(calcium_mmol_l: float, albumin_g_l: float) -> float:
    """Total calcium at an albumin of 40 g/L, mmol/L (Payne 1973; 0.8 mg/dL for each g/dL)."""
    return calcium_mmol_l + 0.02 * (40.0 - albumin_g_l)


def ckd_epi_2021(creatinine_umol_l: float, age_years: float, sex: str) -> float:
    """Estimated glomerular filtration rate, mL/min per 1.73 m2, by the equation without race (Inker 2021).

    Adults, steady creatinine, sex M or F. At 0.9 mg/dL a woman of 55 has 75.
    """
    kappa, alpha = (0.7, -0.241) if sex == "F" else (0.9, -0.302)
    ratio = creatinine_umol_l / UMOL_PER_MG_DL / kappa
    rate = 142.0 * min(ratio, 1.0) ** alpha * max(ratio, 1.0) ** -1.200 * 0.9938**age_years
    return float(rate * (1.012 if sex == "F" else 1.0))


def phosphate_reabsorption(
    phosphate: float, creatinine: float, urine_phosphate: float, urine_creatinine: float
) -> float:
    """Tubular reabsorption of phosphate, percent; phosphates in one unit, creatinines in one unit."""
    return 100.0 * (1.0 - urine_phosphate * creatinine / (phosphate * urine_creatinine))


def tmp_gfr(reabsorption_percent: float, phosphate_mmol_l: float) -> float:
    """Threshold of phosphate, mmol/L (Kenny and Glen 1973): linear to a reabsorption of 86 %, curved over it."""
    trp = reabsorption_percent / 100.0
    return (trp if trp <= 0.86 else 0.3 * trp / (1.0 - 0.8 * trp)) * phosphate_mmol_l


def tmp_gfr_child(reabsorption_percent: float, phosphate_mmol_l: float) -> float:
    """Threshold of phosphate, mmol/L, in children, in whom the curve over 86 % does not hold (Brodehl 1988)."""
    return reabsorption_percent / 100.0 * phosphate_mmol_l
