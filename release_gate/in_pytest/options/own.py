"""The gate's own options of pytest."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from release_gate.in_pytest.options.invocation import criteria_in
from release_gate.in_pytest.options.requests import option_names
from release_gate.rules.language import Language
from release_gate.rules.spoken import spoken_in
from release_gate.telling.help_texts import help_in

FLAGS = {
    "gate_release": "judge for a real release: a dirty tree or sample data is refused",
    "gate_keep_going": "run every criterion although a critical check failed before it",
}
SHORT_FORMS = {"--release": "gate_release", "--keep-going": "gate_keep_going"}


def add_options(parser: pytest.Parser) -> None:
    """Add those that no other plugin has, with their help in the reader's language."""
    group, language = parser.getgroup("release_gate", "release gate"), _language_of_help()
    for dest, text in FLAGS.items():
        shown = help_in(language, text)
        group.addoption(f"--{dest.replace('_', '-')}", dest=dest, action="store_true", default=False, help=shown)
    criteria = "run these criteria alone: a shard, which `python3 -m release_gate merge` joins with the others"
    group.addoption("--gate-criteria", type=criteria_in, default=None, metavar="A,B", help=help_in(language, criteria))
    spoken = "the language of terminal and documents (default: RELEASE_GATE_LANG, else the locale)"
    group.addoption("--gate-lang", choices=[*map(str, Language)], default=None, help=help_in(language, spoken))


def add_short_forms(parser: pytest.Parser) -> None:
    """Add --release and --keep-going, unless a plugin or a conftest.py has an option of that name."""
    taken, language = option_names(parser), _language_of_help()
    for name in (name for name in SHORT_FORMS if name not in taken):
        text = help_in(language, f"the same as --gate-{name.removeprefix('--')}")
        parser.getgroup("release_gate").addoption(
            name, dest=SHORT_FORMS[name], action="store_true", default=False, help=text
        )


def _language_of_help() -> Language:
    """The reader's language where pytest is asked for its help; nobody else pays for looking."""
    return spoken_in(Path.cwd(), sys.argv) if {"-h", "--help"}.intersection(sys.argv) else Language.EN
