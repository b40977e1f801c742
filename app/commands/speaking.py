"""The language of the commands: what people read is Portuguese or English; codes, names and JSON are English."""

from __future__ import annotations

from collections.abc import Sequence

from app.languages.sentences import said
from app.languages.spoken_language import spoken

OPTION = "--lang"


def localised(sentence: str) -> str:
    """The sentence, heading or word in the language of this command."""
    return said(spoken(), sentence)


def language_first(arguments: Sequence[str]) -> list[str]:
    """The arguments with `--lang` before the command, wherever it was given: `make ingest ARGS="--lang pt"`."""
    end = arguments.index("--") if "--" in arguments else len(arguments)
    given, rest = list(arguments[:end]), list(arguments[end:])
    for place, argument in enumerate(given):
        width = 2 if argument == OPTION else 1
        if argument == OPTION or argument.startswith(f"{OPTION}="):
            return [*given[place : place + width], *given[:place], *given[place + width :], *rest]
    return list(arguments)
