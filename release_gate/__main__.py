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
    """Take back the folder that `python3 -m` puts first on the path.

    The judge may import no file of the judged project, such as a random.py in its root.
    """
    if __spec__ is not None and not getattr(sys.flags, "safe_path", False):
        del sys.path[0]


if __name__ == "__main__":
    _leave_out_this_folder()
    main()
