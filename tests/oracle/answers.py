"""Computes the endpoints' answers from the workbook alone, as the API's bodies without run_id and data_quality."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import duckdb

from tests.oracle import figures, floor, listing, questions, standing
from tests.oracle.quality import attributed
from tests.oracle.reading import exported
from tests.oracle.reading.database import load
from tests.oracle.sheets import SHEETS
from tests.oracle.simulation import interrupted, one_order, promise, scenarios
from tests.oracle.simulation.scenario import Scenario

AROUND_THE_CLOCK: dict[str, Any] = {
    "around_the_clock": True,
    "working_days": [],
    "shifts": [],
    "holidays": [],
    "closed": [],
}
NIGHTS: dict[str, Any] = {
    "around_the_clock": False,
    "working_days": ["WEDNESDAY", "SATURDAY", "MONDAY"],
    "shifts": [{"start": "22:30", "end": "05:00"}, {"start": "13:00", "end": "15:00"}],
    "holidays": ["02-29", "2024-03-04"],
    "closed": [{"first": "12-20", "last": "01-03"}, {"first": "2025-12-10", "last": "2025-12-12"}],
}
PLANT = "main"
"""The plant of every workbook that an oracle answers for: where none is declared, it is this one."""
KEPT_ROWS = 20_000
"""Longer answers are asked for again: a real workbook has sheets of half a million rows."""


class Oracle:
    """One workbook's answers; read once, then asked as often as needed."""

    def __init__(self, path: Path, *, loading: Path | None = None, loaded: Path | None = None) -> None:
        """loading: a new file for the rows, else they stay in memory. loaded: one that holds them already."""
        self.path = path
        self.connection = load(path, loading) if loaded is None else duckdb.connect(loaded, read_only=True)
        self.walked: list[dict[str, Any]] | None = None
        self._kept: dict[tuple[str, str], list[dict[str, Any]]] = {}
        self._match_rates: dict[str, dict[str, int]] | None = None
        self.as_of: dt.datetime | None = exported.latest_event(self)

    @property
    def now(self) -> dt.datetime:
        """as_of, for comparisons with rows that have a time; a workbook with such a row has one."""
        assert self.as_of is not None
        return self.as_of

    def close(self) -> None:
        """Close the database and free its memory."""
        self._kept.clear()
        self.connection.close()

    def records(self, statement: str, parameters: Any = None) -> list[dict[str, Any]]:
        """The rows of a statement as dicts. The tables never change, so a short answer is kept for the next time."""
        asked = (statement, repr(parameters))
        if (kept := self._kept.get(asked)) is None:
            result = self.connection.execute(statement, parameters)
            names = [column[0] for column in result.description]
            kept = [dict(zip(names, row, strict=True)) for row in result.fetchall()]
            if len(kept) > KEPT_ROWS:
                return kept
            self._kept[asked] = kept
        return [row.copy() for row in kept]

    def counts(self) -> dict[str, dict[str, int]]:
        """Rows loaded and accepted by sheet."""
        counted = "SELECT count(*) AS loaded, count(*) FILTER (code IS NULL) AS accepted FROM loaded_"
        return {sheet: self.records(counted + sheet)[0] for sheet in SHEETS}

    def rejects(self) -> dict[str, dict[int, str]]:
        """Reason by Excel row by sheet."""
        return {
            sheet: {
                row["excel_row"]: row["code"]
                for row in self.records(f"SELECT excel_row, code FROM loaded_{sheet} WHERE code IS NOT NULL")
            }
            for sheet in SHEETS
        }

    def match_rates(self) -> dict[str, dict[str, int]]:
        """Matched and referencing values, over rows and over distinct values, by relationship; counted once."""
        if self._match_rates is None:
            self._match_rates = figures.match_rates(self)
        return self._match_rates

    def orders(self, **asked: Any) -> list[dict[str, Any]]:
        """The orders that pass the filters (named as the API's parameters), sorted as asked."""
        return listing.orders(self, **asked)

    def order(self, work_order_id: int) -> dict[str, Any] | None:
        """One order with its phases."""
        found = self.orders(of_id=work_order_id)
        kept = {name: value for one in found for name, value in one.items() if name not in ("risk", "slack_days")}
        return None if not found else self.answer(kept | plain(floor.of_order(self, work_order_id)))

    def phases_of(self, work_order_id: int) -> dict[str, Any] | None:
        """The answer of orders/{id}/phases."""
        order = self.order(work_order_id)
        if order is None:
            return None
        return {name: order[name] for name in ("plant", "as_of", "work_order_id", "status", "phases")}

    def parts_of(self, work_order_id: int) -> dict[str, Any]:
        """Place and end, errors and people of an order, by path; a closed gate's path is left out."""
        path = f"/api/prodplan/orders/{work_order_id}"
        people = attributed.people_of(self, work_order_id)
        found = {
            f"{path}/errors": self.answer(attributed.errors_of(self, work_order_id)),
            f"{path}/estimate": self.answer(one_order.estimate(self, work_order_id)),
        }
        return found if people is None else found | {f"{path}/people": self.answer(people)}

    def open_work(self) -> dict[str, Any]:
        """Figures of the open orders, by path with query: of production work, and of each way to include others."""
        return questions.of_open_work(self)

    def supports_routes(self) -> bool:
        """Return True if four fifths of the standard routes' rows find product and phase (gate standard_route)."""
        return self.supports("FasesStandardModelos → Modelos and Fases", 80)

    def supports_products(self) -> bool:
        """Return True if any order refers to a product (gate produto_join, which no rate disables)."""
        return self.match_rates()["Of_ProdutoId → Produto_Id"]["distinct_referencing"] > 0

    def simulation(self, run_id: int, scenario: Scenario) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        """whatif/simulate, and the rows of its file. run_id: the answer's own; the fingerprint is of it too."""
        body, lines = scenarios.simulation(self, run_id, scenario)
        return self.answer(body), [plain(line) for line in lines]

    def schedule(self, run_id: int, scenario: Scenario, most: int = 10_000) -> dict[str, Any]:
        """whatif/schedule, as many executions as one page has."""
        asked = scenarios.asked_for(self, run_id, scenario)
        return self.answer(asked | interrupted.Plan(self, scenario).schedule(most))

    def scenarios(self) -> list[Scenario]:
        """Scenarios worth asking of this workbook: as usual, each rule, more places at work, other open orders too."""
        loads = floor.schedule(self, "terminal,stale")["phases"]
        rush = self.rush_orders()
        busy = [load["phase_id"] for load in loads if sum(load[state] for state in floor.STATES)]
        return [
            Scenario("FIFO", {}, None, {}),
            Scenario("EDD", {}, "terminal", {"calendar": NIGHTS}),
            Scenario("SPT", {}, "stale", {"calendar": AROUND_THE_CLOCK}),
            Scenario("FIFO", dict.fromkeys(busy[:3], 4), None, {}),
            Scenario("SPT", dict.fromkeys(busy, 2), "stale,terminal", {}),
            Scenario("SLACK", dict.fromkeys(busy, 1), None, {}),
            Scenario("SLACK", dict.fromkeys(busy, 1), None, {"first_orders": rush} if rush else {}),
            *interrupted.telling(self, busy, rush),
        ]

    def rush_orders(self) -> list[int]:
        """The last seven orders of the open work."""
        counting = standing.counting(self, None)
        return [order["id"] for order in scenarios.open_orders(self) if order["id"] in counting][-7:]

    def supports(self, relationship: str, percent: int) -> bool:
        """Return True if at least this many of the relationship's rows find their target."""
        rate = self.match_rates()[relationship]
        return bool(rate["rows_referencing"]) and rate["rows_matched"] * 100 >= percent * rate["rows_referencing"]

    def key_figures(self) -> dict[str, Any]:
        """Key figures, quality and catalogues that no gate closes, by path with query."""
        return questions.of_periods(self) | questions.of_quality(self) | questions.of_catalogues(self)

    def guarded_figures(self) -> dict[str, Any]:
        """Figures that a gate may close, by path with query: the body, or 409."""
        known = questions.of_products(self) | questions.of_employees(self) | questions.of_culprits(self)
        return known | questions.UNSUPPORTED

    def route(self, product_id: int) -> dict[str, Any] | None:
        """The answer of routes/{product_id}."""
        steps = self.records(
            """
            SELECT ProdutoFase_Sequencia AS sequence, ProdutoFase_FaseId AS phase_id, Fase_Nome AS phase_name,
                   ProdutoFase_Coeficiente AS coefficient, ProdutoFase_CoeficienteX AS coefficient_x
              FROM FasesStandardModelos LEFT JOIN Fases ON Fase_Id = ProdutoFase_FaseId
             WHERE ProdutoFase_ProdutoId = ? ORDER BY ProdutoFase_Sequencia, ProdutoFase_FaseId""",
            [product_id],
        )
        name = self.product_name(product_id)
        return self.answer({"product_id": product_id, "product_name": name, "steps": steps}) if steps else None

    def product_name(self, product_id: int) -> str | None:
        """A product's name; None without a single order, as nothing shows then that names can be trusted."""
        names = self.records(
            """
            SELECT Produto_Nome AS name FROM Modelos
             WHERE Produto_Id = ? AND EXISTS (FROM loaded_OrdensFabrico WHERE Of_ProdutoId IS NOT NULL)""",
            [product_id],
        )
        return names[0]["name"] if names else None

    def promised_products(self) -> list[int]:
        """The first, the middle and the last product with a standard route."""
        found = self.records("SELECT DISTINCT ProdutoFase_ProdutoId AS p FROM FasesStandardModelos ORDER BY p")
        products = [row["p"] for row in found]
        return sorted({products[len(products) * part // 4] for part in (0, 2)} | {products[-1]}) if products else []

    def promise(self, product_id: int, orders: int = 1, include: str | None = None) -> dict[str, Any] | None:
        """The answer of promise/{product_id}."""
        found = promise.promised(self, product_id, orders, include)
        return None if found is None else self.answer({**found, "product_name": self.product_name(product_id)})

    def answer(self, figures: dict[str, Any]) -> dict[str, Any]:
        """The figures as a body: as JSON has them, with as_of and the plant."""
        result: dict[str, Any] = plain({"plant": PLANT, "as_of": self.as_of, **figures})
        return result


def plain(value: Any) -> Any:
    """The value as JSON has it: times as ISO text."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value.isoformat() if isinstance(value, dt.date) else value
