"""The language of a command or of pytest's help, before a run begins."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from release_gate.rules.declaration import DeclarationError, load
from release_gate.rules.language import Language, language_of, named_language


def spoken_in(root: Path, arguments: Sequence[str]) -> Language:
    """The language that the arguments name, else that of the environment; the project's variable counts if its
    declaration can be read."""
    try:
        declaration = load(root)
    except (DeclarationError, OSError):
        declaration = None
    variable = declaration.language_variable if declaration else ""
    return named_language(arguments) or language_of(os.environ, variable)
