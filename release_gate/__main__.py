"""The release gate's commands: any Python may start them, and goes on in the project's environment."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from release_gate.environment import enter


def main(arguments: Sequence[str] | None = None) -> None:
    """Parse, run, exit."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    enter(given)
    from release_gate.commands.command_line import executed

    raise SystemExit(executed(given))


if __name__ == "__main__":
    main()
