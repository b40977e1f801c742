"""The sheets of the workbook: their columns with type, null, unit and meaning, and their keys.

Core and staging tables, reading, merging and reconciliation are derived from them.
Migrations are frozen and do not import it; a test compares the schema at head with it.
"""

from __future__ import annotations

from dataclasses import replace

from app.contract.model import BIGINT, INTEGER, Column, Kind, Sheet

UNITLESS = "Standard-time factor of the ERP; its unit is not stated by the source"
UNITLESS_X = "Second standard-time factor of the ERP; its unit is not stated by the source"

WEIGHTS_KG = (0, 1_000_000)
"""Weights that are possible: the real workbook's heaviest product weighs 140 kg."""


def _id(header: str, name: str, meaning: str, nullable: bool = False, settled_by: str = "") -> Column:
    return Column(header, name, Kind.INT, nullable, BIGINT, meaning=meaning, settled_by=settled_by)


def _int(header: str, name: str, meaning: str, nullable: bool = False) -> Column:
    return Column(header, name, Kind.INT, nullable, INTEGER, meaning=meaning)


def _factor(header: str, name: str, meaning: str) -> Column:
    return Column(header, name, Kind.NUMBER, meaning=meaning)


def _weight(header: str, name: str, meaning: str) -> Column:
    return Column(header, name, Kind.NUMBER, bounds=WEIGHTS_KG, unit="kg", meaning=meaning)


def _flag(header: str, name: str, meaning: str) -> Column:
    return Column(header, name, Kind.FLAG, bounds=(0, 1), meaning=meaning)


def _datetime(header: str, name: str, meaning: str, nullable: bool = False, settled_by: str = "") -> Column:
    unit = "factory-local time"
    return Column(header, name, Kind.DATETIME, nullable, unit=unit, meaning=meaning, settled_by=settled_by)


SHEETS: tuple[Sheet, ...] = (
    Sheet(
        "OrdensFabrico",
        "work_orders",
        (
            _id("Of_Id", "work_order_id", "Work order number"),
            _datetime("Of_DataCriacao", "created_at", "When the order was created"),
            _datetime(
                "Of_DataAcabamento",
                "completed_at",
                "When the order was completed; null while it is open",
                nullable=True,
            ),
            _id("Of_ProdutoId", "product_id", "Product made"),
            _id("Of_FaseId", "phase_id", "Phase that the order is at", settled_by="Of_DataAcabamento"),
            _datetime(
                "Of_DataTransporte",
                "transport_at",
                "When the product is or will be transported",
                nullable=True,
                settled_by="Of_DataAcabamento",
            ),
        ),
        ("Of_Id",),
        "Work orders",
    ),
    Sheet(
        "FasesOrdemFabrico",
        "order_phases",
        (
            _id("FaseOf_Id", "order_phase_id", "One execution of a phase for an order"),
            _id("FaseOf_OfId", "work_order_id", "Order that it belongs to"),
            _datetime("FaseOf_Inicio", "started_at", "Start of work; null while it waits", nullable=True),
            _datetime("FaseOf_Fim", "finished_at", "End of work; null while the phase is open", nullable=True),
            Column(
                "FaseOf_DataPrevista",
                "planned_on",
                Kind.DATE,
                nullable=True,
                unit="factory-local date",
                meaning="Planned day",
                settled_by="FaseOf_Fim",
            ),
            _factor("FaseOf_Coeficiente", "coefficient", UNITLESS),
            _factor("FaseOf_CoeficienteX", "coefficient_x", UNITLESS_X),
            _id("FaseOf_FaseId", "phase_id", "Phase executed"),
            _weight("FaseOf_Peso", "weight_kg", "Weight recorded; zero where none was"),
            _flag("FaseOf_Retorno", "is_return", "The order returned to this phase (rework)"),
            _int("FaseOf_Turno", "shift", "Shift number", nullable=True),
            _int("FaseOf_Sequencia", "sequence", "Position in the order's routing"),
        ),
        ("FaseOf_Id",),
        "Executions of phases for work orders",
    ),
    Sheet(
        "FuncionariosFaseOrdemFabrico",
        "phase_assignments",
        (
            _id("FuncionarioFaseOf_FaseOfId", "order_phase_id", "Phase execution worked on"),
            _id("FuncionarioFaseOf_FuncionarioId", "employee_id", "Employee who worked on it"),
            _flag("FuncionarioFaseOf_Chefe", "is_chief", "Led the work"),
        ),
        ("FuncionarioFaseOf_FaseOfId", "FuncionarioFaseOf_FuncionarioId"),
        "Who worked on which phase execution",
    ),
    Sheet(
        "OrdemFabricoErros",
        "quality_errors",
        (
            Column("Erro_Descricao", "description", Kind.TEXT, meaning="What was found"),
            _id("Erro_OfId", "work_order_id", "Order that was judged"),
            _id("Erro_FaseAvaliacao", "evaluation_phase_id", "Phase at which it was judged"),
            Column("OFCH_GRAVIDADE", "severity", Kind.INT, bounds=(1, 3), meaning="1 minor, 2 major, 3 critical"),
            _id("Erro_FaseOfAvaliacao", "evaluation_order_phase_id", "Phase execution that judged"),
            _id(
                "Erro_FaseOfCulpada",
                "culprit_order_phase_id",
                "Phase execution held responsible; null when none is named",
                nullable=True,
            ),
        ),
        (),
        "Quality errors; identical rows are separate events",
    ),
    Sheet(
        "Funcionarios",
        "employees",
        (
            _id("Funcionario_Id", "employee_id", "Employee number"),
            Column("Funcionario_Nome", "name", Kind.TEXT, personal=True, meaning="Name (personal data)"),
            _flag("Funcionario_Activo", "is_active", "Employed at the time of the export"),
        ),
        ("Funcionario_Id",),
        "Employees",
    ),
    Sheet(
        "FuncionariosFasesAptos",
        "skills",
        (
            _id("FuncionarioFase_FuncionarioId", "employee_id", "Employee who is qualified"),
            _id("FuncionarioFase_FaseId", "phase_id", "Phase qualified for"),
            _datetime("FuncionarioFase_Inicio", "qualified_at", "Since when", nullable=True),
        ),
        ("FuncionarioFase_FuncionarioId", "FuncionarioFase_FaseId"),
        "Phases that an employee is qualified for",
    ),
    Sheet(
        "Fases",
        "phases",
        (
            _id("Fase_Id", "phase_id", "Phase number"),
            Column("Fase_Nome", "name", Kind.TEXT, meaning="Name"),
            replace(_int("Fase_Sequencia", "sequence", "Position in the factory's flow"), is_position=True),
            _flag("Fase_DeProducao", "is_production", "Counts as production"),
            _flag("Fase_Automatica", "is_automatic", "Runs without an operator"),
        ),
        ("Fase_Id",),
        "Phases of production",
    ),
    Sheet(
        "Modelos",
        "products",
        (
            _id("Produto_Id", "product_id", "Product number"),
            Column("Produto_Nome", "name", Kind.TEXT, meaning="Name"),
            _weight("Produto_PesoDesmolde", "demould_weight_kg", "Weight on demoulding"),
            _weight("Produto_PesoAcabamento", "finished_weight_kg", "Weight when finished"),
            _weight("Produto_QtdGelDeck", "gelcoat_deck_kg", "Gelcoat for the deck"),
            _weight("Produto_QtdGelCasco", "gelcoat_hull_kg", "Gelcoat for the hull"),
        ),
        ("Produto_Id",),
        "Products",
    ),
    Sheet(
        "FasesStandardModelos",
        "standard_routes",
        (
            _id("ProdutoFase_ProdutoId", "product_id", "Product"),
            _id("ProdutoFase_FaseId", "phase_id", "Phase of its routing"),
            _int("ProdutoFase_Sequencia", "sequence", "Position in the routing"),
            _factor("ProdutoFase_Coeficiente", "coefficient", UNITLESS),
            _factor("ProdutoFase_CoeficienteX", "coefficient_x", UNITLESS_X),
        ),
        ("ProdutoFase_ProdutoId", "ProdutoFase_FaseId", "ProdutoFase_Sequencia"),
        "Standard routings of products",
    ),
)

SHEET_BY_NAME: dict[str, Sheet] = {sheet.name: sheet for sheet in SHEETS}
