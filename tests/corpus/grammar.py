"""Workbooks from a grammar: sheets, rows, cells, styles, texts and the package, each part in the ways that it may have.

Most of what comes is sound, written in unusual ways; some of it says one thing twice or nothing clearly.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from hypothesis import strategies as st

from tests.corpus.base import MAIN, OFFICE, PART_OF, RELATIONS, STRICT, STRINGS, STYLES, WORKBOOK, base_parts
from tests.corpus.expat_book import letters_of
from tests.oracle.sheets import SHEETS

NAMES = ("Fases", "Modelos", "OrdensFabrico", "FasesOrdemFabrico", "OrdemFabricoErros", "FuncionariosFasesAptos")
CODES = (
    "General", "0", "0.00", "#,##0", "@", "0%", "0.0E+00", "# ?/?", "dd/mm/yyyy", "yyyy-mm-dd hh:mm:ss", "d",
    "mmm-yy", "h:mm", "[h]:mm", "[mm]:ss", "[s]", "[Red]0", "[Blue]d", "[$-816]d/m/yy;@", "[$€-2] 0.00", '"d"0',
    '0" dias"', "\\d0", "_d0", "0;[Red]-0", '0;"h"', "0;d", "[<100]0;0.0", 'yyyy"ano"', "00000", "h AM/PM", "mm:ss.0",
    'd\\ "de"\\ mmmm',
)  # fmt: skip
BUILT_IN = (0, 1, 2, 4, 9, 10, 11, 12, 14, 15, 18, 20, 22, 37, 39, 45, 46, 47, 48, 49)
PIECES = (
    "x", "NULL", "null", "", " ", "1", "1.0", "1.000", "0", "2", "3,5", "é", "ã", "\U0001f600", "_x0041_", "_x005F_",
    "_xD83D_", "_x000D_", "\n", "\t", "a>b", "]]>", "&", "<", '"', "'", "None", "\\N", "\\", "Zulmira", "2024-01-02",
    "e", "٣",
)  # fmt: skip
NUMBERS = (
    "0", "1", "2", "3", "-1", "7", "12", "0.5", "1.5", "1.0", "1E2", "1e-7", "-0", "+3", "007", "45000", "45000.5",
    "45000.9999999", "36526", "29220.999", "60", "0.25", "73415.99", "2147483647", "2147483648", "9007199254740991",
    "9007199254740993", "1E15", "1E300", "1E-320", "12.300000190734863", "0.1", "123456789.123456789", " 4 ", "5.",
)  # fmt: skip


@dataclass(frozen=True)
class Made:
    """A drawn workbook: its parts, and the one sheet of it that is not the base workbook's."""

    sheet: str
    parts: dict[str, str | bytes]

    def __repr__(self) -> str:
        """The text of a failing example."""
        changed = {name: text for name, text in self.parts.items() if base_parts().get(name) != text}
        return f"{self.sheet}: {changed}"[:3000]


@st.composite
def made(draw: st.DrawFn) -> Made:
    """A workbook."""
    sheet = draw(st.sampled_from(NAMES))
    texts = draw(st.lists(shared_texts(), min_size=1, max_size=6))
    formats = draw(st.lists(st.sampled_from(range(len(CODES) + len(BUILT_IN))), min_size=1, max_size=6))
    parts: dict[str, str | bytes] = dict(base_parts())
    # The other sheets keep the texts and formats that they have, behind which the drawn ones follow.
    parts[STRINGS] = base_parts()[STRINGS].replace("</sst>", "".join(texts) + "</sst>")
    parts[STYLES] = _styles(formats)
    known_texts = base_parts()[STRINGS].count("<si>") + len(texts)
    known_formats = base_parts()[STYLES].count("<xf ") - 1 + len(formats)
    parts[PART_OF[sheet]] = draw(sheets(sheet, known_texts, known_formats))
    draw(package(sheet, parts))
    return Made(sheet, parts)


def _styles(formats: list[int]) -> str:
    numbers = [300 + one if one < len(CODES) else BUILT_IN[one - len(CODES)] for one in formats]
    named = {300 + one: CODES[one] for one in formats if one < len(CODES)}
    declared = "".join(f"<numFmt numFmtId='{number}' formatCode={quoteattr(code)}/>" for number, code in named.items())
    added = "".join(f'<xf numFmtId="{number}" applyNumberFormat="1"><alignment/></xf>' for number in numbers)
    return (
        base_parts()[STYLES].replace("</numFmts>", f"{declared}</numFmts>").replace("</cellXfs>", f"{added}</cellXfs>")
    )


words = st.lists(st.sampled_from(PIECES), max_size=3).map("".join)


@st.composite
def marked_text(draw: st.DrawFn) -> str:
    """A <t> with a text, escaped in one of the ways that there are."""
    text = draw(words)
    way = draw(st.sampled_from(("plain", "plain", "plain", "CDATA", "numbers", "preserve")))
    if way == "CDATA" and "]]>" not in text:
        return f"<t><![CDATA[{text}]]></t>"
    if way == "numbers":
        return f"<t>{''.join(f'&#{ord(letter)};' for letter in text)}</t>"
    space = ' xml:space="preserve"' if way == "preserve" else ""
    return f"<t{space}>{escape(text)}</t>" if text or draw(st.booleans()) else "<t/>"


@st.composite
def rich_text(draw: st.DrawFn) -> str:
    """One text, or runs, with or without a phonetic one."""
    if draw(st.booleans()):
        body = draw(marked_text())
    else:
        runs = draw(st.lists(marked_text(), min_size=1, max_size=3))
        body = "".join(f"<r><rPr><b/></rPr>{run}</r>" for run in runs)
    return body + draw(st.sampled_from(("", "", '<rPh sb="0" eb="1"><t>no</t></rPh><phoneticPr fontId="1"/>')))


def shared_texts() -> st.SearchStrategy[str]:
    """An <si>."""
    return rich_text().map(lambda body: f"<si>{body}</si>")


@st.composite
def cells(draw: st.DrawFn, at: str, known_texts: int, known_formats: int) -> str:
    """A cell at a place."""
    kind = draw(st.sampled_from("nnnnnnnnnnnnnnnsssssssssiiiibbbeeffFggoodddx"))
    value = f"<v>{draw(st.sampled_from(NUMBERS))}</v>"
    attributes = {"r": at, "s": str(draw(st.integers(0, known_formats - 1)))}
    if draw(st.booleans()):
        del attributes["s"]
    match kind:
        case "s":
            attributes["t"], value = "s", f"<v>{draw(st.integers(0, known_texts - 1))}</v>"
        case "i":
            attributes["t"], value = "inlineStr", f"<is>{draw(rich_text())}</is>"
        case "b":
            attributes["t"], value = "b", f"<v>{draw(st.sampled_from(('0', '1', 'true', 'false')))}</v>"
        case "e":
            attributes["t"], value = "e", f"<v>{draw(st.sampled_from(('#N/A', '#REF!', '#SPILL!')))}</v>"
        case "f":
            value = draw(st.sampled_from(("<f>A1</f>", '<f t="shared" si="0"/>'))) + value
        case "F":
            value = '<f>A1&amp;"x"</f>' + draw(st.sampled_from(("", "<v/>", "<v></v>")))
        case "g":
            attributes["t"], value = "str", f"<f>T(1)</f><v>{escape(draw(words))}</v>"
        case "o":
            value = draw(st.sampled_from(("", "<v/>", "<v> </v>", "<extLst><ext><x/></ext></extLst>")))
        case "d":
            attributes["t"], value = "d", f"<v>{draw(st.sampled_from(('2024-05-06', '2024-05-06T07:08:09')))}</v>"
        case "x":
            value = draw(
                st.sampled_from(
                    ("<v>1</v><v>2</v>", "<w>1</w>", "1", "<v>x</v>", "<v>1<!-- --></v>", "<is><t>1</t></is>")
                )
            )
    for extra in draw(st.sets(st.sampled_from(("cm", "vm", "ph")), max_size=1)):
        attributes[extra] = "1"
    return _tag("c", attributes, value, draw(st.permutations(list(attributes))))


def _tag(name: str, attributes: dict[str, str], body: str, order: Any = None) -> str:
    told = "".join(f' {one}="{attributes[one]}"' for one in order or attributes)
    return f"<{name}{told}>{body}</{name}>" if body else f"<{name}{told}/>"


@st.composite
def sheets(draw: st.DrawFn, sheet: str, known_texts: int, known_formats: int) -> str:
    """A whole sheet: its columns in some order and at some places, others between them, some rows."""
    headers = [*SHEETS[sheet][1], *draw(st.lists(st.sampled_from(("Notas", "Extra", "")), max_size=2))]
    headers = draw(st.permutations(headers))
    first = draw(st.sampled_from((1, 1, 1, 2, 25, 700)))
    places = {first + number: header for number, header in enumerate(headers)}
    numbers = draw(st.lists(st.integers(2, 40), max_size=6, unique=True).map(sorted))
    if numbers and draw(st.integers(0, 19)) == 0:
        numbers = draw(st.sampled_from((numbers[::-1], [*numbers, numbers[-1]], [*numbers, 1_048_576])))
    rows = ["".join(_header(letters_of(place) + "1", text) for place, text in places.items() if text)]
    for number in numbers:
        held = draw(st.lists(st.sampled_from(sorted(places)), unique=True, max_size=len(places)).map(sorted))
        if draw(st.booleans()):
            held = sorted(places)
        rows.append("".join(draw(cells(f"{letters_of(place)}{number}", known_texts, known_formats)) for place in held))
    between = draw(st.sampled_from(("", "", "", "\n  ", '<!-- <row r="3"> -->', "<?x y?>")))
    attributes = draw(st.sampled_from(("", "", ' spans="1:9" ht="15"', ' hidden="1"', ' s="1" customFormat="1"')))
    body = between.join(
        f'<row r="{number}"{attributes}>{cells}</row>' for number, cells in zip([1, *numbers], rows, strict=True)
    )
    xml = (
        f'<worksheet xmlns="{MAIN}"><sheetPr/><cols><col min="1" max="2" hidden="1"/></cols><sheetData>{body}'
        '</sheetData><autoFilter ref="A1:C9"/></worksheet>'
    )
    return draw(st.sampled_from((_as_it_is, _as_it_is, _without_references, _prefixed, _strict, _with_other_quotes)))(
        xml
    )


def _header(at: str, text: str) -> str:
    return f'<c r="{at}" t="inlineStr"><is><t>{text}</t></is></c>'


def _as_it_is(xml: str) -> str:
    return f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\r\n{xml}'


def _without_references(xml: str) -> str:
    """No row and no cell says where it stands: that follows from the order."""
    return _as_it_is(re.sub(r'(<(?:row|c)\b[^>]*?) r="[^"]*"', r"\1", xml))


def _prefixed(xml: str) -> str:
    names = (
        "worksheet",
        "sheetPr",
        "cols",
        "col",
        "sheetData",
        "row",
        "c",
        "v",
        "f",
        "is",
        "t",
        "r",
        "rPr",
        "b",
        "rPh",
        "phoneticPr",
    )
    for name in (*names, "autoFilter", "extLst", "ext"):
        for end in (" ", ">", "/"):
            xml = xml.replace(f"<{name}{end}", f"<x:{name}{end}")
        xml = xml.replace(f"</{name}>", f"</x:{name}>")
    return xml.replace("xmlns=", "xmlns:x=")


def _strict(xml: str) -> str:
    return xml.replace(MAIN, STRICT)


def _with_other_quotes(xml: str) -> str:
    return re.sub(r"<(?:row|c)\b[^>]*>", lambda tag: re.sub(r'(\w+)="([^"]*)"', r"\1 =\n'\2'", tag[0]), xml)


@st.composite
def package(draw: st.DrawFn, sheet: str, parts: dict[str, str | bytes]) -> None:
    """Changes in place where the parts lie and how they are named."""
    part = PART_OF[sheet]
    relations, workbook = str(parts[RELATIONS]), str(parts[WORKBOOK])
    match draw(
        st.sampled_from(("", "", "", "capitals", "root", "dots", "escaped", "moved", "transitional", "1904", "order"))
    ):
        case "capitals":
            parts[part.upper()] = parts.pop(part)
        case "root":
            relations = relations.replace(f'"{part[3:]}"', f'"/{part}"')
        case "dots":
            relations = relations.replace(f'"{part[3:]}"', f'"./../xl/{part[3:]}"')
        case "escaped":
            relations = relations.replace(f'"{part[3:]}"', f'"{part[3:].replace("e", "%65", 1)}"')
        case "moved":
            parts["data/a b.xml"] = parts.pop(part)
            relations = relations.replace(f'"{part[3:]}"', '"../data/a%20b.xml"')
        case "transitional":
            workbook = workbook.replace(
                OFFICE, f"{STRICT.replace('spreadsheetml/main', 'officeDocument')}/relationships"
            )
        case "1904":
            workbook = workbook.replace("<workbookPr/>", '<workbookPr date1904="1"/>')
        case "order":
            for name in list(parts)[::-1]:
                parts[name] = parts.pop(name)
    parts[RELATIONS], parts[WORKBOOK] = relations, workbook
