"""The table of every setting, made from the class that reads them, between two marks of docs/configuration.md."""

from __future__ import annotations

from pathlib import Path

from app.config import Settings

BEGIN, END = "<!-- settings: made by `python3 -m app settings --into FILE` -->\n", "<!-- end of settings -->\n"


class MarksMissing(Exception):
    """The file does not have exactly one place for the table."""

    code = "MARKS_MISSING"


def settings_table() -> str:
    """A Markdown table: each setting's environment variable, default and meaning, in the class's order."""
    rows = [
        f"| `{name.upper()}` | {'unset' if field.default is None else f'`{field.default}`'} | {field.description} |"
        for name, field in Settings.model_fields.items()
    ]
    return "\n".join(["| variable | default | meaning |", "|---|---|---|", *rows]) + "\n"


def with_table(text: str) -> str:
    """The text with the current table between the marks. Raises MarksMissing."""
    if text.count(BEGIN) != 1 or text.count(END) != 1 or text.index(BEGIN) > text.index(END):
        raise MarksMissing(f"There must be one line {BEGIN.strip()} and, below it, one {END.strip()}: put them there.")
    before, _, rest = text.partition(BEGIN)
    return before + BEGIN + settings_table() + END + rest.partition(END)[2]


def write_into(path: Path) -> bool:
    """Rewrite the table in a file. Returns True if it changed. Raises MarksMissing."""
    text = path.read_text(encoding="utf-8")
    current = with_table(text)
    if current != text:
        path.write_text(current, encoding="utf-8")
    return current != text
