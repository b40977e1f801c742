"""Each command's help is whole in both languages and has examples that can be typed."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator

import pytest
from typer.main import get_command

from app.commands.cli import app
from app.commands.spoken_group import EXAMPLES, PROGRAM, AnyCommand, paragraphs
from app.languages.sentences import CATALOGUES, in_portuguese, of_file
from tests.error_codes.sentences import ROOT
from tests.unit.commands.test_speaking import command

ROOT_COMMAND: AnyCommand = get_command(app)  # type: ignore[assignment]
OF_TYPER = {"Usage:", "Options", "Arguments", "Commands", "Error", "Aborted.", "[required]", "Examples:"}


def commands(found: AnyCommand = ROOT_COMMAND, path: str = "") -> Iterator[tuple[str, AnyCommand]]:
    yield path, found
    for name, below in getattr(found, "commands", {}).items():
        yield from commands(below, f"{path} {name}".strip())


def texts_of(found: AnyCommand) -> list[str]:
    """The paragraphs of its help and of its options' and arguments'."""
    options = found.get_params(found.context_class(found))
    helps = [found.help, *(getattr(parameter, "help", None) for parameter in options)]
    return [" ".join(one.split()) for text in helps if text for one in text.split("\n\n")]


PATHS = [path for path, _ in commands()]


@pytest.mark.parametrize("path", PATHS)
def test_help_has_portuguese(path: str) -> None:
    texts = texts_of(dict(commands())[path])
    assert texts
    assert [text for text in texts if in_portuguese(text) == text] == []


def test_catalogue_has_no_text_that_no_help_shows() -> None:
    of_pytest = set(re.findall(r'said\(language, "([^"]+)"\)', (ROOT / "conftest.py").read_text("utf-8")))
    assert len(of_pytest) == 3
    shown = {text for _, found in commands() for text in texts_of(found)} | OF_TYPER | of_pytest
    assert sorted(of_file(CATALOGUES / "help.toml").keys() - shown) == []


def test_paragraphs_stay_apart() -> None:
    assert paragraphs("One\nline.\n\nAnother.") == "One line.\n\nAnother."
    assert paragraphs(None) is None


def test_each_command_has_examples_that_it_can_read() -> None:
    assert EXAMPLES.keys() == set(PATHS) - {""}
    by_path = dict(commands())
    for path, examples in EXAMPLES.items():
        for example in examples:
            words = shlex.split(example)
            called = max((known for known in PATHS if words[: len(known.split())] == known.split()), key=len)
            found, given = by_path[called], words[len(called.split()) :]
            assert called.startswith(path)
            if example not in by_path:
                # `exists` of a folder is looked at too; these names of files are only examples.
                found.make_parser(found.context_class(found)).parse_args(given)


@pytest.mark.parametrize("arguments", [["--help"], ["plant"], ["ingest", "--help"], ["plant", "add", "--help"]])
@pytest.mark.parametrize("way", ["option", "variable"])
def test_help_is_shown_in_portuguese_with_examples(arguments: list[str], way: str) -> None:
    spoken = (["--lang", "pt"], {}) if way == "option" else ([], {"PRODPLAN_LANG": "pt"})
    done = command(*arguments, *spoken[0], **spoken[1])
    shown = done.stdout + done.stderr
    assert "Uso: " in shown
    assert "Opções" in shown
    assert "Mostra este texto e termina." in shown
    assert "[default" not in shown
    assert not {"Usage", "Options", "Show this message"} & {word for word in shown.split("  ") if word}
    assert ("Exemplos:" in shown, f"{PROGRAM} {arguments[0]}" in shown) == (arguments != ["--help"],) * 2


def test_completion_is_of_the_program_however_it_is_called() -> None:
    shown = command("--show-completion", "bash").stdout
    assert "_PRODPLAN_COMPLETE=complete_bash" in shown
    assert f"-F _prodplan_completion {PROGRAM}" in shown


def test_help_without_a_language_is_english() -> None:
    shown = command("ingest", "--help").stdout
    assert "Usage: " in shown
    assert "Examples:" in shown
    assert "prodplan ingest export.xlsx --dry-run" in shown
