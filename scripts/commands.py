"""The commands of the project, in one place: Makefile, tox, CI and the scripts beside this file all start them here.

`python3 scripts/commands.py NAME [ARGUMENT ...]` sets the environment up when it has to and runs the command in it.
Any Python may start this file (see setup_environment.py for what that forbids).
"""

import os
import sys

import setup_environment
from setup_environment import ROOT

APP, GATE = ("-m", "app"), ("-m", "release_gate")
LINT_IMPORTS = "import sys; from importlinter.cli import lint_imports_command as main; sys.exit(main())"
COMMANDS = {
    "setup": [],
    "prod-ready": [GATE + ("run", "--")],
    "test": [
        ("-m", "pytest", "-p", "tests.failures_at_once", "-p", "tests.kept_collection")
        + ("-m", "not prod_ready", "-n", "2", "--dist", "worksteal")
    ],
    "check": [("-m", "tests.acceptance")],
    "proof": [("-m", "tests.faults")],
    "mutation": [("-m", "tests.mutation")],
    "chaos": [("-m", "tests.chaos")],
    "gate-wheel": [("-m", "pytest", "tests/plugin/installed_alone.py")],
    "backend-wheel": [("-m", "pytest", "tests/integration/installed_backend.py")],
    "fuzz": [("-m", "tests.corpus.fuzzing")],
    "corpus": [("-m", "pytest", "-q", "--every-case", "tests/integration/corpus/test_four_ways.py")],
    "look": [("-m", "tests.browser")],
    "lint": [("-m", "ruff", "check", "."), ("-m", "ruff", "format", "--check", ".")],
    "types": [("-m", "mypy"), ("-m", "mypy", "scripts/environment")],
    "imports": [("-c", LINT_IMPORTS, "--config", "import_contracts.toml")],
    "format": [("-m", "ruff", "check", "--fix", "."), ("-m", "ruff", "format", ".")],
    "verify": [GATE + ("verify",)],
    "triage": [(os.path.join(ROOT, "scripts", "triage_errors.py"),)],
    "triage-of-run": [GATE + ("triage",)],
    "release-gate": [(os.path.join(ROOT, "scripts", "release_gate.py"),)],
}
for name in (
    "bootstrap",
    "up",
    "down",
    "serve",
    "worker",
    "ingest",
    "inspect",
    "publish",
    "watch",
    "retain",
    "runs",
    "changes",
    "ask",
    "plant",
    "doctor",
    "migrate-from-zero",
    "feature-gates",
    "slo-results",
    "sample-workbook",
    "api-key",
):
    COMMANDS[name] = [APP + (name,)]


PATH_OPTIONS = ("--workbook", "--out", "--reports", "--into")
"""Options whose value is a file or folder, which need not exist yet."""


def from_root(arguments):
    """The arguments as they must be given in the project's folder: files are named from the caller's own, or from ~."""
    try:
        elsewhere = os.path.realpath(os.getcwd()) != os.path.realpath(ROOT)
    except OSError:
        setup_environment.stop("The present folder does not exist any more: change to another, then run this again.")
    told = []
    for argument in arguments:
        option, equals, value = argument.partition("=")
        if equals and option in PATH_OPTIONS:
            told.append(option + "=" + os.path.abspath(os.path.expanduser(value)))
            continue
        path = os.path.expanduser(argument)
        is_value = bool(told) and told[-1] in PATH_OPTIONS
        names_workbook = elsewhere and (os.path.exists(path) or path.lower().endswith(".xlsx"))
        is_path = is_value or os.path.isfile(path) or names_workbook
        told.append(os.path.abspath(path) if is_path and not path.startswith("-") else path)
    return told


def workbook_from_root():
    """Make PRODPLAN_WORKBOOK absolute where it names a file from the caller's own folder."""
    path = os.path.expanduser(os.environ.get("PRODPLAN_WORKBOOK", ""))
    if os.path.isfile(path):
        os.environ["PRODPLAN_WORKBOOK"] = os.path.abspath(path)


def inside():
    """The interpreter to use: this one if the project is installed in it, else `.venv`'s if it is ready.

    Ends the program with one sentence if neither can be used.
    """
    if sys.version_info >= setup_environment.OLDEST:
        from importlib.metadata import PackageNotFoundError, distribution

        try:
            distribution("prodplan")
            return sys.executable
        except PackageNotFoundError:
            pass
    if setup_environment.ready():
        return setup_environment.PYTHON
    setup_environment.stop("The environment is missing or out of date: run `make prod-ready` (or `make setup`) first.")


def run(name, arguments, python):
    """Run a command and become its last step; the exit code is the command's own."""
    arguments = from_root(arguments)
    workbook_from_root()
    os.chdir(ROOT)
    steps = COMMANDS[name]
    if not steps:
        return
    for step in steps[:-1]:
        import subprocess

        code = subprocess.call([python] + list(step))
        if code:
            sys.exit(code)
    os.execv(python, [python] + list(steps[-1]) + arguments)


def main():
    """Carry out what `python3 scripts/commands.py` was given."""
    if len(sys.argv) < 2 or sys.argv[1] not in COMMANDS:
        sys.stderr.write(
            "usage: python3 scripts/commands.py COMMAND [ARGUMENT ...]\n" + "\n".join(sorted(COMMANDS)) + "\n"
        )
        sys.exit(2)
    run(sys.argv[1], sys.argv[2:], setup_environment.ensure())


if __name__ == "__main__":
    main()
