"""Break the tree on purpose and see the gate's checks notice: `python3 -m tests.faults [CHECK or FAULT …]`."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

from app.workbook.sample import write_sample
from tests.faults import criteria
from tests.faults.catalogue import Fault, FaultError, chosen, load
from tests.faults.clean_runs import clean_run, clean_runs, keep
from tests.faults.page import remember, remembered, write_pages
from tests.faults.proving import Proof, prove, run_tests

SCALE, SEED = 0.01, 7


def main(arguments: list[str] | None = None) -> int:
    """Exit code: 0 all seen (or the control passed), 1 one was not, 2 wrong usage."""
    parser = argparse.ArgumentParser(prog="python3 -m tests.faults", description=__doc__)
    parser.add_argument("names", nargs="*", help="checks or ids of faults; all without")
    parser.add_argument("--quick", action="store_true", help="only those that are quick")
    parser.add_argument("--control", action="store_true", help="run their tests without any fault: all must pass")
    parser.add_argument("--together", action="store_true", help="all in one copy, for faults that do not interfere")
    parser.add_argument("--list", action="store_true", help="name them and end")
    parser.add_argument("--clean", type=int, metavar="N", help="run all acceptance tests N times without any fault")
    parser.add_argument("--busy", type=int, default=0, metavar="N", help="with --clean: beside N computing processes")
    parser.add_argument("--seed", type=int, metavar="N", help="with --clean: the first run's seed, to repeat a run")
    given = parser.parse_args(arguments)
    if given.clean is not None:
        first = given.seed or max((run.seed for run in clean_runs()), default=100) + 1
        return run_clean(range(first, first + given.clean), given.busy)
    try:
        faults = load()
        wanted = [fault for fault in chosen(faults, given.names) if fault.quick or not given.quick]
    except FaultError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    if given.list:
        sys.stdout.writelines(f"{fault.id}: {fault.story}\n" for fault in wanted)
        return 0
    with tempfile.TemporaryDirectory(prefix="proof_workbook_") as folder:
        workbook = Path(folder) / "sample.xlsx"
        write_sample(workbook, scale=SCALE, seed=SEED)
        if given.control:
            return control(wanted, workbook)
        return prove_all(faults, [wanted] if given.together else [[fault] for fault in wanted], workbook)


def prove_all(faults: list[Fault], batches: list[list[Fault]], workbook: Path) -> int:
    """Try the faults of each batch in one copy; results are kept at once. Writes both pages."""
    criteria.write()
    proofs: list[Proof] = []
    for batch in batches:
        try:
            found = prove(batch, workbook)
        except FaultError as error:
            found = [Proof(fault.id, False, str(error), "", "", 0.0) for fault in batch]
        proofs += found
        remember(faults, found)
        for proof in found:
            sys.stdout.write(f"{proof.fault}: {proof.told} ({proof.seconds} s) {proof.category} {proof.root_cause}\n")
        sys.stdout.flush()
    unseen = sum(not proof.seen for proof in proofs)
    sys.stdout.write(f"{len(proofs) - unseen} of {len(proofs)} faults seen\n")
    return 1 if unseen else 0


def run_clean(seeds: Iterable[int], busy: int) -> int:
    """Run the acceptance tests without a fault once with each seed. Writes the page."""
    faults = load()
    failed = 0
    for seed in seeds:
        run = clean_run(seed, busy)
        keep(run)
        write_pages(faults, remembered())
        failed += bool(run.failed)
        told = "; ".join(run.failed) or "no false alarm"
        sys.stdout.write(f"seed {seed}, {run.checks} checks, {run.seconds} s: {told}\n")
        sys.stdout.flush()
    return 1 if failed else 0


def control(wanted: list[Fault], workbook: Path) -> int:
    """Run the same tests without any fault; all must pass."""
    entries, output = run_tests([], workbook, [test for fault in wanted for test in fault.tests])
    failed = [f"{entry['check']}: {entry.get('root_cause')}" for entry in entries if entry["outcome"] != "passed"]
    sys.stdout.write("\n".join([*failed, f"{len(entries) - len(failed)} of {len(entries)} passed without a fault", ""]))
    if not entries:
        sys.stdout.write(output)
    return 1 if failed or not entries else 0


if __name__ == "__main__":
    sys.exit(main())
