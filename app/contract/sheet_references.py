"""References between sheets, as the ERP defines them."""

from __future__ import annotations

from app.contract.model import Link, Relationship


def _reference(
    from_sheet: str, from_header: str, to_sheet: str, to_header: str, enforced: bool = False
) -> Relationship:
    link = Link(from_header, to_sheet, to_header)
    return Relationship(f"{from_header} → {to_header}", from_sheet, (link,), enforced)


RELATIONSHIPS: tuple[Relationship, ...] = (
    _reference("FasesOrdemFabrico", "FaseOf_OfId", "OrdensFabrico", "Of_Id", enforced=True),
    _reference("FasesOrdemFabrico", "FaseOf_FaseId", "Fases", "Fase_Id"),
    _reference("OrdensFabrico", "Of_ProdutoId", "Modelos", "Produto_Id"),
    _reference("OrdensFabrico", "Of_FaseId", "Fases", "Fase_Id"),
    _reference("FuncionariosFaseOrdemFabrico", "FuncionarioFaseOf_FaseOfId", "FasesOrdemFabrico", "FaseOf_Id"),
    _reference("FuncionariosFaseOrdemFabrico", "FuncionarioFaseOf_FuncionarioId", "Funcionarios", "Funcionario_Id"),
    _reference("OrdemFabricoErros", "Erro_OfId", "OrdensFabrico", "Of_Id"),
    _reference("OrdemFabricoErros", "Erro_FaseAvaliacao", "Fases", "Fase_Id"),
    _reference("OrdemFabricoErros", "Erro_FaseOfAvaliacao", "FasesOrdemFabrico", "FaseOf_Id"),
    _reference("OrdemFabricoErros", "Erro_FaseOfCulpada", "FasesOrdemFabrico", "FaseOf_Id"),
    _reference("FuncionariosFasesAptos", "FuncionarioFase_FuncionarioId", "Funcionarios", "Funcionario_Id"),
    _reference("FuncionariosFasesAptos", "FuncionarioFase_FaseId", "Fases", "Fase_Id"),
    _reference("FasesStandardModelos", "ProdutoFase_ProdutoId", "Modelos", "Produto_Id"),
    _reference("FasesStandardModelos", "ProdutoFase_FaseId", "Fases", "Fase_Id"),
    Relationship(
        "FasesStandardModelos → Modelos and Fases",
        "FasesStandardModelos",
        (Link("ProdutoFase_ProdutoId", "Modelos", "Produto_Id"), Link("ProdutoFase_FaseId", "Fases", "Fase_Id")),
    ),
)
"""The single references, and the composite one that the standard_route gate judges."""
