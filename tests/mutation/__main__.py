"""Change the pure parts at random and see the unit tests fail: `python3 -m tests.mutation [MODULE …]`."""

from __future__ import annotations

import argparse
import sys

from tests.mutation.explained import complaints, explained
from tests.mutation.page import LEAST_KILLED_PERCENT, Measured, keep, row, rows
from tests.mutation.running import Mutant, MutationError, declared_modules, run


def main(arguments: list[str] | None = None) -> int:
    """Exit code: 0 all as explained and enough killed, 1 not so, 2 the tool could not run."""
    parser = argparse.ArgumentParser(prog="python3 -m tests.mutation", description=__doc__)
    parser.add_argument("modules", nargs="*", help="such as app.ingestion.guards; all without")
    parser.add_argument("--children", type=int, help="mutants that are tried at once; one for each core without")
    given = parser.parse_args(arguments)
    modules = given.modules or declared_modules()
    sys.stdout.write(f"mutmut tries the mutants of {len(modules)} modules. This takes minutes.\n")
    sys.stdout.flush()
    try:
        mutants = run(modules, given.children)
    except MutationError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return judged(mutants, modules)


def judged(mutants: list[Mutant], modules: list[str]) -> int:
    """Print the table and what is wrong; figures that are right are kept."""
    measured = Measured(tuple(rows(mutants, modules)))
    sys.stdout.writelines(f"{row(one)}\n" for one in (*measured.modules, measured.total))
    wrong = complaints(mutants, [one for one in explained() if one.module in modules])
    few = [one.module for one in measured.modules if not one.is_enough]
    wrong += [f"{module}: less than {LEAST_KILLED_PERCENT} % of its mutants are killed." for module in few]
    sys.stdout.writelines(f"{sentence}\n" for sentence in wrong)
    if not wrong:
        keep(measured)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
