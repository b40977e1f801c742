"""The help of the gate's commands, and of its options of pytest, in the language of the reader."""

from __future__ import annotations

import argparse
import gettext
from collections.abc import Iterator

from release_gate.rules.language import Language
from release_gate.telling.in_portuguese.help import HELP, OF_ARGPARSE


def help_in(language: Language, text: str) -> str:
    """A help text, of one paragraph or several, in this language."""
    if language is Language.EN:
        return text
    return "\n\n".join(HELP.get(" ".join(one.split()), one) for one in text.split("\n\n"))


def tell_help(parser: argparse.ArgumentParser, language: Language) -> None:
    """Give the parser and those of its commands their help in this language."""
    if language is Language.EN:
        return
    gettext.dgettext = lambda domain, message: OF_ARGPARSE.get(message, message)
    for one in _parsers(parser):
        one.description = help_in(language, one.description) if one.description else None
        # argparse looked its headings up when the parser was made.
        for group in one._action_groups:
            group.title = OF_ARGPARSE.get(group.title or "", group.title)
        for action in [*one._actions, *_choices(one)]:
            if isinstance(action.help, str):
                action.help = OF_ARGPARSE.get(action.help) or help_in(language, action.help)


def _parsers(parser: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    yield parser
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            yield from action.choices.values()


def _choices(parser: argparse.ArgumentParser) -> Iterator[argparse.Action]:
    """The lines that a parser has for its commands."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            yield from action._choices_actions
