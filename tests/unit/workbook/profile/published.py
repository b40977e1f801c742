"""Figures measured over every row of the real workbook, fault by fault: those that a sample must show too.

A key is (sheet, code), or (sheet, code, value) for a part of what a fault divides into.
"""

from __future__ import annotations

from typing import TypeAlias

Key: TypeAlias = tuple[str, str] | tuple[str, str, int | str]

ORDERS, PHASES, WORK, ERRORS = (
    "OrdensFabrico",
    "FasesOrdemFabrico",
    "FuncionariosFaseOrdemFabrico",
    "OrdemFabricoErros",
)
PEOPLE, SKILLS, ROUTES = "Funcionarios", "FuncionariosFasesAptos", "FasesStandardModelos"

SCALED: dict[Key, int] = {
    (ORDERS, "ORDER_NOT_COMPLETED"): 1_156,
    (ORDERS, "ORDER_WITHOUT_TRANSPORT"): 2_730,
    (ORDERS, "COMPLETED_BEFORE_CREATED"): 7,
    (ORDERS, "TRANSPORT_BEFORE_CREATED"): 61,
    (ORDERS, "TRANSPORT_IN_FUTURE"): 349,
    (ORDERS, "LONG_LEAD_TIME"): 199,
    (ORDERS, "CREATED_OFF_MIDNIGHT"): 324,
    (PHASES, "PHASE_NOT_FINISHED"): 57_967,
    (PHASES, "FINISHED_BEFORE_STARTED"): 2_460,
    (PHASES, "PHASE_WITHOUT_DURATION"): 60_427,
    (PHASES, "LONG_PHASE"): 3,
    (PHASES, "SHIFT_UNKNOWN"): 492_450,
    (PHASES, "PLANNED_DATE_UNKNOWN"): 492_450,
    (PHASES, "ZERO_WEIGHT"): 438_881,
    (PHASES, "RETURNED_PHASE"): 54_244,
    (WORK, "SHARED_PHASE", 1): 297_889,
    (WORK, "SHARED_PHASE", 2): 62_483,
    (WORK, "SHARED_PHASE", 3): 196,
    (WORK, "SHARED_PHASE", 4): 64,
    (WORK, "SHARED_PHASE", 5): 14,
    (WORK, "SHARED_PHASE"): 62_757,
    (WORK, "PHASE_WITHOUT_CHIEF"): 219,
    (WORK, "PHASE_WITH_SEVERAL_CHIEFS"): 30,
    (WORK, "ASSIGNED_INACTIVE_PERSON"): 76_937,
    (ERRORS, "CULPRIT_UNKNOWN"): 37_303,
    (ERRORS, "CULPRIT_AFTER_JUDGE"): 26_559,
    (ERRORS, "CULPRIT_IS_JUDGE"): 700,
    (ERRORS, "CHECKLIST_LINE"): 3_078,
    (ERRORS, "CHECKLIST_LINE", 8): 3_078,
    (ERRORS, "OFCH_GRAVIDADE", 1): 75_590,
    (ERRORS, "OFCH_GRAVIDADE", 2): 12_605,
    (ERRORS, "OFCH_GRAVIDADE", 3): 1_641,
    (WORK, "FuncionarioFaseOf_FuncionarioId → Funcionario_Id"): 56,
    (ERRORS, "Erro_OfId → Of_Id"): 9,
}
"""Counts that follow the scale: a sample has its share of each, and never none. Of a reference: the orphan rows."""

FIXED: dict[Key, int] = {
    (ORDERS, "COMPLETED_BEFORE_ANY_ORDER"): 1,
    (WORK, "DUPLICATE_ROW"): 0,
    (WORK, "CONFLICTING_KEY"): 0,
    (WORK, "PHASE_ID_FAR_BELOW"): 4,
    (PEOPLE, "DUPLICATE_ROW"): 601,
    (PEOPLE, "MARKED_AS_LEFT"): 164,
    (PEOPLE, "LEFT_BUT_ACTIVE"): 0,
    (SKILLS, "QUALIFIED_TWICE"): 8,
    (SKILLS, "CONFLICTING_KEY"): 8,
    (SKILLS, "QUALIFICATION_UNDATED"): 10,
    ("Fases", "PHASE_NEVER_OF_AN_ORDER"): 32,
    ("Modelos", "FLOAT32_NOISE", "Produto_QtdGelDeck"): 17,
    ("Modelos", "FLOAT32_NOISE", "Produto_QtdGelCasco"): 18,
    ("Modelos", "WEIGHTS_ZERO"): 45,
    ("Modelos", "FINISHED_LIGHTER"): 11,
    ("Modelos", "NAME_WITH_ODD_BLANKS", "double"): 2,
    (ROUTES, "REPEATED_PRODUCT_PHASE"): 238,
    (ROUTES, "SEQUENCE_WITH_GAPS"): 9,
    (ROUTES, "HIGH_COEFFICIENT"): 12,
    (ROUTES, "HIGH_COEFFICIENT_X"): 12,
    (ROUTES, "MANY_DECIMALS"): 1_753,
}
"""Counts that do not follow the scale: the catalogues stay whole."""

PRESENT: set[Key] = {
    (ORDERS, "ORDER_ELSEWHERE"),
    (ORDERS, "ID_OUT_OF_ORDER"),
    (PHASES, "PHASE_NOT_STARTED"),
    (PHASES, "OPEN_PHASE_OF_COMPLETED_ORDER"),
    (ERRORS, "REPEATED_ERROR"),
    (PEOPLE, "REPEATED_PERSON", 15),
    (PEOPLE, "NAME_WITH_ODD_BLANKS", "outer"),
    (PEOPLE, "NAME_WITH_ODD_BLANKS", "double"),
}
"""Faults that occur without a published count: a sample has some of each."""

ABSENT: set[Key] = {
    ("OrdensFabrico", "STAMP_AFTER_EXPORT"),
    ("FasesOrdemFabrico", "STAMP_AFTER_EXPORT"),
    (PHASES, "FINISHED_WITHOUT_START"),
}
"""Counted because an export might hold it; never seen."""

COLUMNS = {
    (ORDERS, "Of_Id"): {"min": 13_949, "max": 8_970_512},
    (ORDERS, "Of_DataAcabamento"): {"min": "2006-03-10T00:00:00", "max": "2025-12-11T12:50:00"},
    (ERRORS, "Erro_Descricao"): {"distinct": 57},
    (PEOPLE, "Funcionario_Id"): {"distinct": 301},
}
"""Figures of columns that no scale changes."""
