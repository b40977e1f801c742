"""Writing a sample workbook: deterministic for (scale, seed, rates); 1.0 is the real workbook's 1,078,180 rows."""

from __future__ import annotations

from pathlib import Path
from random import Random

from app.workbook.sample.sample_catalogues import make_catalogues
from app.workbook.sample.sample_match_rates import Rates
from app.workbook.sample.sample_work import ShopFloor
from app.workbook.writing import Progress, Rows, write_workbook


def write_sample(
    path: Path, scale: float = 0.03, seed: int = 7, *, rates: Rates | None = None, progress: Progress | None = None
) -> None:
    """Write a sample: `scale` of the real rows of orders, phases, assignments and errors; the catalogues stay whole.

    Raises ValueError for a scale outside (0, 1.9] (Excel's row limit for the phases) or a rate outside 0 to 1.
    """
    write_workbook(path, sample_rows(scale, seed, rates), progress=progress)


def sample_rows(scale: float = 0.03, seed: int = 7, rates: Rates | None = None) -> dict[str, Rows]:
    """The rows of a sample by sheet, in the contract's column order; those that grow with the scale are streams."""
    if not 0 < scale <= 1.9:
        raise ValueError(f"a sample's scale is over 0 and at most 1.9, not {scale}")
    chosen = rates or Rates()
    rng = Random(f"{seed}/{scale}/{chosen}")
    catalogues = make_catalogues(rng, chosen.standard_route)
    floor = ShopFloor(rng, scale, chosen, catalogues)
    return {
        "OrdensFabrico": floor.order_rows(),
        "FasesOrdemFabrico": floor.phase_rows(),
        "FuncionariosFaseOrdemFabrico": floor.assignment_rows(),
        "OrdemFabricoErros": floor.error_rows(),
        "Funcionarios": catalogues.employees,
        "FuncionariosFasesAptos": catalogues.skills,
        "Fases": catalogues.phases,
        "Modelos": catalogues.products,
        "FasesStandardModelos": catalogues.routes,
    }
