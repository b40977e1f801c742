"""The workbook's contract as data: sheets, columns, types, keys and relationships.

Ingestion, the sample generator, the documentation and the tests read it from here and nowhere else.
Migrations are frozen and do not import it; a test compares the schema at head with it.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

NULL_TEXT = "NULL"
"""How the ERP writes a null: this text, never an empty cell."""

EARLIEST, LATEST = dt.datetime(1980, 1, 1), dt.datetime(2101, 1, 1)
"""A date outside [EARLIEST, LATEST) is OUT_OF_RANGE."""


class Kind(StrEnum):
    """What a cell of a column holds."""

    INT = "int"
    NUMBER = "number"
    TEXT = "text"
    DATETIME = "datetime"
    DATE = "date"
    FLAG = "flag"


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a sheet and the core column that keeps it.

    header: the workbook's own column header.
    name: the core column.
    bounds: inclusive range of a whole number; outside it the row is OUT_OF_RANGE.
    unit: unit of measure, empty when the source states none.
    personal: holds a person's name, which never leaves core (no reject, report or log copies it).
    """

    header: str
    name: str
    kind: Kind
    nullable: bool = False
    bounds: tuple[int, int] | None = None
    unit: str = ""
    personal: bool = False


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet: its columns in the source's order, the core table it fills, its key by header.

    An empty key means that the whole row is the event and identical rows are separate events.
    """

    name: str
    table: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]

    def column(self, header: str) -> Column:
        """The column with this header; KeyError when the sheet has none."""
        for column in self.columns:
            if column.header == header:
                return column
        raise KeyError(f"{self.name} has no column {header}")


@dataclass(frozen=True, slots=True)
class Link:
    """One referencing column and the key column that it points at."""

    from_header: str
    to_sheet: str
    to_header: str


@dataclass(frozen=True, slots=True)
class Relationship:
    """A reference from rows of one sheet to keys of others; a row matches when every link finds its target.

    enforced: a referencing row without its target is rejected as ORPHAN_PARENT; others are soft.
    """

    name: str
    from_sheet: str
    links: tuple[Link, ...]
    enforced: bool = False


BIGINT = (-(2**63), 2**63 - 1)
INTEGER = (-(2**31), 2**31 - 1)


def _id(header: str, name: str, nullable: bool = False) -> Column:
    return Column(header, name, Kind.INT, nullable, BIGINT)


def _int(header: str, name: str, nullable: bool = False) -> Column:
    return Column(header, name, Kind.INT, nullable, INTEGER)


def _number(header: str, name: str, unit: str = "") -> Column:
    return Column(header, name, Kind.NUMBER, unit=unit)


def _flag(header: str, name: str) -> Column:
    return Column(header, name, Kind.FLAG, bounds=(0, 1))


def _datetime(header: str, name: str, nullable: bool = False) -> Column:
    return Column(header, name, Kind.DATETIME, nullable, unit="factory-local time")


SHEETS: tuple[Sheet, ...] = (
    Sheet(
        "OrdensFabrico",
        "work_orders",
        (
            _id("Of_Id", "work_order_id"),
            _datetime("Of_DataCriacao", "created_at"),
            _datetime("Of_DataAcabamento", "completed_at", nullable=True),
            _id("Of_ProdutoId", "product_id"),
            _id("Of_FaseId", "phase_id"),
            _datetime("Of_DataTransporte", "transport_at", nullable=True),
        ),
        ("Of_Id",),
    ),
    Sheet(
        "FasesOrdemFabrico",
        "order_phases",
        (
            _id("FaseOf_Id", "order_phase_id"),
            _id("FaseOf_OfId", "work_order_id"),
            _datetime("FaseOf_Inicio", "started_at", nullable=True),
            _datetime("FaseOf_Fim", "finished_at", nullable=True),
            Column("FaseOf_DataPrevista", "planned_on", Kind.DATE, True, unit="factory-local date"),
            _number("FaseOf_Coeficiente", "coefficient"),
            _number("FaseOf_CoeficienteX", "coefficient_x"),
            _id("FaseOf_FaseId", "phase_id"),
            _number("FaseOf_Peso", "weight_kg", "kg"),
            _flag("FaseOf_Retorno", "is_return"),
            _int("FaseOf_Turno", "shift", nullable=True),
            _int("FaseOf_Sequencia", "sequence"),
        ),
        ("FaseOf_Id",),
    ),
    Sheet(
        "FuncionariosFaseOrdemFabrico",
        "phase_assignments",
        (
            _id("FuncionarioFaseOf_FaseOfId", "order_phase_id"),
            _id("FuncionarioFaseOf_FuncionarioId", "employee_id"),
            _flag("FuncionarioFaseOf_Chefe", "is_chief"),
        ),
        ("FuncionarioFaseOf_FaseOfId", "FuncionarioFaseOf_FuncionarioId"),
    ),
    Sheet(
        "OrdemFabricoErros",
        "quality_errors",
        (
            Column("Erro_Descricao", "description", Kind.TEXT),
            _id("Erro_OfId", "work_order_id"),
            _id("Erro_FaseAvaliacao", "evaluation_phase_id"),
            Column("OFCH_GRAVIDADE", "severity", Kind.INT, bounds=(1, 3)),
            _id("Erro_FaseOfAvaliacao", "evaluation_order_phase_id"),
            _id("Erro_FaseOfCulpada", "culprit_order_phase_id", nullable=True),
        ),
        (),
    ),
    Sheet(
        "Funcionarios",
        "employees",
        (
            _id("Funcionario_Id", "employee_id"),
            Column("Funcionario_Nome", "name", Kind.TEXT, personal=True),
            _flag("Funcionario_Activo", "is_active"),
        ),
        ("Funcionario_Id",),
    ),
    Sheet(
        "FuncionariosFasesAptos",
        "skills",
        (
            _id("FuncionarioFase_FuncionarioId", "employee_id"),
            _id("FuncionarioFase_FaseId", "phase_id"),
            _datetime("FuncionarioFase_Inicio", "qualified_at", nullable=True),
        ),
        ("FuncionarioFase_FuncionarioId", "FuncionarioFase_FaseId"),
    ),
    Sheet(
        "Fases",
        "phases",
        (
            _id("Fase_Id", "phase_id"),
            Column("Fase_Nome", "name", Kind.TEXT),
            _int("Fase_Sequencia", "sequence"),
            _flag("Fase_DeProducao", "is_production"),
            _flag("Fase_Automatica", "is_automatic"),
        ),
        ("Fase_Id",),
    ),
    Sheet(
        "Modelos",
        "products",
        (
            _id("Produto_Id", "product_id"),
            Column("Produto_Nome", "name", Kind.TEXT),
            _number("Produto_PesoDesmolde", "demould_weight_kg", "kg"),
            _number("Produto_PesoAcabamento", "finished_weight_kg", "kg"),
            _number("Produto_QtdGelDeck", "gelcoat_deck_kg", "kg"),
            _number("Produto_QtdGelCasco", "gelcoat_hull_kg", "kg"),
        ),
        ("Produto_Id",),
    ),
    Sheet(
        "FasesStandardModelos",
        "standard_routes",
        (
            _id("ProdutoFase_ProdutoId", "product_id"),
            _id("ProdutoFase_FaseId", "phase_id"),
            _int("ProdutoFase_Sequencia", "sequence"),
            _number("ProdutoFase_Coeficiente", "coefficient"),
            _number("ProdutoFase_CoeficienteX", "coefficient_x"),
        ),
        ("ProdutoFase_ProdutoId", "ProdutoFase_FaseId", "ProdutoFase_Sequencia"),
    ),
)

SHEET_BY_NAME: dict[str, Sheet] = {sheet.name: sheet for sheet in SHEETS}


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
"""Fourteen single references and the composite one that the standard_route gate judges."""
