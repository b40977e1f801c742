"""Names of sheets and columns: absent, twice, nearly right, moved."""

from __future__ import annotations

from tests.corpus.base import OFFICE, PART_OF, RELATIONS, WORKBOOK, base_parts, header_row, sheet_xml, text_cell
from tests.corpus.case import READ, REFUSED, REJECTED, Case
from tests.corpus.expat_book import letters_of
from tests.oracle.sheets import SHEETS

SHEET, HEADER = "OrdensFabrico", "Of_Id"


def sheet(name: str, new: str, code: str, says: tuple[str, ...] = (), old: str = SHEET) -> Case:
    """A sheet of another name."""
    edits = ((WORKBOOK, f'name="{old}"', f'name="{new}"'),)
    return Case("Names of sheets", name, REFUSED if code else READ, code, says, edits=edits)


def column(name: str, new: str, code: str, says: tuple[str, ...] = (), old: str = HEADER) -> Case:
    """A column of another name."""
    edits = ((SHEET, f"<t>{old}</t>", f"<t>{new}</t>"),)
    return Case("Names of columns", name, REFUSED if code else READ, code, says, edits=edits)


def turned(sheet: str) -> str:
    """A sheet whose columns stand the other way round."""
    order = list(SHEETS[sheet][1])
    xml = sheet_xml(sheet)
    for number in range(1, 14):
        for place in range(len(order)):
            xml = xml.replace(f'r="{chr(65 + place)}{number}"', f'r="?{chr(64 + len(order) - place)}{number}"')
    rows = xml.replace('r="?', 'r="').split("<row ")
    return rows[0] + "".join("<row " + _turned_row(one) for one in rows[1:])


def _turned_row(text: str) -> str:
    start = text.index(">") + 1
    end = text.index("</row>")
    cells = ["<c " + cell for cell in text[start:end].split("<c ")[1:]]
    return text[:start] + "".join(reversed(cells)) + text[end:]


ADDED = (WORKBOOK, "</sheets>", '<sheet name="Notas" sheetId="10" r:id="rId1"/></sheets>')
SECOND = f'<Relationship Id="rId90" Type="{OFFICE}/worksheet" Target="worksheets/sheet90.xml"/></Relationships>'


def second(name: str, title: str, code: str, content: str = sheet_xml("Fases")) -> Case:
    """One more sheet."""
    edits = (
        (WORKBOOK, "</sheets>", f'<sheet name="{title}" sheetId="90" r:id="rId90"/></sheets>'),
        (RELATIONS, "</Relationships>", SECOND),
    )
    parts = {"xl/worksheets/sheet90.xml": content}
    return Case(
        "Names of sheets", name, REFUSED if code else READ, code, (title,) if code else (), edits=edits, parts=parts
    )


FREE = [letters_of(len(SHEETS[SHEET][1]) + number) for number in range(1, 101)]
"""The letters of the columns behind those of the contract."""
EXTRA = text_cell("Extra").replace("{at}", f"{FREE[0]}1")
CASES = (
    sheet("a sheet that is not there", "Outra", "MISSING_SHEET", (SHEET,)),
    sheet("a sheet in capitals", "ORDENSFABRICO", "MISSING_SHEET", ("there is 'ORDENSFABRICO'",)),
    sheet("a sheet with a blank behind it", "OrdensFabrico ", "MISSING_SHEET", ("blank at its end",)),
    sheet("a sheet with underscores", "Ordens_Fabrico", "MISSING_SHEET", ("'Ordens_Fabrico'",)),
    sheet("a sheet with an invisible letter", "Ordens\u200bFabrico", "MISSING_SHEET", ("invisible",)),
    sheet("two sheets of one name", "Fases", "DUPLICATE_SHEET", ("Fases",)),
    sheet("two sheets of one name but for case", "FASES", "DUPLICATE_SHEET", ("FASES",)),
    sheet("a sheet without a name", "", "MISSING_SHEET", (SHEET,)),
    sheet("a sheet with endless blanks", f"Fases{' ' * 40_000}", "MISSING_SHEET", ("Fases   ",), "Fases"),
    sheet("two sheets of one name and endless blanks", f"Fases{' ' * 40_000}", "DUPLICATE_SHEET", ("Fases",)),
    second("one more sheet", "Notas", ""),
    second("one more sheet of a known name", "Fases", "DUPLICATE_SHEET"),
    second("one more sheet of a known name and a blank", " fases ", "DUPLICATE_SHEET"),
    Case("Names of sheets", "two names of one part", REFUSED, "DAMAGED", ("Notas", SHEET), edits=(ADDED,)),
    Case("Names of sheets", "a hidden sheet", edits=((WORKBOOK, 'sheetId="1"', 'sheetId="1" state="veryHidden"'),)),
    Case("Names of sheets", "a sheet without a part", REFUSED, "DAMAGED", edits=((WORKBOOK, 'r:id="rId3"', ""),)),
    Case("Names of sheets", "a sheet of a relationship that is not there", REFUSED, "DAMAGED",
         edits=((WORKBOOK, "rId3", "rId77"),)),
    Case("Names of sheets", "a sheet that is a chart", REFUSED, "DAMAGED", ("Fases", "chartsheet"),
         edits=((RELATIONS, f'worksheet" Target="{PART_OF["Fases"][3:]}', f'chartsheet" Target="{PART_OF["Fases"][3:]}'),)),
    column("a column that is not there", "Outra", "MISSING_COLUMN", (SHEET, "Of_Id")),
    column("a column in capitals", "OF_ID", "MISSING_COLUMN", ("there is 'OF_ID'",)),
    column("a column with a blank behind it", "Of_Id ", "MISSING_COLUMN", ("blank at its end",)),
    column("a column with a non-breaking blank", "Of_Id\xa0", "MISSING_COLUMN", ("non-breaking",)),
    column("a column with a line end", "Of_Id\n", "MISSING_COLUMN", ("line break",)),
    column("a column with an escaped letter", "Of_x005F_Id", ""),
    Case("Names of columns", "a column twice", REFUSED, "DUPLICATE_COLUMN", (f"A and {FREE[0]}",),
         edits=((SHEET, "</row>", f"{EXTRA.replace('Extra', 'Of_Id')}</row>"),)),
    column("a column with endless underscores", f"Of_Id{'_' * 30_000}", "MISSING_COLUMN", ("there is 'Of_Id___",)),
    Case("Names of columns", "every column in capitals", REFUSED, "MISSING_COLUMN", ("there is 'OF_ID'", "3 more"),
         edits=tuple((SHEET, f"<t>{header}</t>", f"<t>{header.upper()}</t>") for header in SHEETS[SHEET][1])),
    Case("Names of columns", "a column a hundred times", REFUSED, "DUPLICATE_COLUMN", (f"A and {FREE[0]} and {FREE[1]} and 98 more",),
         edits=((SHEET, "</row>", "".join(f'<c r="{place}1" t="str"><v>Of_Id</v></c>' for place in FREE) + "</row>"),)),
    column("a column without a header", "", "MISSING_COLUMN", ("Of_Id",)),
    Case("Names of columns", "a column more", edits=((SHEET, "</row>", f"{EXTRA}</row>"),)),
    Case("Names of columns", "columns in another order", parts={PART_OF[SHEET]: turned(SHEET)}),
    Case("Names of columns", "no header row", REFUSED, "MISSING_HEADER", (SHEET,),
         edits=((SHEET, header_row(SHEET), ""),)),
    Case("Names of columns", "an empty header row", REFUSED, "MISSING_HEADER", (SHEET,),
         edits=((SHEET, header_row(SHEET), '<row r="1"/>'),)),
    Case("Names of columns", "the headers once more among the rows", REJECTED, rows={(SHEET, 14): "INVALID_TYPE"},
         edits=((SHEET, "</row></sheetData>", f"""</row>{header_row(SHEET).replace('1"', '14"')}</sheetData>"""),)),
    Case("Names of columns", "headers in row 3", REFUSED, "MISSING_HEADER", (SHEET, "row 3"), parts={
        PART_OF[SHEET]: base_parts()[PART_OF[SHEET]].split("<row")[0]
        + '<row r="1"><c r="A1" t="str"><v>Ordens</v></c></row>'
        + header_row(SHEET).replace('1"', '3"') + "</sheetData></worksheet>"}),
)  # fmt: skip
