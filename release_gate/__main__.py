"""The entry point of the release gate's commands: any Python may start them; they continue in the project's
environment."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from release_gate.environment import enter


def main(arguments: Sequence[str] | None = None) -> None:
    """Parse the arguments, run the command, exit."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    enter(given)
    from release_gate.commands.command_line import executed

    exit_code = executed(given)
    if sys.flags.inspect:  # PYTHONINSPECT, -i: Python would ask for more code and lose the exit code
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(exit_code)
    raise SystemExit(exit_code)


if __name__ == "__main__":
    main()
