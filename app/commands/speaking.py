"""The language of the commands: what people read is Portuguese or English; codes, names and JSON are English."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from typer.core import TyperGroup

from app.languages.sentences import said
from app.languages.spoken_language import VARIABLE, Language, spoken

OPTION = "--lang"


def localised(sentence: str) -> str:
    """The sentence, heading or word in the language of this command."""
    return said(spoken(), sentence)


def speak(language: Language | None) -> None:
    """Choose the language of this process and its children; None keeps the one that the environment names."""
    if language is not None:
        os.environ[VARIABLE] = language
    if spoken() is Language.PT:
        from typer import rich_utils

        rich_utils.ERRORS_PANEL_TITLE = "Erro"
        rich_utils.RICH_HELP = "Veja [blue]'{command_path} {help_option}'[/]."


def language_first(arguments: Sequence[str]) -> list[str]:
    """The arguments with `--lang` before the command, wherever it was given: `make ingest ARGS="--lang pt"`."""
    end = arguments.index("--") if "--" in arguments else len(arguments)
    given, rest = list(arguments[:end]), list(arguments[end:])
    for place, argument in enumerate(given):
        width = 2 if argument == OPTION else 1
        if argument == OPTION or argument.startswith(f"{OPTION}="):
            return [*given[place : place + width], *given[:place], *given[place + width :], *rest]
    return list(arguments)


class SpokenGroup(TyperGroup):
    """Commands whose wrong usage is told in the language of the caller."""

    def make_context(self, *given: Any, **named: Any) -> Any:
        with _usage_localised():
            return super().make_context(*given, **named)

    def invoke(self, ctx: Any) -> Any:
        with _usage_localised():
            return super().invoke(ctx)


@contextmanager
def _usage_localised() -> Iterator[None]:
    try:
        yield
    except Exception as error:
        told = getattr(error, "format_message", None)
        if told is not None:
            error.format_message = lambda: localised(told())  # type: ignore[attr-defined]
        raise
