"""Checklist lines that are no errors, by docs/kpis.md, "Checklist lines"; written anew."""

from __future__ import annotations

import duckdb

JUDGE = 8
GOOD = """
Barco bem lixado.
Barco bem polido.
Barco estanque.
Caixa do leme bem colada e sem entrada de agua.
Calha do T do leme bem colada e centrada no fundo do barco.
Casco sem bolhas.
Casco sem zonas deslaminadas.
Conjunto bem alinhado, conforme à inspeção.
Deck e casco sem mossas nem marcas do molde.
Deck sem bolhas.
Deck sem zonas deslaminadas.
Emenda (uniforme/ largura correta/sem altos).
Gola do barco sem rebarbas e simétrica.
Leme bem preparado.
Pintura uniforme sem zonas transparentes
Porta números bem colado e aberto para as placas
Tampas, pegas, travessas e estrado bem colados.
Travessa do leme montada corretamente e leme alinhado.
Tudo Ok da Laminagem
Zona do poço bem cortada (sem rebarbas).
Zona do poço bem envernizada.
""".strip().splitlines()


def tell_apart(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the tables Remarks and Errors of the accepted rows of OrdemFabricoErros."""
    texts = ", ".join(f"'{text}'" for text in GOOD)
    remark = f"(Erro_FaseAvaliacao = {JUDGE} AND Erro_Descricao IN ({texts}))"
    connection.execute(f"CREATE TABLE Remarks AS SELECT * FROM OrdemFabricoErros WHERE {remark}")
    connection.execute(f"CREATE TABLE Errors AS SELECT * FROM OrdemFabricoErros WHERE NOT {remark}")
