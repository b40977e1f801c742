"""Key figures and quality as the API is asked for them: path → its body by the workbook, or the status of a refusal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.oracle import dispatch, figures, floor, flows, listing, periods, rates, standing, stock, trend
from tests.oracle.periods import Days
from tests.oracle.quality import attributed, judged, judged_periods, judged_remarks, pareto
from tests.oracle.quality.judged_periods import Part
from tests.oracle.reading.checklist import JUDGE
from tests.oracle.simulation import weekly

if TYPE_CHECKING:
    from tests.oracle.answers import Oracle

Expected = dict[str, Any]
CLOSED = 409


def of_periods(oracle: Oracle) -> Expected:
    """Overview, by-phase, trend, lead times and adherence, of the whole run and of each telling period."""
    asked: Expected = {
        "/api/kpis/overview": oracle.answer(figures.overview(oracle)),
        "/api/kpis/by-phase": oracle.answer(periods.by_phase(oracle, None)),
    }
    asked |= {
        "/api/kpis/trend": oracle.answer(trend.trend(oracle, "month")),
        "/api/kpis/trend?group_by=week": oracle.answer(trend.trend(oracle, "week")),
        "/api/kpis/lead-times": oracle.answer(trend.lead_times(oracle)),
        "/api/kpis/lead-times?product=5": oracle.answer(trend.lead_times(oracle, product=5)),
        "/api/kpis/lead-times?limit=3&offset=2": oracle.answer(trend.lead_times(oracle, limit=3, offset=2)),
        "/api/kpis/schedule-adherence": oracle.answer(trend.adherence(oracle)),
    }
    for days in periods.telling(oracle):
        asked[f"/api/kpis/trend?group_by=week&{days.query}"] = oracle.answer(trend.trend(oracle, "week", days))
        asked[f"/api/kpis/lead-times?{days.query}"] = oracle.answer(trend.lead_times(oracle, days))
        asked[f"/api/kpis/schedule-adherence?{days.query}"] = oracle.answer(trend.adherence(oracle, days))
        asked[f"/api/kpis/overview?{days.query}"] = oracle.answer(periods.overview(oracle, days))
        asked[f"/api/kpis/by-phase?{days.query}"] = oracle.answer(periods.by_phase(oracle, days))
    return asked


def of_open_work(oracle: Oracle) -> Expected:
    """Schedule, bottlenecks, risk, WIP, mass and gelcoat, with each way to include other open orders."""
    asked: Expected = {}
    for include in (None, *standing.INCLUDES):
        query = "" if include is None else f"?include={include}"
        asked[f"/api/prodplan/schedule/current{query}"] = floor.schedule(oracle, include)
        asked[f"/api/prodplan/backlog{query}"] = listing.backlog(oracle, include)
        asked[f"/api/prodplan/bottlenecks{query}"] = rates.bottlenecks(oracle, include)
        asked[f"/api/smartinventory/wip{query}"] = floor.inventory(oracle, include)
        asked[f"/api/smartinventory/wip_mass{query}"] = stock.mass(oracle, include)
        asked[f"/api/smartinventory/gelcoat_theoretical_usage{query}"] = stock.gelcoat(oracle, include)
        asked[f"/api/prodplan/dispatch{query}"] = dispatch.dispatch(oracle, include)
        asked[f"/api/prodplan/wip_age{query}"] = weekly.by_age(oracle, include)
        asked[f"/api/prodplan/load{query}"] = weekly.load(oracle, include)
        queue = rates.risk_queue(oracle, oracle.supports_routes(), include)
        queue["orders"] = [order | flows.members(oracle, order["work_order_id"]) for order in queue["orders"]]
        queue["estimates_of_the_past"] = flows.past_estimates(oracle, oracle.supports_routes())
        for limit in (50, 3, 500):
            place = "&".join(part for part in (query[1:], "" if limit == 50 else f"limit={limit}") if part)
            asked[f"/api/prodplan/risk_queue?{place}".rstrip("?")] = queue | {"orders": queue["orders"][:limit]}
    asked |= _of_narrowed_work(oracle)
    for weeks, at, product in ((1, None, None), (26, 3, None), (4, None, 5), (8, 77, -1)):
        place = f"phase={at}&" * (at is not None) + f"product={product}&" * (product is not None)
        found = weekly.load(oracle, None, weeks, phase=at, product=product)
        asked[f"/api/prodplan/load?{place}weeks={weeks}"] = found
    asked["/api/prodplan/dispatch?limit=2"] = dispatch.dispatch(oracle, limit=2)
    asked["/api/prodplan/dispatch?phase=3"] = dispatch.dispatch(oracle, phase=3)
    asked["/api/prodplan/dispatch?product=5&include=stale"] = dispatch.dispatch(oracle, "stale", product=5)
    return {path: oracle.answer(body) for path, body in asked.items()}


def _of_narrowed_work(oracle: Oracle) -> Expected:
    """The open work of one phase, one product, one period of the transport date, and pairs of them."""
    asked: Expected = {}
    routes = oracle.supports_routes()
    leaving = periods.telling_due(oracle)
    for at, product, due in (
        *((1, None, None), (None, 5, None), (3, 2, None), (77, None, None)),
        *((None, None, days) for days in leaving),
        *((1, None, leaving[0]), (None, 5, leaving[-1]), (3, 2, leaving[0])),
    ):
        narrowed = [f"phase={at}"] * (at is not None) + [f"product={product}"] * (product is not None)
        query = "&".join([*narrowed, "include=stale,terminal", *([due.query] if due else [])])
        include = "stale,terminal"
        of: dict[str, Any] = {"product": product, "due": due}
        asked[f"/api/prodplan/schedule/current?{query}"] = floor.schedule(oracle, include, phase=at, **of)
        asked[f"/api/prodplan/dispatch?{query}"] = dispatch.dispatch(oracle, include, phase=at, **of)
        asked[f"/api/prodplan/wip_age?{query}"] = weekly.by_age(oracle, include, phase=at, **of)
        asked[f"/api/smartinventory/wip?{query}"] = floor.inventory(oracle, include, phase=at, **of)
        asked[f"/api/smartinventory/wip_mass?{query}"] = stock.mass(oracle, include, at=at, **of)
        asked[f"/api/smartinventory/gelcoat_theoretical_usage?{query}"] = stock.gelcoat(oracle, include, at=at, **of)
        queue = rates.risk_queue(oracle, routes, include, at=at, **of)
        queue["orders"] = [one | flows.members(oracle, one["work_order_id"]) for one in queue["orders"]]
        queue["estimates_of_the_past"] = flows.past_estimates(oracle, routes)
        asked[f"/api/prodplan/risk_queue?limit=500&{query}"] = queue | {"orders": queue["orders"][:500]}
    return asked


def of_catalogues(oracle: Oracle) -> Expected:
    """Phases, products in pages, employees by number, and their skills."""
    asked: Expected = {
        "/api/catalogue/phases": dispatch.phases(oracle),
        "/api/catalogue/products": dispatch.products(oracle),
        "/api/catalogue/products?limit=3&offset=2": dispatch.products(oracle, 3, 2),
        "/api/catalogue/employees": dispatch.employees(oracle),
        "/api/catalogue/skills": dispatch.skills(oracle),
    }
    return {path: oracle.answer(body) for path, body in asked.items()}


def of_products(oracle: Oracle) -> Expected:
    """kpis/by-product of the whole run and of each telling period, and pages of it; quality/by-product in pages."""
    asked: Expected = {}
    for days in (Days(), *periods.telling(oracle)):
        products = periods.by_product(oracle, days)
        asked[f"/api/kpis/by-product?{days.query}"] = _page(oracle, products, 50, 0)
    products = periods.by_product(oracle, Days())
    for limit, offset in ((500, 0), (3, 0), (3, 3), (2, len(products) - 1), (1, len(products))):
        place = f"limit={limit}&offset={max(offset, 0)}"
        asked[f"/api/kpis/by-product?{place}"] = _page(oracle, products, limit, max(offset, 0))
    unknown, products = judged.by_product(oracle)
    errors = {"errors": _errors(oracle), "errors_of_unknown_orders": unknown}
    asked["/api/quality/by-product"] = _page(oracle, products, 50, 0, **errors)
    asked["/api/quality/by-product?limit=500"] = _page(oracle, products, 500, 0, **errors)
    asked["/api/quality/by-product?limit=2&offset=3"] = _page(oracle, products, 2, 3, **errors)
    for limit, offset in ((50, 0), (2, 1)):
        described = pareto.by_product(oracle, Part(), limit, offset)
        asked[f"/api/quality/pareto/by-product?limit={limit}&offset={offset}"] = oracle.answer(described)
    for part in _parts(oracle):
        described = pareto.by_product(oracle, part)
        asked[f"/api/quality/pareto/by-product?{part.query}"] = oracle.answer(described)
        count, unknown, products = judged_periods.by_product(oracle, part)
        errors = {"errors": count, "errors_of_unknown_orders": unknown}
        asked[f"/api/quality/by-product?{part.query}"] = _page(oracle, products, 50, 0, **errors)
    return asked if oracle.supports_products() else dict.fromkeys(asked, CLOSED)


def of_employees(oracle: Oracle) -> Expected:
    """kpis/by-employee of the whole run and of each telling period."""
    asked: Expected = {"/api/kpis/by-employee": oracle.answer(figures.by_employee(oracle))}
    for days in periods.telling(oracle):
        asked[f"/api/kpis/by-employee?{days.query}"] = oracle.answer(periods.by_employee(oracle, days))
    return asked if oracle.supports("FuncionarioFaseOf_FaseOfId → FaseOf_Id", 90) else dict.fromkeys(asked, CLOSED)


def of_quality(oracle: Oracle) -> Expected:
    """quality/overview and by-phase, of the run and of each telling period; the risk from several populations on."""
    asked: Expected = {
        "/api/quality/overview": oracle.answer(figures.quality(oracle)),
        "/api/quality/pareto": oracle.answer(pareto.whole(oracle, Part())),
        "/api/quality/by-phase": oracle.answer({"errors": _errors(oracle), "phases": judged.by_phase(oracle)}),
    }
    for part in (Part(), Part(phase=JUDGE), *_parts(oracle)):
        described = pareto.by_phase(oracle, part)
        asked[f"/api/quality/pareto/by-phase?{part.query}".rstrip("?")] = oracle.answer(described)
        remarks = judged_remarks.lines(oracle, part.remarks(oracle))
        asked[f"/api/quality/checklist?{part.query}".rstrip("?")] = oracle.answer(remarks)
        first_pass = judged_periods.first_pass(oracle, part)
        asked[f"/api/quality/first-pass-yield?{part.query}".rstrip("?")] = oracle.answer(first_pass)
    for part in _parts(oracle):
        asked[f"/api/quality/overview?{part.query}"] = oracle.answer(judged_periods.overview(oracle, part))
        asked[f"/api/quality/pareto?{part.query}"] = oracle.answer(pareto.whole(oracle, part))
        asked[f"/api/quality/by-phase?{part.query}"] = oracle.answer(judged_periods.by_phase(oracle, part))
        asked[f"/api/quality/risk?minimum_population=2&{part.query}"] = oracle.answer(
            judged_periods.risk(oracle, part, 2, oracle.supports_products())
        )
    for minimum, limit in ((30, 50), (1, 500), (6, 50), (9, 3)):
        query = "" if (minimum, limit) == (30, 50) else f"?minimum_population={minimum}&limit={limit}"
        asked[f"/api/quality/risk{query}"] = oracle.answer(
            judged.risk(oracle, minimum, limit, oracle.supports_products())
        )
    return asked


def of_culprits(oracle: Oracle) -> Expected:
    """quality/by-culprit-phase and culprit-matrix of the whole run and of each telling period."""
    asked: Expected = {
        "/api/quality/by-culprit-phase": oracle.answer(figures.by_culprit_phase(oracle)),
        "/api/quality/culprit-matrix": oracle.answer(attributed.matrix(oracle)),
    }
    for part in _parts(oracle):
        asked[f"/api/quality/culprit-matrix?{part.query}"] = oracle.answer(attributed.matrix(oracle, part))
        path = f"/api/quality/by-culprit-phase?{part.query}"
        asked[path] = oracle.answer(judged_periods.by_culprit_phase(oracle, part))
    return asked if oracle.supports("Erro_FaseOfCulpada → FaseOf_Id", 50) else dict.fromkeys(asked, CLOSED)


UNSUPPORTED: Expected = {"/api/smartinventory/consumption_estimate": CLOSED}
"""Questions that no workbook of this contract can answer."""


def _parts(oracle: Oracle) -> list[Part]:
    """Each telling period, and each telling phase and product."""
    return [*(Part(days) for days in periods.telling(oracle)), *judged_periods.telling(oracle)]


def _page(oracle: Oracle, products: list[dict[str, Any]], limit: int, offset: int, **more: int) -> dict[str, Any]:
    return oracle.answer({**more, "products_total": len(products), "products": products[offset : offset + limit]})


def _errors(oracle: Oracle) -> int:
    errors: int = oracle.records("SELECT count(*) AS n FROM Errors")[0]["n"]
    return errors
