"""Rows and cells that say one thing twice, or nothing clearly. After the sound rows stand those of the case."""

from __future__ import annotations

from tests.corpus.base import MAIN, PART_OF, STRICT, WORKBOOK, XML, base_parts, header_row, sound_row
from tests.corpus.case import READ, REFUSED, REJECTED, Case
from tests.corpus.expat_book import letters_of

SHEET = "Fases"
LAST = "</row></sheetData>"
GROUP = "Rows and cells"
ALTERNATIVES = 'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'


def sound(number: int, changed: str = "") -> str:
    """A sound row of this number, whose sequence may be another cell."""
    return sound_row(SHEET, number, {"Fase_Sequencia": changed} if changed else None)


def after(name: str, xml: str, ends: str = READ, says: tuple[str, ...] = (), group: str = GROUP) -> Case:
    """XML behind the last row."""
    code = "DAMAGED" if ends == REFUSED else ""
    says = (f"sheet {SHEET}", *says) if code else ()
    rows = {(SHEET, 14): "NULL_KEY" if "beside" in name else "INVALID_TYPE"} if ends == REJECTED else {}
    return Case(group, name, ends, code, says, rows, edits=((SHEET, LAST, f"</row>{xml}</sheetData>"),))


def with_attribute(attribute: str) -> str:
    """A sound row with an attribute behind its number."""
    return sound(14).replace('r="14"', f'r="14" {attribute}', 1)


def odd(name: str, inner: str, ends: str = READ, says: tuple[str, ...] = ("cell C14",), attributes: str = "") -> Case:
    """A row whose third cell is odd."""
    return after(name, sound(14, f'<c r="{{at}}"{attributes}>{inner}</c>'), ends, says if ends == REFUSED else ())


def whole(name: str, old: str, new: str, ends: str = READ, code: str = "", says: tuple[str, ...] = ()) -> Case:
    """A change of the sheet's XML."""
    return Case("The sheet as a whole", name, ends, code, says, edits=((SHEET, old, new),))


DECLARING = '<worksheet xmlns:o="http://o" xmlns:p="http://o"'
BLANKS = "".join(f'<c r="{letters_of(place)}14" s="1"/>' for place in range(1, 800))
WIDE = f'<row r="14">{BLANKS}</row>{sound(15)}'
FAR = '<c r="XFD14" t="s"><v>0</v></c></row>'
OTHER = "AlternateContent"
SOUND_14, SOUND_15 = sound(14), sound(15)
TO_BE_CALCULATED = '<c r="{at}"><f>B14*2</f><v>0</v></c>'
ENCODED = base_parts()[PART_OF[SHEET]]


def encoded(name: str, encoding: str, declared: str, ends: str = READ, code: str = "", before: bytes = b"") -> Case:
    """The whole sheet in another encoding, an é in it."""
    xml = ENCODED.replace('<c r="B4" t="s"><v>2</v></c>', '<c r="B4" t="str"><v>é</v></c>')
    content = before + xml.replace("UTF-8", declared).encode(encoding)
    return Case("Encodings", name, ends, code, parts={PART_OF[SHEET]: content})


def merged(name: str, area: str, ends: str = READ) -> Case:
    """Cells of this area merged."""
    code, says = ("DAMAGED", (f"cells {area}", "merged")) if ends == REFUSED else ("", ())
    return whole(
        name, "</sheetData>", f'</sheetData><mergeCells><mergeCell ref="{area}"/></mergeCells>', ends, code, says
    )


def lined(name: str, beside: str, ends: str = REJECTED, code: str = "", says: tuple[str, ...] = ()) -> Case:
    """A row that is no data, with merged cells, below the last one."""
    words = '<c r="A20" t="str"><v>fim</v></c><c r="B20" s="1"/>'
    edit = f'<row r="20">{words}{beside}</row></sheetData><mergeCells><mergeCell ref="A20:B20"/></mergeCells>'
    rows = {(SHEET, 20): "INVALID_TYPE"} if ends == REJECTED else {}
    return Case("The sheet as a whole", name, ends, code, says, rows, edits=((SHEET, "</sheetData>", edit),))


def calculated(name: str, setting: str, ends: str = READ) -> Case:
    """A formula with a result, in a workbook of this setting."""
    rows = {(SHEET, 14): "INVALID_TYPE"} if ends == REJECTED else {}
    return Case(GROUP, name, ends, rows=rows, edits=(
        (SHEET, LAST, f"</row>{sound(14, TO_BE_CALCULATED)}</sheetData>"),
        (WORKBOOK, "</sheets>", f"</sheets><calcPr calcId=\"191029\"{setting}/>")))  # fmt: skip


CASES = (
    calculated("a formula that is to be calculated when the workbook is opened", ' fullCalcOnLoad="1"', REJECTED),
    calculated("a formula that is calculated", ' fullCalcOnLoad="0"'),
    calculated("a formula that was not calculated before it was saved", ' calcCompleted="0"', REJECTED),
    calculated("a formula that is calculated by hand and was saved without", ' calcMode="manual" calcOnSave="0"', REJECTED),
    calculated("a formula that is calculated by hand and when it is saved", ' calcMode="manual"'),
    calculated("a formula that is calculated always and was saved without", ' calcOnSave="0"'),
    calculated("a formula that is to be calculated when an alternative of the workbook is opened",
               f'/><mc:AlternateContent {ALTERNATIVES}><mc:Choice Requires="x15"><calcPr fullCalcOnLoad="1"/></mc:Choice>'
               "</mc:AlternateContent><fileRecoveryPr", REJECTED),
    merged("merged cells of several rows", "C4:C6", REFUSED),
    merged("merged cells of two columns", "B5:C5", REFUSED),
    merged("cells that are merged with a column beside", "E5:F5"),
    merged("merged cells beside the columns of the contract", "H4:J6"),
    merged("merged cells below the last row", "A20:E22"),
    whole("merged cells below the last row, with the blank cells that Excel writes for them", "</sheetData>",
          '<row r="20"><c r="A20" s="1"/><c r="B20" s="1"/></row></sheetData><mergeCells><mergeCell ref="A20:B20"/>'
          "</mergeCells>"),
    lined("a line of words below the last row, merged across the columns", ""),
    lined("a line of words with a number below the last row, merged across the columns", '<c r="C20"><v>12</v></c>',
          REFUSED, "DAMAGED", ("cells A20:B20", "delete rows that are no data")),
    merged("merged cells whose corners are exchanged", "E6:C4", REFUSED),
    after("a row of cells of another row", SOUND_14.replace('r="14"', 'r="20"', 1), REFUSED, ("row 20", "A14")),
    after("a cell of another row", SOUND_14.replace("C14", "C15"), REFUSED, ("row 14", "C15")),
    after("a row number that wraps at 2^32", SOUND_14.replace('"14"', '"4294967310"', 1), REFUSED, ("4294967310",)),
    after("a row number with zeros before it", SOUND_14.replace('"14"', '"014"', 1), REFUSED, ("no such row",)),
    after("a row number between blanks", SOUND_14.replace('"14"', '" 14"', 1), REFUSED, ("no such row",)),
    after("a cell in small letters", SOUND_14.replace("C14", "c14"), REFUSED, ("row 14", "c14")),
    after("a cell as formulas fix it", SOUND_14.replace("C14", "$C$14"), REFUSED, ("row 14", "$C$14")),
    after("a row among alternatives", f"<mc:AlternateContent {ALTERNATIVES}><mc:Fallback>{SOUND_14}</mc:Fallback>"
          "</mc:AlternateContent>", REFUSED, ("row 13", "<AlternateContent>")),
    after("a cell between single quotes", SOUND_14.replace('"', "'")),
    after("row 0", SOUND_14.replace('"14"', '"0"', 1), REFUSED, ("no such row",)),
    after("a negative row", SOUND_14.replace('"14"', '"-14"', 1), REFUSED, ("no such row",)),
    after("a row with a fraction", SOUND_14.replace('"14"', '"14.0"', 1), REFUSED, ("14.0",)),
    after("a row beyond the last", sound(1_048_577), REFUSED, ("1048577",)),
    after("the last row", sound(1_048_576)),
    after("a row without number behind the last", '<row r="1048576"/><row/>', REFUSED, ("the number 1048577",)),
    after("a row twice", SOUND_14 + SOUND_14, REFUSED, ("row 14", "twice")),
    after("a row far behind once more", SOUND_14 + SOUND_15 + SOUND_14, REFUSED, ("row 14", "after row 15")),
    after("rows with gaps", sound(40) + sound(99)),
    after("a row without number", SOUND_14.replace(' r="14"', "", 1)),
    after("a row and cells without numbers", SOUND_14.replace(' r="14"', "", 1).replace(' r="C14"', "")),
    after("an empty row", '<row r="14"/>' + SOUND_15),
    after("a row of formats alone", '<row r="14" s="1" customFormat="1"><c r="A14" s="1"/></row>' + SOUND_15),
    after("a hidden row", SOUND_14.replace("<row ", '<row hidden="1" ')),
    after("a row with other attributes", SOUND_14.replace("<row ", '<row spans="1:5" ht="15.5" customHeight="1" ')),
    after("an attribute of a prefix that nobody declared", with_attribute('q:z="1"'), REFUSED, ("unbound prefix",)),
    after("an attribute whose name begins with a digit", with_attribute('1z="1"'), REFUSED, ("not well-formed",)),
    after("an attribute of two prefixes", with_attribute('xml:a:b="1"'), REFUSED, ("not well-formed",)),
    Case(GROUP, "an attribute twice, by two prefixes of one namespace", REFUSED, "DAMAGED", ("duplicate attribute",),
         edits=((SHEET, "<worksheet", DECLARING), (SHEET, '<row r="9"', '<row r="9" o:z="1" p:z="1"'))),
    Case(GROUP, "attributes of two declared prefixes",
         edits=((SHEET, "<worksheet", DECLARING), (SHEET, '<row r="9"', '<row r="9" o:z="1" p:y="1"'))),
    after("two numbers of one row", SOUND_14.replace("<row ", '<row r="15" '), REFUSED),
    after("a cell twice", SOUND_14.replace("</row>", '<c r="E14"><v>1</v></c></row>'), REFUSED, ("E14", "twice")),
    after("cells out of order", SOUND_14.replace("</row>", '<c r="A14"><v>1</v></c></row>'), REFUSED, ("A14",)),
    after("a reference in small letters", SOUND_14.replace("C14", "c14"), REFUSED, ("row 14", "'c14'")),
    after("an absolute reference", SOUND_14.replace("C14", "$C$14"), REFUSED, ("$C$14",)),
    after("an empty reference", SOUND_14.replace('"C14"', '""'), REFUSED, ("row 14",)),
    after("a reference with zeros", SOUND_14.replace("C14", "C014"), REFUSED, ("C014",)),
    after("a reference beyond XFD", SOUND_14.replace("</row>", '<c r="XFE14"><v>1</v></c></row>'), REFUSED),
    after("a text far to the right", SOUND_14.replace("</row>", FAR)),
    after("a format in the last cell", '<row r="1048576"><c r="XFD1048576" s="1"/></row>'),
    after("a value beside the columns of the contract alone", '<row r="14"><c r="Z14"><v>1</v></c></row>', REJECTED),
    after("a row in an extension", f"<extLst><ext>{SOUND_14}</ext></extLst>", REFUSED, ("extLst",)),
    after("a row in a row", SOUND_14.replace("</row>", f"{SOUND_15}</row>"), REFUSED),
    after("a cell between rows", '<c r="A14"><v>1</v></c>', REFUSED),
    after("an alternative", f'<m:{OTHER} xmlns:m="http://m">{SOUND_14}</m:{OTHER}>', REFUSED, (OTHER,)),
    after("a commented row", f"<!-- {SOUND_14} -->" + SOUND_15),
    after("a commented end", f"<!-- {LAST} -->" + SOUND_14),
    after("a row of many blank cells", WIDE),
    after("an instruction that holds a row", f"<?x {SOUND_14} ?>" + SOUND_15),
    after("a second sheetData", f"</sheetData><sheetData>{SOUND_14}", REFUSED, ("second",)),
    after("text between rows", "14", REFUSED),
    after("blanks between rows", f"\n  {SOUND_14}\n"),
    after("a row of another namespace", f'<o:row xmlns:o="http://o" r="14">{SOUND_14}</o:row>', REFUSED),
    after("a row by another prefix", f'<o:row xmlns:o="{MAIN}" r="14"><o:c r="A14"><o:v>99</o:v></o:c></o:row>', REJECTED),
    odd("CDATA", "<v><![CDATA[7]]></v>"),
    odd("half a number in CDATA", "<v>1<![CDATA[7]]></v>"),
    odd("a number by its characters' numbers", "<v>&#49;&#x32;</v>"),
    odd("a comment within a number", "<v>1<!-- 2 -->3</v>", REFUSED, ("cell C14", "comment")),
    odd("a comment beside a number", "<!-- 2 --><v>3</v>"),
    odd("two values", "<v>1</v><v>2</v>", REFUSED, ("cell C14", "twice")),
    odd("a value and an empty one", "<v>1</v><v/>", REFUSED, ("cell C14", "twice")),
    odd("a value and a text", "<v>1</v><is><t>2</t></is>", REFUSED),
    odd("a text in a number's cell", "<is><t>2</t></is>", REFUSED),
    odd("a value in a text's cell", "<v>2</v>", REFUSED, attributes=' t="inlineStr"'),
    odd("a value of another namespace", '<v xmlns="http://o">1</v>', REFUSED),
    odd("a value by another prefix", f'<y:v xmlns:y="{MAIN}">1</y:v>'),
    odd("a wrong element", "<w>1</w>", REFUSED, ("cell C14", "<w>")),
    odd("a value in a value", "<v>1<v>2</v></v>", REFUSED),
    odd("bare text", "1", REFUSED),
    odd("a value and bare text", "<v>1</v>2", REFUSED),
    odd("a number with a comma", "<v>1,5</v>", REFUSED, ("cell C14", "'1,5'")),
    odd("blanks for a number", "<v> </v>", REFUSED),
    odd("not a number", "<v>NaN</v>", REFUSED, ("cell C14", "NaN")),
    odd("infinity", "<v>INF</v>", REFUSED),
    odd("an underscore", "<v>1_0</v>", REFUSED),
    odd("foreign digits", "<v>٣</v>", REFUSED),
    odd("30,000 digits and a letter", f"<v>{'1' * 30_000}x</v>", REFUSED),
    after("a comment of the words of many hidden rows", f"<!-- {'<row ' * 20_000} hidden -->"),
    odd("a hexadecimal number", "<v>0x3</v>", REFUSED),
    odd("an unknown type", "<v>1</v>", REFUSED, ("cell C14", "'z'"), ' t="z"'),
    odd("a type in capitals", "<v>1</v>", REFUSED, attributes=' t="N"'),
    odd("two types", "<v>1</v>", REFUSED, (), ' t="n" t="s"'),
    odd("neither true nor false", "<v>2</v>", REFUSED, attributes=' t="b"'),
    odd("a format that is not there", "<v>2</v>", REFUSED, ("cell C14", "77"), ' s="77"'),
    odd("a negative format", "<v>2</v>", REFUSED, attributes=' s="-1"'),
    odd("a foreign value in a cell's extension", '<v>2</v><extLst><ext><o:v xmlns:o="http://o">9</o:v></ext></extLst>'),
    after("attributes of another namespace", SOUND_14.replace("<c ", '<c xmlns:o="http://o" o:r="Z9" o:t="s" ')),
    odd("an extension in a cell", "<v>2</v><extLst><ext><x/></ext></extLst>"),
    odd("a value in a cell's extension", "<extLst><ext><v>2</v></ext></extLst>", REFUSED, ("column C",)),
    whole("a dimension that lies", "<sheetData>", '<dimension ref="A1:B2"/><sheetData>'),
    whole("a dimension of the whole sheet", "<sheetData>", '<dimension ref="A1:XFD1048576"/><sheetData>'),
    whole("a sheetData deeper down", "<sheetData>", "<x><sheetData>", REFUSED, "DAMAGED"),
    whole("no sheetData", "sheetData>", "sheetDate>", REFUSED, "DAMAGED"),
    whole("a commented sheetData before", "<sheetData>", f"<!-- <sheetData>{SOUND_14}</sheetData> --><sheetData>"),
    whole("a sheetData in an extension behind", "</worksheet>", f"<extLst><ext><sheetData>{SOUND_14}</sheetData></ext></extLst></worksheet>", REFUSED, "DAMAGED"),
    whole("rows behind the sheetData", "</worksheet>", f"{SOUND_14}</worksheet>", REFUSED, "DAMAGED"),
    whole("filters and columns around", "</sheetData>", '</sheetData><autoFilter ref="A1:E9"/><pageMargins left="1"/>'),
    whole("another namespace", MAIN, "http://example.org/other", REFUSED, "DAMAGED"),
    whole("the strict namespace", MAIN, STRICT),
    whole("a chart", f'<worksheet xmlns="{MAIN}">', f'<chartsheet xmlns="{MAIN}">', REFUSED, "DAMAGED"),
    whole("cut short in the middle", sound(9)[20:], "", REFUSED, "DAMAGED"),
    whole("an unknown entity", "<v>2</v>", "<v>&two;</v>", REFUSED, "DAMAGED", (f"sheet {SHEET}",)),
    whole("entities declared", XML, f'{XML}<!DOCTYPE a [<!ENTITY two "2">]>', REFUSED, "UNSAFE_XML"),
    whole("entities declared behind a long comment", XML, f"{XML}<!-- {'x' * 5000} --><!DOCTYPE a [<!ENTITY two '2'>]>", REFUSED, "UNSAFE_XML"),
    whole("text behind the end", "</worksheet>", "</worksheet>x", REFUSED, "DAMAGED"),
    whole("rows nested without end", LAST, "</row>" + "<row>" * 500, REFUSED, "DAMAGED"),
    whole("a second sheetData behind", "</worksheet>", "<sheetData/></worksheet>", REFUSED, "DAMAGED"),
    whole("nested without end", "</worksheet>", "<a>" * 3000, REFUSED, "DAMAGED"),
    encoded("UTF-16", "utf-16", "UTF-16"),
    encoded("Latin 1", "latin-1", "ISO-8859-1"),
    encoded("Windows 1252", "cp1252", "windows-1252"),
    encoded("UTF-8 with a byte order mark", "utf-8", "UTF-8", before=b"\xef\xbb\xbf"),
    encoded("UTF-8 in small letters", "utf-8", "utf-8"),
    encoded("UTF-8 that says Latin 1", "utf-8", "ISO-8859-1"),
    encoded("a byte order mark, and Latin 1 declared", "utf-8", "ISO-8859-1", before=b"\xef\xbb\xbf"),
    encoded("Latin 1 that says UTF-8", "latin-1", "UTF-8", REFUSED, "DAMAGED"),
    encoded("UTF-32", "utf-32", "UTF-32", REFUSED, "UNSAFE_XML"),
    encoded("an encoding nobody knows", "utf-8", "X-WHAT", REFUSED, "DAMAGED"),
    encoded("XML 1.1", "utf-8", 'UTF-8" standalone="yes'),
    Case("The sheet as a whole", "no row at all", REFUSED, "MISSING_HEADER", (f"sheet {SHEET}", "row 1"),
         parts={PART_OF[SHEET]: f'{XML}<worksheet xmlns="{MAIN}"><sheetData/></worksheet>'}),
    Case("The sheet as a whole", "headers alone", run="EMPTY_REFUSED", run_says=(f"Sheet {SHEET} has no rows",), parts={
        PART_OF[SHEET]: f'{XML}<worksheet xmlns="{MAIN}"><sheetData>{header_row(SHEET)}</sheetData></worksheet>'}),
)  # fmt: skip
