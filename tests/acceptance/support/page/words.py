"""Texts of the page's sections in English and in European Portuguese."""

from __future__ import annotations

from typing import Any

Part = dict[str, Any]


def both(en: str, pt: str) -> dict[str, str]:
    return {"en": en, "pt": pt}


def grouped(count: int) -> str:
    """`49 919`, as the page writes numbers."""
    return f"{count:,}".replace(",", "\N{NARROW NO-BREAK SPACE}")


REASONS = {
    "NULL_KEY": both("key is empty", "chave vazia"),
    "INVALID_TYPE": both("wrong type", "tipo errado"),
    "OUT_OF_RANGE": both("out of range", "fora dos limites"),
    "DUPLICATE_ROW": both("identical repeat", "repetição idêntica"),
    "CONFLICTING_KEY": both("same key, other content", "mesma chave, outro conteúdo"),
    "ORPHAN_PARENT": both("its order is missing", "falta a ordem"),
}
TONE_OF_REASON = {"DUPLICATE_ROW": "plain", "CONFLICTING_KEY": "warn"}
"""The tone of reasons that are not shown as a fault of the row, as all others are."""
GATE_STATUS = {
    "ENABLED": (both("open", "aberto"), "good"),
    "DEGRADED": (both("open, with a warning", "aberto, com aviso"), "warn"),
    "DISABLED": (both("closed", "fechado"), "bad"),
}
SLO_STATUS = {
    "MET": (both("met", "cumprido"), "good"),
    "VIOLATED": (both("violated", "violado"), "bad"),
    "ERRORS": (both("wrong answers", "respostas erradas"), "bad"),
    "NOT_MEASURED": (both("not measured", "não medido"), "warn"),
}
