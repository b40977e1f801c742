"""Quality errors against executions and orders, and the risk in them; counted in Python."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any

from tests.oracle import rates

if TYPE_CHECKING:
    from tests.oracle.answers import Oracle

ERRORS = "SELECT Erro_OfId AS ordered, Erro_FaseAvaliacao AS judge, OFCH_GRAVIDADE AS severity FROM Errors"


def by_phase(oracle: Oracle) -> list[dict[str, Any]]:
    """The phases of quality/by-phase."""
    names = {row["i"]: row["n"] for row in oracle.records("SELECT Fase_Id AS i, Fase_Nome AS n FROM Fases")}
    finished = Counter(one["FaseOf_FaseId"] for one in rates.ended(rates.executions(oracle)))
    found = defaultdict(list)
    for error in oracle.records(ERRORS):
        found[error["judge"]].append(error)
    phases = [
        {
            "phase_id": phase,
            "phase_name": names.get(phase),
            **_counted(errors),
            "finished_phases": finished[phase],
            "errors_per_finished_phase": len(errors) / finished[phase] if finished[phase] else None,
        }
        for phase, errors in found.items()
    ]
    return sorted(phases, key=lambda one: (-one["errors"], one["phase_id"]))


def by_product(oracle: Oracle) -> tuple[int, list[dict[str, Any]]]:
    """Errors of unknown orders, and every product of quality/by-product."""
    orders = oracle.records("SELECT Of_Id AS o, Of_ProdutoId AS p FROM OrdensFabrico")
    product_of = {row["o"]: row["p"] for row in orders}
    names = {row["i"]: row["n"] for row in oracle.records("SELECT Produto_Id AS i, Produto_Nome AS n FROM Modelos")}
    made = Counter(product_of.values())
    found, unknown = defaultdict(list), 0
    for error in oracle.records(ERRORS):
        if error["ordered"] in product_of:
            found[product_of[error["ordered"]]].append(error)
        else:
            unknown += 1
    products = []
    for product, errors in found.items():
        counted, population = _counted(errors), made[product]
        products.append(
            {
                "product_id": product,
                "product_name": names.get(product),
                "orders": population,
                **counted,
                "orders_with_errors_ratio": counted["orders_with_errors"] / population,
                "errors_per_order": len(errors) / population,
            }
        )
    return unknown, sorted(products, key=lambda one: (-one["errors"], one["product_id"]))


def risk(oracle: Oracle, minimum: int, limit: int, supported: bool) -> dict[str, Any]:
    """quality/risk. supported: whether products may be used."""
    return ranked_risk(by_phase(oracle), by_product(oracle)[1], minimum, limit, supported=supported)


def ranked_risk(
    of_phases: list[dict[str, Any]], of_products: list[dict[str, Any]], minimum: int, limit: int, *, supported: bool
) -> dict[str, Any]:
    """The risk in counted phases and products."""
    phases = [_risk(one, "phase", "finished_phases", minimum) for one in of_phases]
    products = [_risk(one, "product", "orders", minimum) for one in of_products]
    return {
        "minimum_population": minimum,
        "phases_total": len(phases),
        "phases": _ranked(phases, "phase_id")[:limit],
        "products_total": len(products) if supported else None,
        "products": _ranked(products, "product_id")[:limit] if supported else None,
    }


def _counted(errors: list[dict[str, Any]]) -> dict[str, Any]:
    severities = Counter(error["severity"] for error in errors)
    return {
        "errors": len(errors),
        "by_severity": {f"severity_{level}": severities[level] for level in (1, 2, 3)},
        "orders_with_errors": len({error["ordered"] for error in errors}),
    }


def _risk(one: dict[str, Any], kind: str, population: str, minimum: int) -> dict[str, Any]:
    enough = one[population] >= minimum
    per = "errors_per_finished_phase" if kind == "phase" else "errors_per_order"
    kept = (f"{kind}_id", f"{kind}_name", "errors", "by_severity", population)
    return {
        **{name: one[name] for name in kept},
        per: one["errors"] / one[population] if enough else None,
        "rates": {name: count / one[population] if enough else None for name, count in one["by_severity"].items()},
    }


def _ranked(found: list[dict[str, Any]], number: str) -> list[dict[str, Any]]:
    """Sorted by one key after the other, the least important first: sorting is stable."""
    lists = []
    for member, some in (
        ("rates", [one for one in found if one["rates"]["severity_1"] is not None]),
        ("by_severity", [one for one in found if one["rates"]["severity_1"] is None]),
    ):
        some.sort(key=lambda one: int(one[number]))
        for name in ("severity_1", "severity_2", "severity_3"):
            some.sort(key=lambda one: float(one[member][name]), reverse=True)
        lists += some
    return lists
