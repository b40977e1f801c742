"""The sheets and columns of the workbook, written a second time: this package shares nothing with `app/`."""

from __future__ import annotations

ID, INT, REAL, WEIGHT, FLAG, TEXT, TIME, DAY = "id", "int", "real", "weight", "flag", "text", "time", "day"

SHEETS: dict[str, tuple[str, dict[str, tuple[str, bool]]]] = {
    "OrdensFabrico": (
        "Of_Id",
        {
            "Of_Id": (ID, False),
            "Of_DataCriacao": (TIME, False),
            "Of_DataAcabamento": (TIME, True),
            "Of_ProdutoId": (ID, False),
            "Of_FaseId": (ID, False),
            "Of_DataTransporte": (TIME, True),
        },
    ),
    "FasesOrdemFabrico": (
        "FaseOf_Id",
        {
            "FaseOf_Id": (ID, False),
            "FaseOf_OfId": (ID, False),
            "FaseOf_Inicio": (TIME, True),
            "FaseOf_Fim": (TIME, True),
            "FaseOf_DataPrevista": (DAY, True),
            "FaseOf_Coeficiente": (REAL, False),
            "FaseOf_CoeficienteX": (REAL, False),
            "FaseOf_FaseId": (ID, False),
            "FaseOf_Peso": (WEIGHT, False),
            "FaseOf_Retorno": (FLAG, False),
            "FaseOf_Turno": (INT, True),
            "FaseOf_Sequencia": (INT, False),
        },
    ),
    "FuncionariosFaseOrdemFabrico": (
        "FuncionarioFaseOf_FaseOfId FuncionarioFaseOf_FuncionarioId",
        {
            "FuncionarioFaseOf_FaseOfId": (ID, False),
            "FuncionarioFaseOf_FuncionarioId": (ID, False),
            "FuncionarioFaseOf_Chefe": (FLAG, False),
        },
    ),
    "OrdemFabricoErros": (
        "",
        {
            "Erro_Descricao": (TEXT, False),
            "Erro_OfId": (ID, False),
            "Erro_FaseAvaliacao": (ID, False),
            "OFCH_GRAVIDADE": ("severity", False),
            "Erro_FaseOfAvaliacao": (ID, False),
            "Erro_FaseOfCulpada": (ID, True),
        },
    ),
    "Funcionarios": (
        "Funcionario_Id",
        {"Funcionario_Id": (ID, False), "Funcionario_Nome": (TEXT, False), "Funcionario_Activo": (FLAG, False)},
    ),
    "FuncionariosFasesAptos": (
        "FuncionarioFase_FuncionarioId FuncionarioFase_FaseId",
        {
            "FuncionarioFase_FuncionarioId": (ID, False),
            "FuncionarioFase_FaseId": (ID, False),
            "FuncionarioFase_Inicio": (TIME, True),
        },
    ),
    "Fases": (
        "Fase_Id",
        {
            "Fase_Id": (ID, False),
            "Fase_Nome": (TEXT, False),
            "Fase_Sequencia": (INT, False),
            "Fase_DeProducao": (FLAG, False),
            "Fase_Automatica": (FLAG, False),
        },
    ),
    "Modelos": (
        "Produto_Id",
        {
            "Produto_Id": (ID, False),
            "Produto_Nome": (TEXT, False),
            "Produto_PesoDesmolde": (WEIGHT, False),
            "Produto_PesoAcabamento": (WEIGHT, False),
            "Produto_QtdGelDeck": (WEIGHT, False),
            "Produto_QtdGelCasco": (WEIGHT, False),
        },
    ),
    "FasesStandardModelos": (
        "ProdutoFase_ProdutoId ProdutoFase_FaseId ProdutoFase_Sequencia",
        {
            "ProdutoFase_ProdutoId": (ID, False),
            "ProdutoFase_FaseId": (ID, False),
            "ProdutoFase_Sequencia": (INT, False),
            "ProdutoFase_Coeficiente": (REAL, False),
            "ProdutoFase_CoeficienteX": (REAL, False),
        },
    ),
}
"""Headers of the key, separated by blanks, and for each column its kind and whether it may be null."""
