"""The package: where its parts lie, how they are named, what is in it twice, and what it says of itself."""

from __future__ import annotations

import re
import struct
from collections.abc import Mapping

from tests.corpus.base import MAIN, OFFICE, PART_OF, RELATIONS, STRICT, STRINGS, STYLES, WORKBOOK, XML, base_parts
from tests.corpus.case import READ, REFUSED, REJECTED, Case

GROUP = "The package"
FASES = PART_OF["Fases"]
CENTRAL, LOCAL = b"PK\x01\x02", b"PK\x03\x04"


def moved(name: str, renamed: Mapping[str, str], target: tuple[str, str, str] | None = None) -> Case:
    """Parts that lie elsewhere, and what leads there."""
    parts: dict[str, str | bytes | None] = dict.fromkeys(renamed)
    for old, new in renamed.items():
        content = base_parts()[old]
        if target is not None and target[0] == old:
            assert target[1] in content
            content = content.replace(target[1], target[2])
        parts[new] = content
    edits = (target,) if target is not None and target[0] not in renamed else ()
    return Case(GROUP, name, edits=edits, parts=parts)


def changed(name: str, part: str, old: str, new: str, code: str = "DAMAGED", says: tuple[str, ...] = ()) -> Case:
    """One change of one part."""
    return Case(GROUP, name, REFUSED if code else READ, code, says, edits=((part, old, new),))


def led(name: str, target: str) -> Case:
    """The sheet Fases, reached by another way of writing its name."""
    return changed(name, RELATIONS, f'"{FASES[3:]}"', f'"{target}"', "")


def marked(data: bytes, signature: bytes, offset: int, value: bytes, part: str) -> bytes:
    """Bytes of a part's record in the zip, changed."""
    found = bytearray(data)
    name_at = 46 if signature == CENTRAL else 30
    at = found.find(signature)
    while found[at + name_at : at + name_at + len(part)] != part.encode():
        at = found.find(signature, at + 4)
    found[at + offset : at + offset + len(value)] = value
    return bytes(found)


def broken_byte(data: bytes, part: str) -> bytes:
    """One byte of a part's content, changed."""
    at = data.find(part.encode()) + len(part) + 60
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


def shorter(part: str, size: int) -> bytes:
    return struct.pack("<I", size)


SECOND_TEXTS = f'<Relationship Id="rId80" Type="{OFFICE}/sharedStrings" Target="other.xml"/></Relationships>'
SECOND_STYLES = SECOND_TEXTS.replace("sharedStrings", "styles")
OTHER_TEXTS = base_parts()[STRINGS].replace("<t>x</t>", "<t>other</t>")
OTHER_STYLES = base_parts()[STYLES].replace('numFmtId="22"', 'numFmtId="0"')
DATED = [("OrdensFabrico", number) for number in range(2, 14)] + [
    (sheet, number) for sheet in ("FasesOrdemFabrico", "FuncionariosFasesAptos") for number in range(3, 14, 2)
]
ALTERNATIVES = "http://schemas.openxmlformats.org/markup-compatibility/2006"
DTD = '<!DOCTYPE x [<!ENTITY a "b">]>'

CASES = (
    moved("a sheet's name in capitals", {FASES: FASES.upper()}),
    Case(GROUP, "a workbook elsewhere", edits=(("_rels/.rels", WORKBOOK, "book/w.xml"),), parts={
        WORKBOOK: None, "book/w.xml": base_parts()[WORKBOOK], RELATIONS: None,
        "book/_rels/w.xml.rels": base_parts()[RELATIONS].replace('Target="', 'Target="/xl/')}),
    moved("texts elsewhere", {STRINGS: "xl/texts/all.xml"}, (RELATIONS, "sharedStrings.xml", "texts/all.xml")),
    moved("styles elsewhere", {STYLES: "formats.xml"}, (RELATIONS, '"styles.xml', '"../formats.xml')),
    moved("backslashes", {FASES: FASES.replace("/", "\\")}),
    moved("a blank in a name", {FASES: "xl/worksheets/a b.xml"}, (RELATIONS, FASES[3:], "worksheets/a%20b.xml")),
    led("a name from the package's root", f"/{FASES}"),
    led("a name with a point", f"./{FASES[3:]}"),
    led("a name with two points", f"../xl/{FASES[3:]}"),
    led("a name with backslashes", FASES[3:].replace("/", "\\")),
    led("a name in other letters", FASES[3:].upper()),
    led("an escaped name", FASES[3:].replace("s", "%73", 1)),
    led("a name with two slashes", FASES[3:].replace("/", "//")),
    changed("no workbook named", "_rels/.rels", "officeDocument\"", "other\"", ""),
    changed("a sheet's part that is not there", RELATIONS, FASES[3:], "worksheets/none.xml"),
    changed("texts' part that is not there", RELATIONS, "sharedStrings.xml", "none.xml"),
    changed("a sheet outside the package", RELATIONS, f'"{FASES[3:]}"', '"http://x/s.xml" TargetMode="External"'),
    changed("one relationship twice", RELATIONS, "rId2", "rId1"),
    changed("a workbook that ends in the middle", WORKBOOK, "</workbook>", ""),
    changed("entities in the workbook", WORKBOOK, XML, XML + DTD, "UNSAFE_XML"),
    changed("entities in the relationships", RELATIONS, XML, XML + DTD, "UNSAFE_XML"),
    changed("entities in the styles", STYLES, XML, XML + DTD, "UNSAFE_XML"),
    changed("strict relationships", WORKBOOK, OFFICE, f"{STRICT.replace('spreadsheetml/main', 'officeDocument')}/relationships", ""),
    changed("a date's format of Chinese and Japanese versions", STYLES, '"22"', '"27"', ""),
    changed("a date's format of Korean versions", STYLES, '"22"', '"58"', ""),
    changed("a date's format of the Thai version", STYLES, '"22"', '"77"', ""),
    changed("days counted from 1904", WORKBOOK, "<workbookPr/>", '<workbookPr date1904="1"/>', ""),
    changed("days counted from 1904, in words", WORKBOOK, "<workbookPr/>", '<workbookPr date1904="true"/>', ""),
    changed("days not counted from 1904", WORKBOOK, "<workbookPr/>", '<workbookPr date1904="0"/>', ""),
    changed("days counted from 1904, between blanks", WORKBOOK, "<workbookPr/>", '<workbookPr date1904=" 1 "/>', ""),
    changed("days counted from it is not clear when", WORKBOOK, "<workbookPr/>", '<workbookPr date1904="TRUE"/>',
            says=("date1904", "'TRUE'")),
    changed("days counted from 1904 in an alternative", WORKBOOK, "<workbookPr/>",
            f'<mc:AlternateContent xmlns:mc="{ALTERNATIVES}"><mc:Choice Requires="x15"><workbookPr date1904="1"/>'
            "</mc:Choice></mc:AlternateContent>", says=("how days are counted",)),
    changed("a second list of sheets", WORKBOOK, "</sheets>", "</sheets><sheets/>"),
    changed("a second record of the day", WORKBOOK, "<workbookPr/>", '<workbookPr date1904="1"/><workbookPr/>'),
    changed("a format without a number", STYLES, 'numFmtId="164" ', ""),
    changed("a format without a code", STYLES, 'formatCode="[Red]#,##0"', ""),
    changed("a format of endless brackets", STYLES, "[Red]#,##0", "[d" * 200_000, ""),
    changed("a format that is filled with letters of dates", STYLES, "[Red]#,##0", "*d0", ""),
    Case(GROUP, "a date's format that hides 0", edits=((STYLES, '<xf numFmtId="22"/>', '<xf numFmtId="164"/>'),
         (STYLES, 'formatCode="yyyy', 'formatCode="[=0]&quot;&quot;;yyyy'))),
    Case(GROUP, "a number's format that shows 0 as an hour", edits=((STYLES, '<cellXfs><xf numFmtId="0"/>',
         '<cellXfs><xf numFmtId="166"/>'), (STYLES, "[Red]#,##0", "[&lt;1]h:mm;#,##0"))),
    changed("a format of hours in brackets of their own", STYLES, "yyyy\\-mm\\-dd hh:mm", "\\[h\\]", ""),
    changed("a format of letters", STYLES, '<xf numFmtId="22"/>', '<xf numFmtId="x"/>'),
    changed("a format's number with an underscore", STYLES, '<xf numFmtId="166"/>', '<xf numFmtId="1_6"/>'),
    changed("a format's number with a plus", STYLES, '<xf numFmtId="166"/>', '<xf numFmtId="+166"/>'),
    changed("a format's number in foreign digits", STYLES, 'numFmtId="166" ', 'numFmtId="١٦٦" '),
    changed("a format's number between blanks", STYLES, '<xf numFmtId="22"/>', '<xf numFmtId=" 22&#10;"/>', ""),
    Case(GROUP, "a first format of dates, which cells have that name none", REJECTED,
         rows={(sheet, number): "INVALID_TYPE" for sheet in PART_OF for number in range(2, 14)},
         edits=((STYLES, '<cellXfs><xf numFmtId="0"/>', '<cellXfs><xf numFmtId="14"/>'),)),
    Case(GROUP, "formats in another element", REFUSED, "DAMAGED", ("xl/styles.xml", "no table of formats"),
         parts={STYLES: base_parts()[STYLES].replace("styleSheet", "styles")}),
    changed("formats of another namespace", STYLES, MAIN, "http://x", says=("xl/styles.xml", "no table of formats")),
    Case(GROUP, "no list of formats", REFUSED, "DAMAGED", ("sheet OrdensFabrico, cell B2", "the format 1"),
         parts={STYLES: re.sub("<cellXfs>.*</cellXfs>", "", base_parts()[STYLES])}),
    Case(GROUP, "sheets in another element", REFUSED, "DAMAGED", ("no list of sheets",),
         parts={WORKBOOK: re.sub("(</?)workbook(?=[ >])", r"\1book", base_parts()[WORKBOOK])}),
    changed("sheets of another namespace", WORKBOOK, MAIN, "http://x", says=("no list of sheets",)),
    changed("a second list of formats", STYLES, "</cellXfs>", "</cellXfs><cellXfs/>"),
    changed("a second format of one number", STYLES, "</numFmts>", '<numFmt numFmtId="164" formatCode="0"/></numFmts>'),
    changed("a foreign format in the list", STYLES, "<cellXfs>", '<cellXfs><o:xf xmlns:o="http://o" numFmtId="0"/>'),
    Case(GROUP, "two tables of texts", REFUSED, "DAMAGED", edits=((RELATIONS, "</Relationships>", SECOND_TEXTS),),
         parts={"xl/other.xml": OTHER_TEXTS}),
    Case(GROUP, "two tables of formats", REFUSED, "DAMAGED", edits=((RELATIONS, "</Relationships>", SECOND_STYLES),),
         parts={"xl/other.xml": OTHER_STYLES}),
    Case(GROUP, "two workbooks", REFUSED, "DAMAGED", edits=(("_rels/.rels", "</Relationships>",
         f'<Relationship Id="r2" Type="{OFFICE}/officeDocument" Target="xl/b.xml"/></Relationships>'),),
         parts={"xl/b.xml": base_parts()[WORKBOOK]}),
    Case(GROUP, "no styles: dates are numbers", REJECTED, rows=dict.fromkeys(DATED, "INVALID_TYPE"), edits=((RELATIONS, f'{OFFICE}/styles', f'{OFFICE}/other'),)),
    Case(GROUP, "no relationships of the workbook", REFUSED, "DAMAGED", parts={RELATIONS: None}),
    Case(GROUP, "no workbook", REFUSED, "NOT_XLSX", parts={WORKBOOK: None}),
    Case(GROUP, "a part twice but for case", REFUSED, "DAMAGED", parts={FASES.upper(): base_parts()[FASES]}),
    Case(GROUP, "a part twice but for slashes", REFUSED, "DAMAGED", parts={FASES.replace("/", "\\"): "x"}),
    Case(GROUP, "pictures and properties beside", parts={"xl/media/a.png": b"\x89PNG", "docProps/app.xml": "<a/>"}),
    Case(GROUP, "entities in a part that nobody reads", REFUSED, "UNSAFE_XML", parts={"docProps/app.xml": f"{DTD}<x/>"}),
    Case(GROUP, "entities far behind in a part that nobody reads", REFUSED, "UNSAFE_XML",
         parts={"docProps/app.xml": f"<!-- {'x' * 6000} -->{DTD}<x/>"}),
    Case(GROUP, "entities in two bytes a letter", REFUSED, "UNSAFE_XML",
         parts={"docProps/app.xml": f"{DTD}<x/>".encode("utf-16")}),
    Case(GROUP, "a changed byte in a sheet", REFUSED, "DAMAGED", bytes_of=lambda data: broken_byte(data, FASES)),
    Case(GROUP, "a changed byte in a picture", REFUSED, "DAMAGED", parts={"xl/media/a.png": b"x" * 200},
         bytes_of=lambda data: broken_byte(data, "xl/media/a.png")),
    Case(GROUP, "a changed byte in the texts", REFUSED, "DAMAGED", bytes_of=lambda data: broken_byte(data, STRINGS)),
    Case(GROUP, "a password", REFUSED, "ENCRYPTED", ("password",),
         bytes_of=lambda data: marked(data, CENTRAL, 8, b"\x01\x00", FASES)),
    Case(GROUP, "a compression that nobody uses", REFUSED, "DAMAGED",
         bytes_of=lambda data: marked(data, CENTRAL, 10, b"\x63\x00", FASES)),
    Case(GROUP, "a size that lies", REFUSED, "DAMAGED",
         bytes_of=lambda data: marked(data, CENTRAL, 20, struct.pack("<II", 300, 300), FASES)),
    Case(GROUP, "a size that says one byte more", REFUSED, "DAMAGED", ("not as long as it says",),
         bytes_of=lambda data: marked(data, CENTRAL, 24, shorter(FASES, len(base_parts()[FASES].encode()) + 1), FASES)),
    Case(GROUP, "a size of the texts that says one byte more", REFUSED, "DAMAGED", ("not as long as it says",),
         bytes_of=lambda data: marked(data, CENTRAL, 24, shorter(STRINGS, len(base_parts()[STRINGS].encode()) + 1), STRINGS)),
    Case(GROUP, "a name that lies", REFUSED, "DAMAGED",
         bytes_of=lambda data: marked(data, LOCAL, 30, FASES.upper().encode(), FASES)),
    Case(GROUP, "more than may be expanded", REFUSED, "TOO_LARGE", ("MAX_EXPANDED_MB",),
         bytes_of=lambda data: marked(data, CENTRAL, 24, shorter(FASES, 600_000_000), FASES)),
    Case(GROUP, "one part twice", REFUSED, "DAMAGED", parts={FASES[:-5] + "x.xml": "x"},
         bytes_of=lambda data: data.replace(FASES[:-5].encode() + b"x.xml", FASES.encode())),
    Case(GROUP, "half a list of sheets", REFUSED, "DAMAGED", parts={WORKBOOK: "<workbook"}),
    Case(GROUP, "something before the zip", REFUSED, "NOT_XLSX", bytes_of=lambda data: b"x" * 9 + data),
    Case(GROUP, "another workbook before it", REFUSED, "DAMAGED", ("something stands before it",),
         bytes_of=lambda data: data.replace(b"<t>x</t>", b"<t>y</t>") + data),
    Case(GROUP, "the sign of a zip in volumes before it", bytes_of=lambda data: b"PK00" + data),
    Case(GROUP, "much that is no zip behind the zip", REFUSED, "DAMAGED", ("something else behind its end",),
         bytes_of=lambda data: data + b"x" * 100_000),
    Case(GROUP, "formats of emphasis with numbers that are taken", edits=((STYLES, "</cellXfs>",
         '</cellXfs><dxfs><dxf><numFmt numFmtId="164" formatCode="0"/></dxf><dxf><numFmt numFmtId="164" formatCode="0"/>'
         "</dxf></dxfs>"),)),
    Case(GROUP, "a number's format in a date's place", REJECTED, rows=dict.fromkeys(DATED, "INVALID_TYPE"),
         edits=((STYLES, "<numFmts>", '<numFmts><numFmt numFmtId="22" formatCode="0.00"/>'),)),
    Case(GROUP, "a time of day zero in the zip", bytes_of=lambda data: marked(data, CENTRAL, 12, bytes(4), FASES)),
    Case(GROUP, "a comment at the zip's end", bytes_of=lambda data: data[:-2] + b"\x05\x00hello"),
    Case(GROUP, "zeros behind the zip", bytes_of=lambda data: data + bytes(9)),
)  # fmt: skip
