"""The gates as DESIGN declares them, written again here, so that a changed threshold is noticed."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True)
class DeclaredGate:
    """A gate, the share from which it is ENABLED, the share below which it is DISABLED, and what it guards."""

    name: str
    relationship: str
    over: str
    enabled_at: Fraction
    disabled_below: Fraction
    route: str = ""

    def status(self, matched: int, referencing: int) -> str:
        if referencing == 0:
            return "DISABLED"
        rate = Fraction(matched, referencing)
        if rate >= self.enabled_at:
            return "ENABLED"
        return "DISABLED" if rate < self.disabled_below else "DEGRADED"


def share(percent: int) -> Fraction:
    return Fraction(percent, 100)


DECLARED = (
    DeclaredGate(
        "employee_productivity",
        "FuncionarioFaseOf_FaseOfId → FaseOf_Id",
        "rows",
        share(90),
        share(90),
        "/api/kpis/by-employee",
    ),
    DeclaredGate("produto_join", "Of_ProdutoId → Produto_Id", "distinct", share(95), share(0)),
    DeclaredGate(
        "error_attribution",
        "Erro_FaseOfCulpada → FaseOf_Id",
        "rows",
        share(90),
        share(50),
        "/api/quality/by-culprit-phase",
    ),
    DeclaredGate(
        "standard_route",
        "FasesStandardModelos → Modelos and Fases",
        "rows",
        share(95),
        share(80),
        "/api/prodplan/routes/{product}",
    ),
)
GUARDED = tuple(gate for gate in DECLARED if gate.route)

BY_PRODUCT = ("/api/kpis/by-product", "/api/quality/by-product", "/api/quality/pareto/by-product")
"""Routes guarded by produto_join, which only a run without orders, or unknown gates, close."""
