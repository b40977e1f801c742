"""Texts: blanks, line ends, escapes, runs, tables of texts."""

from __future__ import annotations

from tests.corpus.base import MAIN, STRINGS, XML, text_cell
from tests.corpus.case import READ, REFUSED, REJECTED, Case

GROUP = "Texts"
AT = ("OrdemFabricoErros", 4, "Erro_Descricao")
SHEET = "OrdemFabricoErros"


def own(name: str, text: str, ends: str = READ, code: str = "", says: tuple[str, ...] = ()) -> Case:
    """A text that stands in its cell."""
    return cell(name, text_cell(text), ends, code, says)


def cell(name: str, xml: str, ends: str = READ, code: str = "", says: tuple[str, ...] = ()) -> Case:
    """Any cell where a description belongs."""
    rows = {AT[:2]: code} if ends == REJECTED else {}
    return Case(GROUP, name, ends, "" if rows else code, says, rows, cells={AT: xml})


def table(name: str, old: str, new: str, ends: str = READ, code: str = "", says: tuple[str, ...] = ()) -> Case:
    """A change of the table of shared texts."""
    return Case(GROUP, name, ends, code, says, edits=((STRINGS, old, new),))


def shared(name: str, index: str, ends: str = READ, says: tuple[str, ...] = ()) -> Case:
    """A shared text by its number."""
    code = "DAMAGED" if ends == REFUSED else ""
    return cell(name, f'<c r="{{at}}" t="s"><v>{index}</v></c>', ends, code, says)


A4 = (SHEET, "cell A4")
CASES = (
    own("blanks around a text", "  x  "),
    own("a line end", "a\nb"),
    own("a line end of Windows", "a\r\nb"),
    own("a carriage return alone", "a\rb"),
    own("a carriage return by its number", "a&#13;b"),
    own("a carriage return escaped", "a_x000D_b"),
    own("a carriage return and a line end, escaped", "a_x000D_\nb"),
    own("an escaped letter", "_x0041_"),
    own("an escaped escape", "_x005F_x0041_"),
    own("an escape in small digits", "_x00e9_"),
    own("an escape with a capital X, which is none", "_X0041_"),
    own("an escape with a capital X beside another", "_x0041_ _X0041_"),
    own("an escape that is none", "_x00G1_ _x41_ _x00410_"),
    own("an escape within an escape", "_x005F__x0041_"),
    own("half a pair, escaped", "_xD83D_"),
    own("a whole pair, escaped", "_xD83D__xDE00_"),
    own("the end of a row in CDATA", '<![CDATA[</row><row r="99">]]>'),
    own("a letter beyond 16 bits", "\N{GRINNING FACE}"),
    own("a zero letter, escaped", "a_x0000_b", REJECTED, "INVALID_TYPE"),
    own("a tab", "a\tb"),
    own("a backslash", "a\\b\\N\\."),
    own("the word None", "None"),
    own("quotes and commas", '"a","b";\'c\''),
    own("entities", "&lt;&amp;&gt;&quot;&#x41;"),
    own("a greater sign", "a > b"),
    own("CDATA", "<![CDATA[<v>7</v>]]>"),
    own("the words of a DTD in CDATA", "<![CDATA[<!DOCTYPE x>]]>"),
    own("a comment in the middle", "a<!-- b -->c", REFUSED, "DAMAGED", ("A4", "comment")),
    own("an instruction in the middle", "a<?b c?>d", REFUSED, "DAMAGED", A4),
    own("Excel's longest text", "x" * 32_767),
    own("a text that no cell can hold", "x" * 200_000, REFUSED, "DAMAGED", ("longer than a cell can be", *A4)),
    own("a character that XML forbids", "a\x01b", REFUSED, "DAMAGED", (SHEET,)),
    own("the last character, which XML forbids", "a\uffffb", REFUSED, "DAMAGED", (SHEET,)),
    own("decomposed accents", "e\u0301"),
    own("a byte order mark within", "a\ufeffb"),
    own("line separators of Unicode", "a\u2028b\x85c\x0bd".replace("\x0b", "")),
    cell("runs", '<c r="{at}" t="inlineStr"><is><r><t>a</t></r><r><t> b</t></r></is></c>'),
    cell("phonetic runs", '<c r="{at}" t="inlineStr"><is><t>a</t><rPh sb="0" eb="1"><t>no</t></rPh></is></c>'),
    cell("two texts in one cell", '<c r="{at}" t="inlineStr"><is><t>a</t><t>b</t></is></c>', REFUSED, "DAMAGED", A4),
    cell("a text that is not closed as it began", '<c r="{at}" t="inlineStr"><is><t>a</v></c>', REFUSED, "DAMAGED"),
    cell("a text in the element of formulas", '<c r="{at}" t="str"><f>a</f></c>', REJECTED, "INVALID_TYPE"),
    shared("a shared text of runs", "2"),
    shared("a shared text with blanks", "3"),
    shared("a shared text with escapes", "5"),
    shared("a shared text with entities", "7"),
    shared("blanks around a shared text's number", " 2 "),
    shared("zeros before a shared text's number", "0002"),
    shared("more zeros before a shared text's number than it can have", "00000000002", REFUSED, ("'00000000002'",)),
    shared("a shared text's number of letters", "x", REFUSED, (*A4, "'x'")),
    shared("a shared text's number that is negative", "-1", REFUSED, A4),
    shared("a shared text's number with a fraction", "1.0", REFUSED, A4),
    shared("a shared text's number as a power", "1e0", REFUSED, A4),
    shared("a shared text's number beyond the last", "8", REFUSED, (*A4, "'8'")),
    shared("a shared text's number beyond 32 bits", "4294967298", REFUSED, A4),
    shared("a shared text's number in foreign digits", "٢", REFUSED, A4),
    table("a table of texts that lies about its size", "<sst ", '<sst count="4294967295" uniqueCount="4294967295" '),
    table("a table of texts that says it is empty", "<sst ", '<sst count="0" uniqueCount="0" '),
    table("a comment in the table of texts", "<si><t>x</t></si>", "<!-- <si><t>y</t></si> --><si><t>x</t></si>"),
    table("a comment within a run", "<t>o</t>", "<t>o<!-- p --></t>", REFUSED, "DAMAGED", ("divides shared text 2",)),
    table("CDATA in the table of texts", "<t>x</t>", "<t><![CDATA[<x>]]></t>"),
    table(
        "an extension behind the texts", "</sst>", f"<extLst><ext><si xmlns='{MAIN}'><t>z</t></si></ext></extLst></sst>"
    ),
    table("blanks between the texts", "<si>", "\n  <si>\n "),
    table("two texts in one shared text", "<t>x</t>", "<t>x</t><t>y</t>", REFUSED, "DAMAGED", ("shared text 0",)),
    table("a shared text within a shared text", "<t>x</t>", "<si><t>x</t></si>", REFUSED, "DAMAGED"),
    table(
        "a shared text of a foreign namespace",
        "<si>",
        '<o:si xmlns:o="http://o"><t>y</t></o:si><si>',
        REFUSED,
        "DAMAGED",
    ),
    table("a foreign element in a shared text", "<t>x</t>", '<o:t xmlns:o="http://o">y</o:t>', REFUSED, "DAMAGED"),
    table("no table but another document", "<sst ", "<x><sst ", REFUSED, "DAMAGED"),
    table("a table of texts of entities", XML, f'{XML}<!DOCTYPE a [<!ENTITY b "c">]>', REFUSED, "UNSAFE_XML"),
    table("millions of blanks in a shared text", "<t>x</t>", f"<t>{' ' * 9_000_000}</t>", REFUSED, "TOO_DEMANDING"),
    table("a shared text that no cell can hold", "<t>x</t>", f"<t>{'x' * 150_000}</t>", REFUSED, "TOO_DEMANDING"),
    table("bare text in a shared text", "<t>x</t>", "x", REFUSED, "DAMAGED", ("shared text 0", "<si>")),
    table("bare text beside a shared text", "<t>x</t>", "y<t>x</t>", REFUSED, "DAMAGED", ("shared text 0", "<si>")),
    table("bare text in a run", "<r><t>o</t>", "<r>y<t>o</t>", REFUSED, "DAMAGED", ("shared text 2", "<r>")),
    table(
        "a comment in a shared text", "<t>x</t>", "<t>x<!-- y -->z</t>", REFUSED, "DAMAGED", ("divides shared text 0",)
    ),
    table(
        "an instruction in a shared text", "<t>x</t>", "<t>x<?y?>z</t>", REFUSED, "DAMAGED", ("divides shared text 0",)
    ),
    table("a comment beside a shared text", "<t>x</t>", "<!-- y --><t>x</t>"),
    Case(GROUP, "no table of texts", REFUSED, "DAMAGED", parts={STRINGS: None}),
)
