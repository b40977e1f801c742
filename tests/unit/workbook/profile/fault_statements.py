"""Each fault again, in SQL of DuckDB over the cells of openpyxl: written from docs/office/profile.md, not from app."""

from __future__ import annotations

from tests.oracle.sheets import SHEETS

ORDERS, PHASES, WORK, ERRORS = (
    "OrdensFabrico",
    "FasesOrdemFabrico",
    "FuncionariosFaseOrdemFabrico",
    "OrdemFabricoErros",
)
PEOPLE, SKILLS, ROUTES = "Funcionarios", "FuncionariosFasesAptos", "FasesStandardModelos"

AFFIRMS = r"(?i)(^|[^[:alpha:]])(bem|sem|ok|conforme)([^[:alpha:]]|$)|[.]\s*$"
OUTER, DOUBLE = "{0} <> trim({0}, ' ')", "contains({0}, '  ')"
PRODUCT_NAME_BLANKS = f"({OUTER} OR {DOUBLE})".format("Produto_Nome")
WEIGHTS = ("Produto_PesoDesmolde", "Produto_PesoAcabamento", "Produto_QtdGelDeck", "Produto_QtdGelCasco")
NOISY = "round({0}, 8) <> {0}"
LASTS = "date_diff('microsecond', {0}, {1}) >= 86400e6 * {2}"

IN_PROCESS = "FaseOf_Fim IS NULL AND FaseOf_Inicio IS NOT NULL"
ERROR_COLUMNS = ", ".join(SHEETS[ERRORS][1])

# (sheet, code): what the rows have in common
ROWS = {
    (ORDERS, "ORDER_NOT_COMPLETED"): "Of_DataAcabamento IS NULL",
    (ORDERS, "ORDER_WITHOUT_TRANSPORT"): "Of_DataTransporte IS NULL",
    (ORDERS, "COMPLETED_BEFORE_CREATED"): "Of_DataAcabamento < Of_DataCriacao",
    (ORDERS, "COMPLETED_BEFORE_ANY_ORDER"): f"Of_DataAcabamento < (SELECT min(Of_DataCriacao) FROM sound_{ORDERS})",
    (ORDERS, "TRANSPORT_BEFORE_CREATED"): "Of_DataTransporte < Of_DataCriacao",
    (ORDERS, "TRANSPORT_IN_FUTURE"): "Of_DataTransporte > :as_of",
    (ORDERS, "STAMP_AFTER_EXPORT"): "greatest(Of_DataCriacao, Of_DataAcabamento) > :as_of",
    (PHASES, "STAMP_AFTER_EXPORT"): "greatest(FaseOf_Inicio, FaseOf_Fim) > :as_of",
    (ORDERS, "LONG_LEAD_TIME"): LASTS.format("Of_DataCriacao", "Of_DataAcabamento", 366),
    (ORDERS, "CREATED_OFF_MIDNIGHT"): "CAST(Of_DataCriacao AS TIME) <> TIME '00:00:00'",
    (ORDERS, "ORDER_ELSEWHERE"): f"""Of_DataAcabamento IS NULL AND Of_FaseId IS NOT NULL AND CASE
        WHEN Of_Id IN (SELECT FaseOf_OfId FROM sound_{PHASES} WHERE {IN_PROCESS})
        THEN (Of_Id, Of_FaseId) NOT IN (SELECT (FaseOf_OfId, FaseOf_FaseId) FROM sound_{PHASES} WHERE {IN_PROCESS})
        WHEN Of_Id IN (SELECT FaseOf_OfId FROM sound_{PHASES} WHERE FaseOf_Fim IS NULL)
        THEN (Of_Id, Of_FaseId) NOT IN (SELECT (FaseOf_OfId, FaseOf_FaseId) FROM sound_{PHASES}
            WHERE FaseOf_Fim IS NULL QUALIFY row_number() OVER
            (PARTITION BY FaseOf_OfId ORDER BY FaseOf_Sequencia NULLS LAST, FaseOf_Id) = 1) END""",
    (ORDERS, "ID_OUT_OF_ORDER"): f"""excel_row IN (SELECT excel_row FROM
        (SELECT excel_row, Of_Id < lag(Of_Id) OVER (ORDER BY excel_row) AS falls FROM sound_{ORDERS}) WHERE falls)""",
    (PHASES, "PHASE_NOT_FINISHED"): "FaseOf_Fim IS NULL",
    (PHASES, "FINISHED_BEFORE_STARTED"): "FaseOf_Fim < FaseOf_Inicio",
    (PHASES, "PHASE_WITHOUT_DURATION"): "FaseOf_Fim IS NULL OR FaseOf_Fim < FaseOf_Inicio",
    (PHASES, "PHASE_NOT_STARTED"): "FaseOf_Inicio IS NULL",
    (PHASES, "FINISHED_WITHOUT_START"): "FaseOf_Fim IS NOT NULL AND FaseOf_Inicio IS NULL",
    (PHASES, "LONG_PHASE"): LASTS.format("FaseOf_Inicio", "FaseOf_Fim", 3 * 365 + 1),
    (PHASES, "OPEN_PHASE_OF_COMPLETED_ORDER"): f"""FaseOf_Fim IS NULL AND FaseOf_OfId IN
        (SELECT Of_Id FROM sound_{ORDERS} WHERE Of_DataAcabamento IS NOT NULL)""",
    (PHASES, "SHIFT_UNKNOWN"): "FaseOf_Turno IS NULL",
    (PHASES, "PLANNED_DATE_UNKNOWN"): "FaseOf_DataPrevista IS NULL",
    (PHASES, "ZERO_WEIGHT"): "FaseOf_Peso = 0",
    (PHASES, "RETURNED_PHASE"): "FaseOf_Retorno = 1",
    (WORK, "ASSIGNED_INACTIVE_PERSON"): f"""FuncionarioFaseOf_FuncionarioId IN
        (SELECT Funcionario_Id FROM sound_{PEOPLE} WHERE Funcionario_Activo = 0)""",
    (WORK, "PHASE_ID_FAR_BELOW"): f"""2 * FuncionarioFaseOf_FaseOfId <
        (SELECT quantile_disc(FuncionarioFaseOf_FaseOfId, 0.5) FROM sound_{WORK})""",
    (ERRORS, "CULPRIT_UNKNOWN"): "Erro_FaseOfCulpada IS NULL",
    (ERRORS, "CULPRIT_AFTER_JUDGE"): "Erro_FaseOfCulpada > Erro_FaseOfAvaliacao",
    (ERRORS, "CULPRIT_IS_JUDGE"): "Erro_FaseOfCulpada = Erro_FaseOfAvaliacao",
    (ERRORS, "CHECKLIST_LINE"): f"regexp_matches(Erro_Descricao, '{AFFIRMS}')",
    (ERRORS, "REPEATED_ERROR"): f"""excel_row IN (SELECT excel_row FROM sound_{ERRORS} QUALIFY row_number() OVER
        (PARTITION BY {ERROR_COLUMNS} ORDER BY excel_row) > 1)""",
    (SKILLS, "QUALIFICATION_UNDATED"): "FuncionarioFase_Inicio IS NULL",
    ("Fases", "PHASE_NEVER_OF_AN_ORDER"): f"Fase_Id NOT IN (SELECT Of_FaseId FROM sound_{ORDERS})",
    ("Modelos", "FLOAT32_NOISE"): " OR ".join(NOISY.format(header) for header in WEIGHTS),
    ("Modelos", "WEIGHTS_ZERO"): "Produto_PesoDesmolde = 0 AND Produto_PesoAcabamento = 0",
    ("Modelos", "FINISHED_LIGHTER"): "Produto_PesoAcabamento < Produto_PesoDesmolde AND Produto_PesoAcabamento > 0",
    (ROUTES, "REPEATED_PRODUCT_PHASE"): f"""excel_row NOT IN (SELECT min(excel_row) FROM sound_{ROUTES}
        GROUP BY ProdutoFase_ProdutoId, ProdutoFase_FaseId)""",
    (ROUTES, "HIGH_COEFFICIENT"): "ProdutoFase_Coeficiente >= 24",
    (ROUTES, "HIGH_COEFFICIENT_X"): "ProdutoFase_CoeficienteX >= 18",
    (ROUTES, "MANY_DECIMALS"): """round(ProdutoFase_Coeficiente, 4) <> ProdutoFase_Coeficiente
        OR round(ProdutoFase_CoeficienteX, 4) <> ProdutoFase_CoeficienteX""",
}

_CHIEFS = f"""SELECT count(*) FILTER (chiefs {{0}}) AS count, count(*) AS among FROM
    (SELECT sum(FuncionarioFaseOf_Chefe) AS chiefs FROM sound_{WORK} GROUP BY FuncionarioFaseOf_FaseOfId)"""
_PEOPLE = f"""(SELECT Funcionario_Id, max_by(Funcionario_Nome, excel_row) AS name, count(*) AS lines,
    max_by(Funcionario_Activo, excel_row) AS active FROM sound_{PEOPLE} GROUP BY Funcionario_Id)"""
_OF_PEOPLE = f"SELECT count(*) FILTER ({{0}}) AS count, count(*) AS among FROM {_PEOPLE}"
_SIZES = f"(SELECT count(*) AS size FROM sound_{WORK} GROUP BY FuncionarioFaseOf_FaseOfId)"

# (sheet, code): statement giving count and among
GROUPS = {
    (WORK, "SHARED_PHASE"): f"SELECT count(*) FILTER (size > 1) AS count, count(*) AS among FROM {_SIZES}",
    (WORK, "PHASE_WITHOUT_CHIEF"): _CHIEFS.format("= 0"),
    (WORK, "PHASE_WITH_SEVERAL_CHIEFS"): _CHIEFS.format("> 1"),
    (PEOPLE, "REPEATED_PERSON"): _OF_PEOPLE.format("lines > 1"),
    (PEOPLE, "NAME_WITH_ODD_BLANKS"): _OF_PEOPLE.format(f"{OUTER} OR {DOUBLE}".format("name")),
    (PEOPLE, "MARKED_AS_LEFT"): _OF_PEOPLE.format("starts_with(name, 'z) ')"),
    (PEOPLE, "LEFT_BUT_ACTIVE"): _OF_PEOPLE.format("starts_with(name, 'z) ') AND active = 1"),
    (SKILLS, "QUALIFIED_TWICE"): f"""SELECT count(*) FILTER (dates > 1) AS count, count(*) AS among FROM
        (SELECT count(DISTINCT FuncionarioFase_Inicio) + max(CAST(FuncionarioFase_Inicio IS NULL AS INT)) AS dates
           FROM sound_{SKILLS} GROUP BY FuncionarioFase_FuncionarioId, FuncionarioFase_FaseId)""",
    ("Modelos", "NAME_WITH_ODD_BLANKS"): f"""SELECT count(*) FILTER ({PRODUCT_NAME_BLANKS}) AS count, count(*) AS among
        FROM sound_Modelos""",
    (ROUTES, "SEQUENCE_WITH_GAPS"): f"""SELECT count(*) FILTER (gaps) AS count, count(*) AS among FROM
        (SELECT max(ProdutoFase_Sequencia) - min(ProdutoFase_Sequencia) + 1 > count(DISTINCT ProdutoFase_Sequencia)
                AS gaps FROM sound_{ROUTES} GROUP BY ProdutoFase_ProdutoId)""",
}

_BLANKS = """SELECT 'outer' AS value, count(*) FILTER ({outer}) AS count FROM {table}
    UNION ALL SELECT 'double', count(*) FILTER ({double}) FROM {table} ORDER BY value DESC"""

# (sheet, code): statement giving value and count
BY = {
    (WORK, "SHARED_PHASE"): f"SELECT size AS value, count(*) AS count FROM {_SIZES} GROUP BY ALL ORDER BY value",
    (ERRORS, "CHECKLIST_LINE"): f"""SELECT Erro_FaseAvaliacao AS value, count(*) AS count FROM sound_{ERRORS}
        WHERE regexp_matches(Erro_Descricao, '{AFFIRMS}') GROUP BY ALL ORDER BY value""",
    (PEOPLE, "REPEATED_PERSON"): f"SELECT lines AS value, count(*) AS count FROM {_PEOPLE} GROUP BY ALL ORDER BY value",
    (PEOPLE, "NAME_WITH_ODD_BLANKS"): _BLANKS.format(
        outer=OUTER.format("name"), double=DOUBLE.format("name"), table=_PEOPLE
    ),
    ("Modelos", "NAME_WITH_ODD_BLANKS"): _BLANKS.format(
        outer=OUTER.format("Produto_Nome"), double=DOUBLE.format("Produto_Nome"), table="sound_Modelos"
    ),
    ("Modelos", "FLOAT32_NOISE"): " UNION ALL ".join(
        f"SELECT '{header}' AS value, count(*) AS count FROM sound_Modelos"
        f" WHERE {NOISY.format(header)} HAVING count(*) > 0"
        for header in WEIGHTS
    ),
}
