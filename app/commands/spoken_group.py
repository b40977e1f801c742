"""The commands' help and refusals: in the language of the reader, and with examples to type."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from typer.core import TyperCommand, TyperGroup

from app.commands.speaking import localised
from app.languages.spoken_language import VARIABLE, Language, spoken

AnyCommand = TyperCommand | TyperGroup
PROGRAM = "prodplan"
EXAMPLES = {
    "api-key": ("api-key planner --scope read", "api-key data-owner --scope read --scope ingest", "api-key --list"),
    "ask": ("ask 'prodplan/orders?overdue=true&sort=due'", "ask kpis/overview"),
    "bootstrap": ("bootstrap", "bootstrap --plant north"),
    "changes": ("changes", "changes --from-run 41 --xlsx changes.xlsx"),
    "distribute": ("distribute --plant north", "distribute --plant north --run north"),
    "doctor": ("doctor", "doctor --json"),
    "down": ("down",),
    "feature-gates": ("feature-gates", "feature-gates --out gates.json"),
    "ingest": ("ingest export.xlsx --dry-run", "ingest export.xlsx", "ingest export.xlsx --allow-rejects"),
    "inspect": ("inspect export.xlsx", "inspect export.xlsx --out profile"),
    "migrate-from-zero": ("migrate-from-zero",),
    "plant": ("plant list",),
    "plant add": ("plant add north --database-env NORTH_URL",),
    "plant export": ("plant export north --out north.zip",),
    "plant list": ("plant list", "plant list --json"),
    "plant migrate": ("plant migrate", "plant migrate --plant north"),
    "plant remove": ("plant remove north --yes north",),
    "publish": ("publish 41",),
    "retain": ("retain", "retain --keep 3"),
    "runs": ("runs --limit 5", "runs --json"),
    "sample-workbook": ("sample-workbook sample.xlsx --scale 0.01",),
    "serve": ("serve", "serve --host 0.0.0.0 --port 8080 --workers 2"),
    "settings": ("settings",),
    "slo-results": ("slo-results --requests 50",),
    "triage": ("triage",),
    "up": ("up",),
    "watch": ("watch exports", "watch exports --once"),
    "worker": ("worker", "worker --plant north"),
}
"""Examples by command; what comes first is what most people want."""
HEADINGS = (
    "ARGUMENTS_PANEL_TITLE",
    "OPTIONS_PANEL_TITLE",
    "COMMANDS_PANEL_TITLE",
    "ERRORS_PANEL_TITLE",
    "ABORTED_TEXT",
    "REQUIRED_LONG_STRING",
)
TRIED = "Veja [blue]'{command_path} {help_option}'[/]."
DEFAULT = "[predefinição: {}]"


def speak(language: Language | None) -> None:
    """Choose the language of this process and its children; None keeps the one that the environment names."""
    if language is not None:
        os.environ[VARIABLE] = language
    if spoken() is Language.PT:
        _speak_typers_words()


class SpokenGroup(TyperGroup):
    """Commands whose help and wrong usage are told in the language of the caller."""

    _is_localised = False

    def make_context(self, *given: Any, **named: Any) -> Any:
        with _usage_localised():
            return super().make_context(*given, **named)

    def invoke(self, ctx: Any) -> Any:
        with _usage_localised():
            return super().invoke(ctx)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        self._localise()
        return super().get_command(ctx, cmd_name)

    def format_help(self, ctx: Any, formatter: Any) -> None:
        self._localise()
        super().format_help(ctx, formatter)

    def _localise(self) -> None:
        """Localise the help once the language is known: `--lang` stands before the command and before `--help`."""
        if not self._is_localised:
            self._is_localised = True
            localise_help(self)


@contextmanager
def _usage_localised() -> Iterator[None]:
    try:
        yield
    except Exception as error:
        usage_message = getattr(error, "format_message", None)
        if usage_message is not None:
            error.format_message = lambda: localised(usage_message())  # type: ignore[attr-defined]
        raise


def _speak_typers_words() -> None:
    """Have typer say its own headings in Portuguese."""
    from typer import rich_utils  # here, because only help and wrong usage need it, and it takes a tenth of a start

    for name in HEADINGS:
        setattr(rich_utils, name, localised(getattr(rich_utils, name)))
    rich_utils.RICH_HELP = TRIED
    rich_utils.DEFAULT_STRING = DEFAULT


def localise_help(command: AnyCommand, path: str = "") -> None:
    """Give a command and those below it their examples, and their help the language of the reader.

    path: the words by which the command is called, without the program.
    """
    command.epilog = "\n\n".join(_examples(path)) or None
    if spoken() is Language.PT:
        command.help = paragraphs(command.help)
        context = command.context_class(command)
        command.context_class.formatter_class = _formatter(context)
        for parameter in command.get_params(context):
            if (text := getattr(parameter, "help", None)) is not None:
                parameter.help = paragraphs(text)  # type: ignore[attr-defined]
    for name, below in getattr(command, "commands", {}).items():
        localise_help(below, f"{path} {name}".strip())


def _formatter(context: Any) -> Any:
    """The formatter of the context, with the first word of its usage in the language of the reader."""

    class Localised(context.formatter_class):  # type: ignore[misc]
        def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
            super().write_usage(prog, args, prefix or f"{localised('Usage:')} ")

    return Localised


def paragraphs(text: str | None) -> str | None:
    """A help text in the language of the reader, paragraph by paragraph."""
    if text is None:
        return None
    return "\n\n".join(localised(" ".join(one.split())) for one in text.split("\n\n"))


def _examples(path: str) -> Iterator[str]:
    examples = EXAMPLES.get(path, ())
    if examples:
        yield localised("Examples:")
    yield from (f"{PROGRAM} {example}" for example in examples)
