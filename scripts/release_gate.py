"""Print the latest gate run's verdict and exit by it, if it is of this checkout; otherwise say so and run the gate.

Outside the project's environment it goes on inside it, or says how to make one.
"""

import json
import os
import sys

from commands import inside, run
from setup_environment import ROOT


def standing():
    """(the latest result or None, why it does not stand for this checkout or None)."""
    from pathlib import Path

    from release_gate.rules.declaration import load
    from release_gate.sealing.folders import latest
    from release_gate.sealing.result import NAME
    from release_gate.sealing.verifying import Wanted, verify

    declaration = load(Path(ROOT))
    folder = latest(declaration)
    if folder is None:
        return None, "No gate run is on disk."
    try:
        result = json.loads((folder / NAME).read_text(encoding="utf-8"))
        verdict = result["verdict"]
    except (OSError, ValueError, KeyError) as error:
        return None, "The result of " + folder.name + " cannot be read: " + str(error)
    refused = verify(folder / NAME, declaration, Wanted(allow_sample=True))
    # A verdict other than PASS is what is asked for here, so it is no reason to doubt the result.
    reasons = [reason for reason in refused if reason != "The verdict is " + verdict + ", not PASS."]
    return result, reasons[0] if reasons else None


def expected(result):
    """The duration of a run on this machine, by the latest one; without any, that of a quiet laptop."""
    from datetime import datetime

    try:
        took = datetime.fromisoformat(result["finished_at"]) - datetime.fromisoformat(result["started_at"])
    except (TypeError, KeyError, ValueError):
        return "about two minutes, more on a busy machine or with a whole factory's workbook"
    minutes, seconds = divmod(int(took.total_seconds()), 60)
    return "about " + (str(minutes) + " min " if minutes else "") + str(seconds) + " s, as the latest run did"


def main():
    """Print the standing verdict and exit by it, or run the gate."""
    # This file has the package's name: its folder must not be searched for the package.
    folder = os.path.dirname(os.path.abspath(__file__))
    sys.path[:] = [ROOT] + [entry for entry in sys.path if os.path.abspath(entry or ".") != folder]
    from release_gate.rules.declaration import DeclarationError
    from release_gate.rules.model import EXIT_CODES, Verdict
    from release_gate.telling.reports import verdict_line

    try:
        result, reason = standing()
    except DeclarationError as error:
        sys.stderr.write(str(error) + "\n")
        sys.exit(EXIT_CODES[Verdict.MISCONFIGURED])
    if reason is None:
        sys.stdout.write(verdict_line(result) + ", by run " + result["run_id"] + " of this checkout.\n")
        sys.exit(EXIT_CODES[Verdict(result["verdict"])])
    sys.stdout.write(
        "No standing verdict: "
        + reason
        + " Running the gate now, as `make prod-ready` does; it takes "
        + expected(result)
        + ". Ctrl-C stops it.\n"
    )
    sys.stdout.flush()
    run("prod-ready", sys.argv[1:], sys.executable)


if __name__ == "__main__":
    python = inside()
    if python != sys.executable:
        os.execv(python, [python, os.path.abspath(__file__)] + sys.argv[1:])
    main()
