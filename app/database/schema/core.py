"""Metadata of the core schema: one table for each sheet, partitioned by run; compared with head, never created from."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import UUID

from app.database.schema.base import metadata

UNITLESS = "Standard-time factor of the ERP; its unit is not stated by the source"
UNITLESS_X = "Second standard-time factor of the ERP; its unit is not stated by the source"
LOCAL_TIME = "factory-local time"


PERSONAL = "personal"
"""In a column's `info`: it holds people's names, which the API's role may not read."""


def source(
    header: str,
    name: str,
    kind: Any,
    meaning: str,
    *,
    unit: str = "",
    nullable: bool = False,
    personal: bool = False,
) -> sa.Column[Any]:
    """A column that keeps the workbook's column `header`; its comment says what, in which unit and from where."""
    said = f"{meaning}. Unit: {unit}." if unit else f"{meaning}."
    comment = f"{said} Source: SHEET.{header}."
    return sa.Column(name, kind, nullable=nullable, comment=comment, info={PERSONAL: personal})


def snapshot_table(name: str, sheet: str, meaning: str, *items: sa.schema.SchemaItem, key: tuple[str, ...]) -> sa.Table:
    """A table of core: `run_id` first, one partition for each run, key unique within a run."""
    for item in items:
        if isinstance(item, sa.Column) and item.comment:
            item.comment = item.comment.replace("SHEET.", f"{sheet}.")
    return sa.Table(
        name,
        metadata,
        sa.Column("run_id", sa.BigInteger, nullable=False, comment="Ingestion run whose snapshot holds the row."),
        *items,
        sa.PrimaryKeyConstraint("run_id", *key, name=f"pk_{name}"),
        schema="core",
        comment=f"{meaning}. Source: {sheet}.",
        postgresql_partition_by="LIST (run_id)",
    )


work_orders = snapshot_table(
    "work_orders",
    "OrdensFabrico",
    "Work orders",
    source("Of_Id", "work_order_id", sa.BigInteger, "Work order number"),
    source("Of_DataCriacao", "created_at", sa.TIMESTAMP, "When the order was created", unit=LOCAL_TIME),
    source(
        "Of_DataAcabamento",
        "completed_at",
        sa.TIMESTAMP,
        "When the order was completed; null while it is open",
        unit=LOCAL_TIME,
        nullable=True,
    ),
    source("Of_ProdutoId", "product_id", sa.BigInteger, "Product made"),
    source("Of_FaseId", "phase_id", sa.BigInteger, "Phase that the order is at"),
    source(
        "Of_DataTransporte",
        "transport_at",
        sa.TIMESTAMP,
        "When the product is or will be transported",
        unit=LOCAL_TIME,
        nullable=True,
    ),
    key=("work_order_id",),
)

order_phases = snapshot_table(
    "order_phases",
    "FasesOrdemFabrico",
    "Executions of phases for work orders",
    source("FaseOf_Id", "order_phase_id", sa.BigInteger, "One execution of a phase for an order"),
    source("FaseOf_OfId", "work_order_id", sa.BigInteger, "Order that it belongs to"),
    source(
        "FaseOf_Inicio",
        "started_at",
        sa.TIMESTAMP,
        "Start of work; null while it waits",
        unit=LOCAL_TIME,
        nullable=True,
    ),
    source(
        "FaseOf_Fim",
        "finished_at",
        sa.TIMESTAMP,
        "End of work; null while the phase is open",
        unit=LOCAL_TIME,
        nullable=True,
    ),
    source("FaseOf_DataPrevista", "planned_on", sa.Date, "Planned day", unit="factory-local date", nullable=True),
    source("FaseOf_Coeficiente", "coefficient", sa.Double, UNITLESS),
    source("FaseOf_CoeficienteX", "coefficient_x", sa.Double, UNITLESS_X),
    source("FaseOf_FaseId", "phase_id", sa.BigInteger, "Phase executed"),
    source("FaseOf_Peso", "weight_kg", sa.Double, "Weight recorded; zero where none was", unit="kg"),
    source("FaseOf_Retorno", "is_return", sa.Boolean, "The order returned to this phase (rework)"),
    source("FaseOf_Turno", "shift", sa.Integer, "Shift number", nullable=True),
    source("FaseOf_Sequencia", "sequence", sa.Integer, "Position in the order's routing"),
    key=("order_phase_id",),
)

phase_assignments = snapshot_table(
    "phase_assignments",
    "FuncionariosFaseOrdemFabrico",
    "Who worked on which phase execution",
    source("FuncionarioFaseOf_FaseOfId", "order_phase_id", sa.BigInteger, "Phase execution worked on"),
    source("FuncionarioFaseOf_FuncionarioId", "employee_id", sa.BigInteger, "Employee who worked on it"),
    source("FuncionarioFaseOf_Chefe", "is_chief", sa.Boolean, "Led the work"),
    key=("order_phase_id", "employee_id"),
)

quality_errors = snapshot_table(
    "quality_errors",
    "OrdemFabricoErros",
    "Quality errors; identical rows are separate events",
    source("Erro_Descricao", "description", sa.Text, "What was found"),
    source("Erro_OfId", "work_order_id", sa.BigInteger, "Order that was judged"),
    source("Erro_FaseAvaliacao", "evaluation_phase_id", sa.BigInteger, "Phase at which it was judged"),
    source("OFCH_GRAVIDADE", "severity", sa.SmallInteger, "1 minor, 2 major, 3 critical"),
    source("Erro_FaseOfAvaliacao", "evaluation_order_phase_id", sa.BigInteger, "Phase execution that judged"),
    source(
        "Erro_FaseOfCulpada",
        "culprit_order_phase_id",
        sa.BigInteger,
        "Phase execution held responsible; null when none is named",
        nullable=True,
    ),
    sa.Column(
        "event_digest",
        UUID,
        nullable=False,
        comment="MD5 of the row's content: the same event has it in every run.",
    ),
    sa.Column("occurrence", sa.Integer, nullable=False, comment="Counts identical rows of one run, from 1."),
    sa.CheckConstraint("severity BETWEEN 1 AND 3", name="ck_quality_errors_severity"),
    key=("event_digest", "occurrence"),
)

employees = snapshot_table(
    "employees",
    "Funcionarios",
    "Employees",
    source("Funcionario_Id", "employee_id", sa.BigInteger, "Employee number"),
    source("Funcionario_Nome", "name", sa.Text, "Name (personal data)", personal=True),
    source("Funcionario_Activo", "is_active", sa.Boolean, "Employed at the time of the export"),
    key=("employee_id",),
)

skills = snapshot_table(
    "skills",
    "FuncionariosFasesAptos",
    "Phases that an employee is qualified for",
    source("FuncionarioFase_FuncionarioId", "employee_id", sa.BigInteger, "Employee who is qualified"),
    source("FuncionarioFase_FaseId", "phase_id", sa.BigInteger, "Phase qualified for"),
    source("FuncionarioFase_Inicio", "qualified_at", sa.TIMESTAMP, "Since when", unit=LOCAL_TIME, nullable=True),
    key=("employee_id", "phase_id"),
)

phases = snapshot_table(
    "phases",
    "Fases",
    "Phases of production",
    source("Fase_Id", "phase_id", sa.BigInteger, "Phase number"),
    source("Fase_Nome", "name", sa.Text, "Name"),
    source("Fase_Sequencia", "sequence", sa.Integer, "Position in the factory's flow"),
    source("Fase_DeProducao", "is_production", sa.Boolean, "Counts as production"),
    source("Fase_Automatica", "is_automatic", sa.Boolean, "Runs without an operator"),
    key=("phase_id",),
)

products = snapshot_table(
    "products",
    "Modelos",
    "Products",
    source("Produto_Id", "product_id", sa.BigInteger, "Product number"),
    source("Produto_Nome", "name", sa.Text, "Name"),
    source("Produto_PesoDesmolde", "demould_weight_kg", sa.Double, "Weight on demoulding", unit="kg"),
    source("Produto_PesoAcabamento", "finished_weight_kg", sa.Double, "Weight when finished", unit="kg"),
    source("Produto_QtdGelDeck", "gelcoat_deck_kg", sa.Double, "Gelcoat for the deck", unit="kg"),
    source("Produto_QtdGelCasco", "gelcoat_hull_kg", sa.Double, "Gelcoat for the hull", unit="kg"),
    key=("product_id",),
)

standard_routes = snapshot_table(
    "standard_routes",
    "FasesStandardModelos",
    "Standard routings of products",
    source("ProdutoFase_ProdutoId", "product_id", sa.BigInteger, "Product"),
    source("ProdutoFase_FaseId", "phase_id", sa.BigInteger, "Phase of its routing"),
    source("ProdutoFase_Sequencia", "sequence", sa.Integer, "Position in the routing"),
    source("ProdutoFase_Coeficiente", "coefficient", sa.Double, UNITLESS),
    source("ProdutoFase_CoeficienteX", "coefficient_x", sa.Double, UNITLESS_X),
    key=("product_id", "phase_id", "sequence"),
)

sa.Index(
    "ix_work_orders_created", work_orders.c.run_id, work_orders.c.created_at.desc(), work_orders.c.work_order_id.desc()
)
sa.Index("ix_work_orders_product", work_orders.c.run_id, work_orders.c.product_id)
sa.Index(
    "ix_work_orders_open",
    work_orders.c.run_id,
    work_orders.c.work_order_id,
    postgresql_where=work_orders.c.completed_at.is_(None),
)
sa.Index("ix_order_phases_work_order", order_phases.c.run_id, order_phases.c.work_order_id, order_phases.c.sequence)
sa.Index(
    "ix_order_phases_open",
    order_phases.c.run_id,
    order_phases.c.phase_id,
    postgresql_where=order_phases.c.finished_at.is_(None),
)
sa.Index("ix_quality_errors_work_order", quality_errors.c.run_id, quality_errors.c.work_order_id)
