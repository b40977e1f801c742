"""Random changes of a text that is XML, most of which leave it so."""

from __future__ import annotations

import random

TOKENS = (
    "<v>", "</v>", "<v/>", "<c>", "</c>", '<c r="C4">', "<row>", "</row>", '<row r="5">', "<is><t>", "</t></is>", "<t>",
    "</t>", "<r>", "</r>", "<si>", "</si>", "<f>", "</f>", "<rPh>", "</rPh>", "</sheetData>", "<sheetData>", "<!--",
    "-->", "<![CDATA[", "]]>", "<?x?>", "&#49;", "&amp;", "&x;", ' t="s"', ' t="str"', ' t="n"', ' t="inlineStr"',
    ' t="b"', ' t="e"', ' t="d"', ' s="1"', ' s="2"', ' s="3"', ' s="99"', ' r="5"', ' r="A5"', "0", "1", "-", ".",
    "NULL", "_x000D_", "_x0041_", "_xD800_", " ", "\n", "\r", "\t", "é", "\U0001f600", "\uffff", "\0", ">", '"', "'",
    "e5", ' o:z="1"', ' p:z="1"', ' q:z="1"', '<o:v xmlns:o="http://o">1</o:v>', "<extLst>", "</extLst>", "1.000",
    "99999999999", "4294967296", ' xml:space="preserve"',
)  # fmt: skip


def changed_text(text: str, dice: random.Random) -> str:
    """The text with one of its places left out, doubled, or replaced by a token or another place."""
    start = dice.randrange(len(text))
    end = min(len(text), start + dice.choice((0, 1, 1, 2, 4, 8, 20, 60)))
    if dice.random() < 0.5:  # whole elements, so that more of what comes is XML
        start = max(text.rfind("<", 0, start + 1), 0)
        end = text.find(">", end) + 1 or len(text)
    other = dice.randrange(len(text))
    match dice.randrange(6):
        case 0:
            return text[:start] + text[end:]
        case 1:
            return text[:end] + text[start:end] + text[end:]
        case 2:
            return text[:start] + dice.choice(TOKENS) + text[end:]
        case 3:
            return text[:start] + dice.choice(TOKENS) + text[start:]
        case 4:
            return text[:start] + text[other : other + end - start] + text[end:]
    at = text.find("<v>", start) + 3
    return text[:at] + dice.choice(TOKENS) + text[at:]
