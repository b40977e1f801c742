"""The texts of rejected_rows.xlsx, in Portuguese, the language of the factory's office. Codes are not translated."""

from __future__ import annotations

import re
from collections.abc import Callable

from app.contract import Sheet

SUMMARY, CORRECT = "Resumo", "Corrigir"
"""Names of the first two pages. CORRECT is also the kind of every code that is not in KINDS."""
MEANINGS = {
    "NULL_KEY": "A chave da linha está vazia.",
    "INVALID_TYPE": "Uma célula tem um conteúdo de outro tipo.",
    "OUT_OF_RANGE": "Uma célula tem um valor fora do intervalo da coluna.",
    "CONFLICTING_KEY": "Outra linha, mais abaixo, tem a mesma chave com outro conteúdo.",
    "ORPHAN_PARENT": "A linha refere-se a uma ordem que não existe ou que foi recusada.",
    "DUPLICATE_ROW": "A linha é igual a outra que foi aceite: nada se perde.",
}
REMEDIES = {
    "NULL_KEY": "Preencha a célula no ERP e exporte de novo.",
    "INVALID_TYPE": "Corrija o valor ou o formato da coluna no ERP e exporte de novo.",
    "OUT_OF_RANGE": "Corrija o valor no ERP e exporte de novo.",
    "CONFLICTING_KEY": "Deixe no ERP uma só linha com esta chave e exporte de novo.",
    "ORPHAN_PARENT": "Corrija ou acrescente a ordem; esta linha é então aceite sem mais.",
    "DUPLICATE_ROW": "Nada a fazer.",
}
REPEATED_HEADERS = "Apague esta linha, que repete os cabeçalhos, e exporte de novo."
KINDS = {"ORPHAN_PARENT": "Consequência", "DUPLICATE_ROW": "Repetida"}
STATES = {
    "PUBLISHED": "Publicada",
    "REFUSED": "Recusada: nada foi publicado",
    "FAILED": "Falhou: nada foi publicado",
    "RUNNING": "Ensaio: nada foi publicado",
}
SHORT = "São listadas aqui as primeiras {most} de {total} linhas; rejected_rows.csv tem todas."
MORE = "Mais {left} linhas a corrigir: ver as folhas seguintes."
MISSING_PARENT = "{header} {value} não está na folha {sheet}"
ADD_PARENT = "Acrescente esta ordem à exportação, corrija-a se lá está com outro número, ou retire estas linhas."

HIDDEN_TEXT = re.compile(r"\(a text of (\d+) characters?\)")
"""The text of a cell of which only the length is kept, because it could be a person's name."""

KIND_WORDS = {
    "a whole number": "um número inteiro",
    "a number": "um número",
    "a text": "um texto",
    "a date": "uma data",
    "a date without a time of day": "uma data sem hora",
    "0 or 1": "0 ou 1",
    "a logical value": "um valor lógico",
    "a duration": "uma duração ou hora sem dia",
}
A_KIND = "|".join(sorted(map(re.escape, KIND_WORDS), key=len, reverse=True))
OWN_HEADER = "the column's own header"
OUTSIDE = "está fora do intervalo da coluna"
CONTENT: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str]], ...] = (
    (re.compile(rf"(?: is (?:{A_KIND}))?, outside the column's range"), lambda m: f" {OUTSIDE}"),
    (
        re.compile(rf"it is null; ({A_KIND}) belongs here"),
        lambda m: f"está vazia; deve ter {KIND_WORDS[m[1]]}",
    ),
    (re.compile(r"the error (\S+)"), lambda m: f"tem o erro {m[1]}"),
    (re.compile(r"a formula whose value was never stored"), lambda m: "tem uma fórmula cujo valor nunca foi guardado"),
    (
        re.compile(r"a formula whose value is to be calculated anew"),
        lambda m: "tem uma fórmula cujo valor está por recalcular",
    ),
    (re.compile(OWN_HEADER), lambda m: "repete o cabeçalho da coluna"),
    (re.compile(r"a text of (\d+) characters?"), lambda m: f"tem um texto de {m[1]} caracteres"),
    (re.compile(rf"(\S.*?) is ({A_KIND})(?=[,:]|\Z)"), lambda m: f"{m[1]} é {KIND_WORDS[m[2]]}"),
    (re.compile(rf"\A({A_KIND})(?=[,:]|\Z)"), lambda m: f"tem {KIND_WORDS[m[1]]}"),
    (re.compile(rf", not ({A_KIND})"), lambda m: f"; devia ser {KIND_WORDS[m[1]]}"),
    (
        re.compile(r": thousands or decimals\? Export it as a number cell"),
        lambda m: ": milhares ou casas decimais? Exporte a coluna como número",
    ),
    (
        re.compile(r", which Excel may have rounded: export the column as text"),
        lambda m: ", que o Excel pode ter arredondado: exporte a coluna como texto",
    ),
)
"""Parts of a cell's fault (`app.workbook.cells`) with their translations, replaced in this order."""
ROWS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str]], ...] = (
    (re.compile(r"identical to row (\d+), which is kept"), lambda m: f"igual à linha {m[1]}, que foi aceite"),
    (
        re.compile(r"row (\d+) has the same key \((.*)\) with other content and wins"),
        lambda m: f"a linha {m[1]} tem a mesma chave ({m[2]}) com outro conteúdo e prevalece",
    ),
    (
        re.compile(r"(\S+) (.+) is no accepted (\S+) of (\S+)"),
        lambda m: f"{m[1]} {m[2]} não é uma ordem aceite da folha {m[4]}",
    ),
)
"""Reasons for rows that are refused together (`app.ingestion.sheets.rejection`), with their translations."""


def consequences(rows: int, sheet: str) -> str:
    """The rows of a sheet that are refused because of this one."""
    return f"{rows} linhas de {sheet} são recusadas com esta" if rows > 1 else f"1 linha de {sheet} é recusada com esta"


def cell(kept: str) -> str:
    """The text of a cell as a reject keeps it."""
    return HIDDEN_TEXT.sub(r"(texto de \1 caracteres)", kept)


def reason(detail: str, sheet: Sheet) -> str:
    """The detail of a reject in Portuguese."""
    for pattern, translated in ROWS:
        found = pattern.fullmatch(detail)
        if found is not None:
            return translated(found)
    ranges = {column.header: column.bounds for column in sheet.columns}
    told = (f"{header}: {_content(said, ranges[header])}" for header, said in faults_in(detail, sheet))
    return "; ".join(told) or detail


def faults_in(detail: str, sheet: Sheet) -> list[tuple[str, str]]:
    """Header and fault of each faulty cell in a reject's detail; empty where the whole row is at fault."""
    headers = "|".join(re.escape(column.header) for column in sheet.columns)
    parts = re.split(rf"(?:\A|; )({headers}): ", detail)
    return list(zip(parts[1::2], parts[2::2], strict=True))


def remedy(code: str, detail: str, sheet: Sheet) -> str:
    """The correction of a refused row."""
    faults = [fault for _, fault in faults_in(detail, sheet)]
    is_header = bool(faults) and all(fault.startswith(OWN_HEADER) for fault in faults)
    return REPEATED_HEADERS if is_header else REMEDIES[code]


def _content(said: str, bounds: tuple[int, int] | None) -> str:
    for pattern, translated in CONTENT:
        said = pattern.sub(translated, said)
    return said.replace(OUTSIDE, f"{OUTSIDE} (de {bounds[0]} a {bounds[1]})") if bounds else said
