"""The run as an in-toto Statement with the test-result predicate, for collectors of attestations.

https://github.com/in-toto/attestation/blob/main/spec/v1/statement.md and .../predicates/test-result.md (v0.1).
"""

from __future__ import annotations

import hashlib
from typing import Any

from release_gate.rules.verdict import decides

NAME = "RELEASE_GATE_RESULT.intoto.json"
STATEMENT_TYPE = "https://in-toto.io/Statement/v1"
PREDICATE_TYPE = "https://in-toto.io/attestation/test-result/v0.1"
RESULTS = {"PASS": "PASSED", "FAIL": "FAILED", "INCOMPLETE": "FAILED", "MISCONFIGURED": "FAILED"}
"""Result by verdict. The predicate has PASSED, WARNED and FAILED only; each verdict but PASS is FAILED."""


def statement(content: bytes, result: dict[str, Any]) -> dict[str, Any]:
    """The statement over the bytes of a result: subjects are the result and the commit; ours stand as `releaseGate`."""
    subjects = [{"name": "RELEASE_GATE_RESULT.json", "digest": {"sha256": hashlib.sha256(content).hexdigest()}}]
    commit = result["subject"].get("commit")
    if commit:
        subjects.append({"name": "commit", "digest": {"gitCommit": commit}})
    checks = [check for criterion in result["criteria"] for check in criterion["checks"]]
    return {
        "_type": STATEMENT_TYPE,
        "subject": subjects,
        "predicateType": PREDICATE_TYPE,
        "predicate": {
            "result": RESULTS[result["verdict"]],
            "configuration": [{"name": f"{criterion['id']} {criterion['title']}"} for criterion in result["criteria"]],
            "passedTests": [check["id"] for check in checks if check["outcome"] == "PASSED"],
            "warnedTests": [check["id"] for check in checks if check["outcome"] != "PASSED" and not decides(check)],
            "failedTests": [check["id"] for check in checks if check["outcome"] != "PASSED" and decides(check)],
            "releaseGate": {"verdict": result["verdict"], "runId": result["run_id"], "subject": result["subject"]},
        },
    }
