"""Quality errors by description, of a part, and of each phase and product; counted in Python."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any

from tests.oracle.quality.judged_periods import Part, products_of_orders

if TYPE_CHECKING:
    from tests.oracle.answers import Oracle


def whole(oracle: Oracle, part: Part) -> dict[str, Any]:
    """quality/pareto of a part."""
    errors = part.errors(oracle)
    return {"errors": len(errors), "descriptions": _descriptions(errors)}


def by_phase(oracle: Oracle, part: Part) -> dict[str, Any]:
    """quality/pareto/by-phase of a part."""
    errors = part.errors(oracle)
    names = {row["i"]: row["n"] for row in oracle.records("SELECT Fase_Id AS i, Fase_Nome AS n FROM Fases")}
    return {"errors": len(errors), "phases": _described(errors, "judge", "phase", names)}


def by_product(oracle: Oracle, part: Part, limit: int = 50, offset: int = 0) -> dict[str, Any]:
    """A page of quality/pareto/by-product of a part."""
    made, errors = products_of_orders(oracle), part.errors(oracle)
    names = {row["i"]: row["n"] for row in oracle.records("SELECT Produto_Id AS i, Produto_Nome AS n FROM Modelos")}
    known = [error | {"made": made[error["ordered"]]} for error in errors if error["ordered"] in made]
    products = _described(known, "made", "product", names, len(errors))
    return {
        "errors": len(errors),
        "errors_of_unknown_orders": len(errors) - len(known),
        "products_total": len(products),
        "products": products[offset : offset + limit],
    }


def _described(
    errors: list[dict[str, Any]], by: str, kind: str, names: dict[int, str], of: int | None = None
) -> list[dict[str, Any]]:
    """The errors of each phase or product by description."""
    found = defaultdict(list)
    for error in errors:
        found[error[by]].append(error)
    return [
        {
            f"{kind}_id": number,
            f"{kind}_name": names.get(number),
            "errors": len(own),
            "errors_ratio": len(own) / (of or len(errors)),
            "descriptions": _descriptions(own),
        }
        for number, own in sorted(found.items(), key=lambda one: (-len(one[1]), one[0]))
    ]


def _descriptions(errors: list[dict[str, Any]]) -> list[dict[str, Any]]:
    texts = Counter(error["said"] for error in errors)
    entries: list[dict[str, Any]] = []
    so_far = 0
    for text, count in sorted(texts.items(), key=lambda one: (-one[1], one[0])):
        so_far += count
        shares = {"errors_ratio": count / len(errors), "cumulative_ratio": so_far / len(errors)}
        entries.append({"description": text, "errors": count, **shares})
    return entries
