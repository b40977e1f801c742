"""Options of pytest that change a run whatever a project declares."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

NARROWED = "NARROWED"
HARMFUL: Mapping[str, tuple[str, str]] = {
    "-k": (NARROWED, "selects checks by name"),
    "--deselect": (NARROWED, "leaves checks out"),
    "--ignore": (NARROWED, "leaves files out"),
    "--ignore-glob": (NARROWED, "leaves files out"),
    "--last-failed": (NARROWED, "runs only what failed before"),
    "--failed-first": (NARROWED, "runs checks in another order"),
    "--new-first": (NARROWED, "runs checks in another order"),
    "--stepwise": (NARROWED, "stops at a failure and goes on from there"),
    "--maxfail": (NARROWED, "stops before every check has run"),
    "--reruns": (NARROWED, "runs failed checks again: a flaky check is a failing check"),
    "--setup-only": (NARROWED, "runs no check"),
    "--setup-plan": (NARROWED, "runs no check"),
    "--pdb": (NARROWED, "lets a person change what happens"),
    "--trace": (NARROWED, "stops in a debugger before each check, which may then never run"),
    "--runxfail": ("CHANGED", "makes an expected failure an ordinary result"),
    "--noconftest": ("CHANGED", "leaves out the fixtures and hooks of every conftest.py"),
    "--assert": ("CHANGED", "takes expected and found values out of failures"),
    "--benchmark-disable": ("CHANGED", "measures nothing"),
    "--benchmark-skip": ("CHANGED", "skips every check that measures"),
    "--benchmark-only": ("CHANGED", "skips every check that does not measure"),
    "--looponfail": ("CHANGED", "runs failed checks again and never ends"),
    "--forked": ("CHANGED", "runs each check in a process of its own, whose state is lost"),
    "--disable-plugin-autoload": ("CHANGED", "keeps the project's plugins from being loaded"),
    "--log-disable": ("CHANGED", "hides log messages that a check may look for"),
    "--config-file": ("CHANGED", "takes another configuration than the project's own"),
}
"""The options, with a problem's code and their effect."""

OTHER_NAMES = {
    "-x": "--maxfail",
    "--exitfirst": "--maxfail",
    "--lf": "--last-failed",
    "--ff": "--failed-first",
    "--nf": "--new-first",
    "--sw": "--stepwise",
    "--sw-skip": "--stepwise",
    "--stepwise-skip": "--stepwise",
    "--sw-reset": "--stepwise",
    "--stepwise-reset": "--stepwise",
    "--setuponly": "--setup-only",
    "--setupplan": "--setup-plan",
    "-f": "--looponfail",
    "-c": "--config-file",
}
SHOWS = "only shows something: no check would run"
NEVER = {
    **{name: effect for name, (_, effect) in HARMFUL.items()},
    **{name: HARMFUL[other][1] for name, other in OTHER_NAMES.items()},
    **dict.fromkeys(("--collect-only", "--co", "--fixtures", "--funcargs", "--fixtures-per-test", "--markers"), SHOWS),
    **dict.fromkeys(("--cache-show", "--help", "-h", "--version", "-V"), SHOWS),
    "-m": "selects other tests than the gate's",
    "no:release_gate": "switches the release gate off",
    "no:release_gate_session": "switches the release gate off",
    "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "keeps the project's plugins from being loaded",
    "PYTHONOPTIMIZE": "leaves out assert statements",
}
"""Effects by every name under which a project might declare one as harmless."""
WITH_VALUE = frozenset({"-k", "-m", "-c"})
"""Short ones, whose value may follow at once: `-kwater`."""
WITHOUT_EFFECT = "--maxfail=0"
"""The one value of them that changes nothing."""


def faults_of_options(allowed: Sequence[str]) -> Iterator[tuple[int, str]]:
    """The place of each declared option that is refused all the same, and why."""
    for index, option in enumerate(allowed):
        name = option.strip().removeprefix("-p ").replace("=", " ").partition(" ")[0]
        short = name[:2] if name[:2] in WITH_VALUE else name
        effect = NEVER.get(short) if option != WITHOUT_EFFECT else None
        if effect is not None:
            yield index, f'"{option}" {effect}, so it is refused whatever is declared: take it out.'
