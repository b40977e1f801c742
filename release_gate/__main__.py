"""The entry point of the release gate's commands: any Python may start them; they continue in the project's
environment."""

from __future__ import annotations

import os
import sys


def main(arguments: list[str] | None = None) -> None:
    """Parse the arguments, run the command, exit."""
    # Imported only here: `_leave_out_this_folder` comes first.
    from release_gate.environment import enter

    given = sys.argv[1:] if arguments is None else arguments
    enter(given)
    from release_gate.commands.command_line import executed

    exit_code = executed(given)
    if sys.flags.inspect:  # PYTHONINSPECT, -i: Python would ask for more code and lose the exit code
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(exit_code)
    raise SystemExit(exit_code)


def _leave_out_this_folder() -> None:
    """Take this folder from the path before Python's own library: `python3 -m` and PYTHONPATH may put it there.

    The judge may import no file of the judged project, such as a random.py in its root.
    """
    try:
        here = os.path.realpath(os.getcwd())  # noqa: PTH109 pathlib is not to be imported yet
    except FileNotFoundError:
        here = ""
    library = os.path.dirname(os.__file__)  # noqa: PTH120 for the same reason
    end = sys.path.index(library) if library in sys.path else 1
    sys.path[:end] = [one for one in sys.path[:end] if one and os.path.realpath(one) != here]


if __name__ == "__main__":
    _leave_out_this_folder()
    main()
