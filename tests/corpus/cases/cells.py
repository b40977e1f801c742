"""One odd cell in a column of each kind: what is read, and what refuses its row."""

from __future__ import annotations

from tests.corpus.base import text_cell
from tests.corpus.case import READ, REJECTED, Case

COLUMNS = {
    "a whole number": ("Fases", "Fase_Sequencia"),
    "a number": ("FasesStandardModelos", "ProdutoFase_CoeficienteX"),
    "a flag": ("Fases", "Fase_Automatica"),
    "a text": ("OrdemFabricoErros", "Erro_Descricao"),
    "a date and time": ("OrdensFabrico", "Of_DataCriacao"),
    "a date or nothing": ("FasesOrdemFabrico", "FaseOf_DataPrevista"),
    "a key": ("Modelos", "Produto_Id"),
    "a weight": ("Modelos", "Produto_PesoDesmolde"),
}
GROUP = "One odd cell"
CODES = {"I": "INVALID_TYPE", "O": "OUT_OF_RANGE", "N": "NULL_KEY"}


def number(text: str, style: int | None = None) -> str:
    """A number's cell."""
    return f'<c r="{{at}}"{"" if style is None else f""" s="{style}" """.rstrip()}><v>{text}</v></c>'


def of_type(kind: str, text: str) -> str:
    """A cell of this type."""
    return f'<c r="{{at}}" t="{kind}"><v>{text}</v></c>'


# name: (cell, one letter for each of COLUMNS but the last: "=" read, I INVALID_TYPE, O OUT_OF_RANGE, N NULL_KEY, "." left
# out). A weight has the letter of a number if it is not in IMPOSSIBLE_WEIGHTS.
CELLS: dict[str, tuple[str, str]] = {
    "nothing": ("", "IIIII=N"),
    "a cell without a value": ('<c r="{at}" s="1"/>', "I.II.=N"),
    "the text NULL": (text_cell("NULL"), "IIIII=N"),
    "null in small letters": (text_cell("null"), "III=III"),
    "a blank": (text_cell(" "), "III=III"),
    "an empty text": (text_cell(""), "IIIII=N"),
    "a number as a text": (text_cell("1"), "====II="),
    "a number as a text with blanks": (text_cell(" 1 "), "====II="),
    "a fraction as a text": (text_cell("1.5"), "I=I=III"),
    "a whole number as a text with a point": (text_cell("1.0"), "====II="),
    "thousands or decimals with a point": (text_cell("1.000"), "III=III"),
    "thousands or decimals with a comma": (text_cell("20,000"), "III=III"),
    "many thousands": (text_cell("1.234.567"), "III=III"),
    "a decimal comma": (text_cell("3,5"), "III=III"),
    "a number with a unit": (text_cell("3 kg"), "III=III"),
    "a power as a text": (text_cell("3e0"), "I=I=III"),
    "a power beyond all numbers as a text": (text_cell("1e999"), "IOI=III"),
    "30,000 digits and a letter as a text": (text_cell("1" * 30_000 + "x"), "III=III"),
    "infinity as a text": (text_cell("Infinity"), "III=III"),
    "an underscore in a number": (text_cell("1_0"), "III=III"),
    "foreign digits": (text_cell("٣"), "III=III"),
    "wide digits": (text_cell("３"), "III=III"),
    "a date as a text": (text_cell("2024-05-06 07:08"), "III=III"),
    "a date as a text, days first": (text_cell("06/05/2024"), "III=III"),
    "beyond 2^53 as a text": (text_cell("9007199254740993"), "O=O=II="),
    "beyond 2^63 as a text": (text_cell("9223372036854775808"), "O=O=IIO"),
    "the last whole number as a text": (text_cell("9223372036854775807"), "O.O...="),
    "almost whole as a text": (text_cell("3.00000000000000000001"), "I=I=III"),
    "a tab behind a number": (text_cell("1&#9;"), "====II="),
    "a non-breaking blank behind a number": (text_cell("1\xa0"), "====II="),
    "a number": (number("1"), "===III="),
    "minus zero": (number("-0"), "===III="),
    "a negative number": (number("-3"), "==OIII="),
    "a fraction": (number("1.5"), "I=OIIII"),
    "a fraction without digits behind the point": (number("1."), "===III="),
    "a fraction without digits before the point": (number(".5"), "I=OIIII"),
    "a power": (number("1E0"), "===III="),
    "two and a half as a power": (number("2.5e+0"), "I=OIIII"),
    "a number with a plus": (number("+1"), "===III="),
    "a number with zeros before it": (number("0001"), "===III="),
    "blanks around a number": (number(" 1 "), "===III="),
    "a million": (number("1000000"), "==OIII="),
    "more than a million": (number("1000000.5"), "I=OIIII"),
    "the largest exact number": (number("9007199254740991"), "O=OIII="),
    "the first number that Excel rounds": (number("9007199254740992"), "O=OIIIO"),
    "two numbers that collide": (number("9007199254740993"), "O=OIIIO"),
    "a number of 20 digits": (number("12345678901234567890"), "O=OIIIO"),
    "beyond 32 bits": (number("2147483648"), "O=OIII="),
    "a tiny number": (number("1E-300"), "I=OIIII"),
    "an underflow": (number("1E-400"), "===III="),
    "the largest double": (number("1.7976931348623157E308"), "OOOIIIO"),
    "the largest number that can be summed": (number("1E300"), "O=OIIIO"),
    "beyond all doubles": (number("1E309"), "IIIIIII"),
    "a date": (number("45000", 2), "IIII==I"),
    "a date and time": (number("45000.5", 1), "IIII=II"),
    "a date without its format": (number("45000"), "==OIII="),
    "a date beside a built-in format": (number("45000", 4), "IIII==I"),
    "a number whose unit is days": (number("1", 5), "===III="),
    "a number in red": (number("1", 6), "===III="),
    "a date with a locale": (number("45000", 8), "IIII==I"),
    "a date before 1980": (number("29220", 2), "IIIIOOI"),
    "the first date": (number("29221", 2), "IIII==I"),
    "the last date": (number("73415", 2), "IIII==I"),
    "a date after 2100": (number("73416", 2), "IIIIOOI"),
    "half a millisecond before midnight": (number("45000.9999999999", 1), "IIII==I"),
    "a time of day": (number("0.5", 1), "IIIIIII"),
    "the day that never was": (number("60", 2), "IIIIOOI"),
    "a negative date": (number("-1", 2), "IIIIOOI"),
    "a date beyond the calendar": (number("1E308", 2), "......O"),
    "a duration": (number("1.5", 3), "IIIIIII"),
    "a duration of its own format": (number("1.5", 7), "IIIIIII"),
    "a duration of 10^9 hours": (number("41666666.67", 3), "IIIIIII"),
    "a duration beyond all": (number("1E308", 3), "......O"),
    "an ISO date": (of_type("d", "2024-05-06T07:08:09"), "IIII=II"),
    "an ISO day": (of_type("d", "2024-05-06"), "IIII==I"),
    "an ISO date with a zone": (of_type("d", "2024-05-06T07:08:09Z"), "III=III"),
    "an ISO date with a fraction and a blank": (of_type("d", "2024-05-06 07:08:09.25"), "IIII=II"),
    "an ISO day that never was": (of_type("d", "2024-02-30"), "III=III"),
    "an ISO week": (of_type("d", "2024-W19-1"), "III=III"),
    "an ISO date without hyphens": (of_type("d", "20240506"), "==O=II="),
    "true": (of_type("b", "1"), "II=IIII"),
    "false in words": (of_type("b", "false"), "II=IIII"),
    "an error": (of_type("e", "#N/A"), "IIIIIII"),
    "a newer error": (of_type("e", "#SPILL!"), "IIIIIII"),
    "an error still to come": (of_type("e", "#GETTING_DATA"), "I..I..I"),
    "an error nobody knows": (of_type("e", "#WHAT?"), "I..I..I"),
    "a text that reads like an error": (text_cell("#N/A"), "III=III"),
    "a text that reads like a formula": (text_cell("=1+2"), "III=III"),
    "a formula with its value": ('<c r="{at}"><f>1</f><v>1</v></c>', "===III="),
    "a formula without a value": ('<c r="{at}"><f>1</f></c>', "IIIIIII"),
    "a formula with an empty value": ('<c r="{at}"><f>1</f><v></v></c>', "IIIIIII"),
    "a formula with an empty text": ('<c r="{at}" t="str"><f>T("")</f><v></v></c>', "IIIII=N"),
    "a formula with a text": ('<c r="{at}" t="str"><f>"y"</f><v>y</v></c>', "III=III"),
    "a shared formula without a value": ('<c r="{at}"><f t="shared" si="0"/></c>', "I..I..I"),
    "a formula with an error": ('<c r="{at}" t="e"><f>1/0</f><v>#DIV/0!</v></c>', "I..I..I"),
}
IMPOSSIBLE_WEIGHTS = {
    "beyond 2^53 as a text", "beyond 2^63 as a text", "a negative number", "more than a million",
    "the largest exact number", "the first number that Excel rounds", "two numbers that collide",
    "a number of 20 digits", "beyond 32 bits", "the largest number that can be summed", "an ISO date without hyphens",
}  # fmt: skip


def _case(name: str, cell: str, letters: str) -> Case:
    """The odd cell in each column, in a row of its own."""
    cells, rows = {}, {}
    letters += "O" if name in IMPOSSIBLE_WEIGHTS else letters[list(COLUMNS).index("a number")]
    for number, ((sheet, header), letter) in enumerate(zip(COLUMNS.values(), letters, strict=True), 3):
        if letter == ".":
            continue
        cells[sheet, number, header] = cell
        if letter != "=":
            rows[sheet, number] = CODES[letter]
    return Case(GROUP, name, REJECTED if rows else READ, rows=rows, cells=cells)


CASES = tuple(_case(name, cell, letters) for name, (cell, letters) in CELLS.items())
