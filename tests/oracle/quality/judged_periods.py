"""Quality errors of a period, a judging phase, a product; counted in Python. Each error has the day on which the
execution that judged it ended."""

from __future__ import annotations

from collections import Counter, defaultdict
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from tests.oracle import rates
from tests.oracle.periods import DAY, Days
from tests.oracle.quality import judged, judged_remarks

if TYPE_CHECKING:
    from tests.oracle.answers import Oracle

ERRORS = """
    SELECT Erro_Descricao AS said, Erro_OfId AS ordered, Erro_FaseAvaliacao AS judge, OFCH_GRAVIDADE AS severity,
           Erro_FaseOfCulpada AS culprit, j.FaseOf_Fim AS judged_at, c.FaseOf_FaseId AS culprit_phase
      FROM Errors
      LEFT JOIN FasesOrdemFabrico AS j ON j.FaseOf_Id = Erro_FaseOfAvaliacao
      LEFT JOIN FasesOrdemFabrico AS c ON c.FaseOf_Id = Erro_FaseOfCulpada"""


class Part:
    """A part of the errors, as the API is asked for it; None leaves a side open."""

    def __init__(self, days: Days | None = None, *, phase: int | None = None, product: int | None = None) -> None:
        self.days, self.phase, self.product = days, phase, product

    @property
    def query(self) -> str:
        """The part as query parameters."""
        given = {"phase": self.phase, "product": self.product}
        asked = [f"{name}={number}" for name, number in given.items() if number is not None]
        return "&".join([*asked, *([self.days.query] if self.days else [])])

    def errors(self, oracle: Oracle) -> list[dict[str, Any]]:
        """The errors in it."""
        made = products_of_orders(oracle)
        return [
            error
            for error in oracle.records(ERRORS)
            if (self.days is None or error["judged_at"] in self.days)
            and self.phase in (None, error["judge"])
            and (self.product is None or made.get(error["ordered"]) == self.product)
        ]

    def remarks(self, oracle: Oracle) -> list[dict[str, Any]]:
        """The remarks in it."""
        made = products_of_orders(oracle)
        return [
            remark
            for remark in oracle.records(judged_remarks.REMARKS)
            if (self.days is None or remark["judged_at"] in self.days)
            and self.phase in (None, remark["judge"])
            and (self.product is None or made.get(remark["ordered"]) == self.product)
        ]

    def finished(self, oracle: Oracle) -> list[dict[str, Any]]:
        """The executions that ended in it."""
        made = products_of_orders(oracle)
        return [
            one
            for one in rates.ended(rates.executions(oracle))
            if (self.days is None or one["FaseOf_Fim"] in self.days)
            and self.phase in (None, one["FaseOf_FaseId"])
            and self.product in (None, made[one["Of_Id"]])
        ]

    def orders(self, oracle: Oracle) -> set[int]:
        """The orders that the errors are held against."""
        made = products_of_orders(oracle)
        found = {order for order, product in made.items() if self.product in (None, product)}
        if self.days is None and self.phase is None:
            return found
        named = {error["ordered"] for error in self.errors(oracle)}
        return found & (named | {one["Of_Id"] for one in self.finished(oracle)})


def telling(oracle: Oracle) -> list[Part]:
    """Parts worth asking of this workbook: busy phases and products, alone and together, with and without a period."""
    errors, made = oracle.records(ERRORS), products_of_orders(oracle)
    phases = [phase for phase, _ in Counter(error["judge"] for error in errors).most_common(1)]
    products = [product for product, _ in Counter(made.get(error["ordered"]) for error in errors).most_common(2)]
    found = [Part(phase=77), Part(product=-1), Part(phase=8, product=77)]
    days = sorted(error["judged_at"] for error in errors if error["judged_at"] is not None)
    middle = Days(str(days[len(days) // 3].date()), str(days[-1].date() + DAY)) if days else Days("2024-01-01")
    for phase in phases:
        found += [Part(phase=phase), Part(middle, phase=phase)]
        found += [Part(phase=phase, product=product) for product in products if product is not None]
    for product in products:
        if product is not None:
            found += [Part(product=product), Part(middle, product=product)]
    return found


def overview(oracle: Oracle, part: Part) -> dict[str, Any]:
    """quality/overview of a part."""
    errors, against = part.errors(oracle), part.orders(oracle)
    known = products_of_orders(oracle).keys()
    named = {error["ordered"] for error in errors} & known
    texts = Counter(error["said"] for error in errors)
    return {
        "errors": len(errors),
        "by_severity": _severities(errors),
        "orders_with_errors": len(named),
        "orders_with_errors_ratio": len(named) / len(against) if against else None,
        "errors_of_unknown_orders": sum(error["ordered"] not in known for error in errors),
        "by_evaluation_phase": _by_phase(oracle, errors, "judge"),
        "top_descriptions": [
            {"description": text, "errors": count}
            for text, count in sorted(texts.items(), key=lambda one: (-one[1], one[0]))[:10]
        ],
        "checklist": judged_remarks.counts(part.remarks(oracle)),
    }


def by_phase(oracle: Oracle, part: Part) -> dict[str, Any]:
    """quality/by-phase of a part."""
    errors = part.errors(oracle)
    finished = Counter(row["FaseOf_FaseId"] for row in part.finished(oracle))
    phases = _by_phase(oracle, errors, "judge")
    for phase in phases:
        number, done = phase["phase_id"], finished[phase["phase_id"]]
        phase["orders_with_errors"] = len({error["ordered"] for error in errors if error["judge"] == number})
        phase["finished_phases"] = done
        phase["errors_per_finished_phase"] = phase["errors"] / done if done else None
    return {"errors": len(errors), "phases": phases}


def first_pass(oracle: Oracle, part: Part) -> dict[str, Any]:
    """quality/first-pass-yield of a part."""
    names = {row["i"]: row["n"] for row in oracle.records("SELECT Fase_Id AS i, Fase_Nome AS n FROM Fases")}
    judging = {row["p"] for row in oracle.records("SELECT DISTINCT Erro_FaseAvaliacao AS p FROM OrdemFabricoErros")}
    errors = oracle.records("SELECT Erro_FaseAvaliacao AS judge, Erro_FaseOfAvaliacao AS e FROM Errors")
    places = {
        row["FaseOf_Id"]: row["FaseOf_FaseId"]
        for row in oracle.records("SELECT FaseOf_Id, FaseOf_FaseId FROM FasesOrdemFabrico")
    }
    listed = sorted(judging if part.phase is None else judging & {part.phase})
    done = [row for row in part.finished(oracle) if row["FaseOf_FaseId"] in judging]
    spoilt = {error["e"] for error in errors}
    kept = [error for error in errors if error["judge"] in listed]
    phases = []
    for number in listed:
        own = [row for row in done if row["FaseOf_FaseId"] == number]
        judged_by_it = [error for error in kept if error["judge"] == number]
        phases.append(
            {"phase_id": number, "phase_name": names.get(number), **_yield(own, spoilt, judged_by_it, places)}
        )
    phases.sort(key=lambda one: 2 if one["first_pass_yield"] is None else one["first_pass_yield"])
    return {**_yield(done, spoilt, kept, places), "phases": phases}


def _yield(
    done: list[dict[str, Any]], spoilt: set[int], errors: list[dict[str, Any]], places: dict[int, int]
) -> dict[str, Any]:
    """The yield; none where more than a tenth of the errors are of no execution of their phase."""
    passed = sum(row["FaseOf_Id"] not in spoilt for row in done)
    unknown = sum(error["e"] not in places for error in errors)
    right = sum(places.get(error["e"]) == error["judge"] for error in errors)
    is_hidden = 10 * (len(errors) - right) > len(errors)
    return {
        "finished_phases": len(done),
        "first_pass_phases": None if is_hidden else passed,
        "first_pass_yield": None if is_hidden or not done else passed / len(done),
        "errors": len(errors),
        "errors_judged_elsewhere": len(errors) - right - unknown,
        "errors_of_unknown_executions": unknown,
    }


def by_product(oracle: Oracle, part: Part) -> tuple[int, int, list[dict[str, Any]]]:
    """Errors, errors of unknown orders, and every product of quality/by-product of a part."""
    made, errors = products_of_orders(oracle), part.errors(oracle)
    names = {row["i"]: row["n"] for row in oracle.records("SELECT Produto_Id AS i, Produto_Nome AS n FROM Modelos")}
    population = Counter(made[order] for order in part.orders(oracle))
    found = defaultdict(list)
    for error in errors:
        if error["ordered"] in made:
            found[made[error["ordered"]]].append(error)
    products: list[dict[str, Any]] = []
    for product, own in found.items():
        touched, orders = len({error["ordered"] for error in own}), population[product]
        products.append(
            {
                "product_id": product,
                "product_name": names.get(product),
                "orders": orders,
                "orders_with_errors": touched,
                "orders_with_errors_ratio": touched / orders,
                "errors": len(own),
                "by_severity": _severities(own),
                "errors_per_order": len(own) / orders,
            }
        )
    products.sort(key=lambda one: (-one["errors"], one["product_id"]))
    return len(errors), len(errors) - sum(map(len, found.values())), products


def risk(oracle: Oracle, part: Part, minimum: int, supported: bool) -> dict[str, Any]:
    """quality/risk of a part, at most fifty of each."""
    return judged.ranked_risk(
        by_phase(oracle, part)["phases"], by_product(oracle, part)[2], minimum, 50, supported=supported
    )


def by_culprit_phase(oracle: Oracle, part: Part) -> dict[str, Any]:
    """quality/by-culprit-phase of a part."""
    errors = part.errors(oracle)
    found = [error for error in errors if error["culprit_phase"] is not None]
    without = sum(error["culprit"] is None for error in errors)
    return {
        "attributed_errors": len(found),
        "unknown_culprit_errors": len(errors) - without - len(found),
        "without_culprit_errors": without,
        "by_culprit_phase": _by_phase(oracle, found, "culprit_phase"),
    }


@lru_cache(maxsize=4)
def products_of_orders(oracle: Oracle) -> dict[int, int]:
    return {row["o"]: row["p"] for row in oracle.records("SELECT Of_Id AS o, Of_ProdutoId AS p FROM OrdensFabrico")}


def _by_phase(oracle: Oracle, errors: list[dict[str, Any]], by: str) -> list[dict[str, Any]]:
    names = {row["i"]: row["n"] for row in oracle.records("SELECT Fase_Id AS i, Fase_Nome AS n FROM Fases")}
    found = defaultdict(list)
    for error in errors:
        found[error[by]].append(error)
    phases = [
        {
            "phase_id": phase,
            "phase_name": names.get(phase),
            "errors": len(own),
            "by_severity": _severities(own),
        }
        for phase, own in found.items()
    ]
    return sorted(phases, key=lambda one: (-one["errors"], one["phase_id"]))


def _severities(errors: list[dict[str, Any]]) -> dict[str, int]:
    counts = Counter(error["severity"] for error in errors)
    return {f"severity_{level}": counts[level] for level in (1, 2, 3)}
