"""The factory of the documented examples: every state once, every gate open, small enough to be recomputed by hand."""

from __future__ import annotations

import datetime as dt

from tests.integration.api import workbooks
from tests.integration.api.workbooks import NULL, Rows

ORDER, OPEN_ORDER, PRODUCT = 1001, 1002, 10
"""The orders and the product that the examples ask for."""

ADDRESSES = {"{work_order_id}": str(ORDER), "{product_id}": str(PRODUCT), "{run_id}": "2", "{scenario_id}": "1"}


def at(day: int, hour: int = 0) -> dt.datetime:
    """A moment of March 2024."""
    return dt.datetime(2024, 3, day, hour)


def factory() -> Rows:
    """Order 1001 is completed, 1002 in process at painting, 1003 delivered and never closed."""
    rows = workbooks.empty()
    rows["Fases"] = [[1, "Laminagem", 10, 1, 0], [2, "Pintura", 20, 1, 0], [12, "No cliente", 90, 0, 1]]
    rows["Modelos"] = [[PRODUCT, "Canoa C1", 12.5, 11.8, 0.9, 1.6]]
    rows["FasesStandardModelos"] = [[PRODUCT, 1, 1, 4.5, 0], [PRODUCT, 2, 2, 3, 0]]
    rows["Funcionarios"] = [[7, "Pessoa", 1]]
    rows["FuncionariosFasesAptos"] = [[7, 1, at(1)]]
    rows["OrdensFabrico"] = [
        [ORDER, at(1), at(6, 12), PRODUCT, 2, at(8)],
        [OPEN_ORDER, at(4), NULL, PRODUCT, 2, at(20)],
        [1003, at(2), NULL, PRODUCT, 12, at(5)],
    ]
    rows["FasesOrdemFabrico"] = [
        [501, ORDER, at(2, 8), at(2, 14), NULL, 4.5, 0, 1, 13.2, 0, NULL, 1],
        [502, ORDER, at(5, 8), at(5, 11), NULL, 3, 0, 2, 12.9, 1, NULL, 2],
        [503, 1002, at(5, 8), at(5, 16), NULL, 4.5, 0, 1, 13.4, 0, NULL, 1],
        [504, 1002, at(6, 9), NULL, at(7), 3, 0, 2, 0, 0, 1, 2],
    ]
    rows["FuncionariosFaseOrdemFabrico"] = [[501, 7, 1], [503, 7, 1]]
    rows["OrdemFabricoErros"] = [["Falta de resina", ORDER, 2, 2, 502, 501]]
    return rows


def day_before() -> Rows:
    """The export before: order 1001 was not completed, 1003 not yet created, and 1002 was to leave earlier."""
    rows = factory()
    rows["OrdensFabrico"] = [[ORDER, at(1), NULL, PRODUCT, 2, at(8)], [1002, at(4), NULL, PRODUCT, 1, at(18)]]
    rows["FasesOrdemFabrico"] = rows["FasesOrdemFabrico"][:3]
    rows["OrdemFabricoErros"] = []
    return rows
