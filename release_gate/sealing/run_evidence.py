"""Compares the files of a sealed run with each other: journal, result, statement, page, artefacts."""

from __future__ import annotations

import json
from pathlib import Path

from release_gate.record.files import as_json
from release_gate.record.journal import NAME as JOURNAL
from release_gate.record.journal import JournalError
from release_gate.rules.declaration import Declaration
from release_gate.rules.model import PAGE
from release_gate.sealing import signing
from release_gate.sealing.result import NAME as RESULT
from release_gate.sealing.result import Derived, InvalidResult, from_journal, parsed
from release_gate.sealing.run_files import Unreadable, content_of, differences
from release_gate.sealing.statement import NAME as STATEMENT
from release_gate.sealing.statement import statement
from release_gate.telling.page.rendering import page

VOUCHING = frozenset({RESULT, STATEMENT, signing.NAME, PAGE})
"""Files that are verified on their own and are not artefacts."""


def faults_of_evidence(path: Path, declaration: Declaration, derived: Derived | None = None) -> list[str]:
    """Reasons why the files beside the result at `path` do not prove it; empty when they do.

    derived: what the process that wrote the files has just derived from their journal, whose hash on disk is compared
    with that of the bytes it was derived from. Without it, as for `verify`, the journal is folded anew.
    """
    folder = path.parent
    try:
        content = content_of(path)
        result = parsed(content)
    except Unreadable as error:
        return [str(error)]
    except (ValueError, RecursionError) as error:
        return [f"{path} is no result: {error}"]
    if result["finished_at"] is None:
        return ["The run did not end: it was killed, or is going on."]
    recorded = {one["path"]: one for one in result["artefacts"]}
    try:
        refused = list(differences(folder, recorded, VOUCHING))
        if any(reason.startswith(JOURNAL) for reason in refused):
            return refused
        derived = derived or from_journal(folder, declaration.root)
        run = derived.run
        if as_json(derived.result) != content:
            refused.append("The result is not the one that the journal gives.")
        if run.declaration.raw != json.loads(json.dumps(declaration.raw, default=str)):
            refused.append("The required checks have changed since that run.")
        if content_of(folder / STATEMENT) != as_json(statement(content, result)):
            refused.append(f"{STATEMENT} does not vouch for this result.")
        if content_of(folder / PAGE) != page(run, derived.result, folder):
            refused.append(f"{PAGE} is not the page of this run (`python3 -m release_gate render` makes it again).")
    except (JournalError, InvalidResult) as error:
        return [*refused, f"The journal does not bear the result out: {error}"]
    except Unreadable as error:
        return [*refused, str(error)]
    except (OSError, ValueError) as error:
        return [f"The run folder cannot be read: {error}"]
    return refused
