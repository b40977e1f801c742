"""Runs to render as pages: one for each verdict, with each kind of chart, a waiver, and texts that contain HTML."""

from __future__ import annotations

from typing import Any

from tests.plugin.paged import PageInput

HOSTILE = "<script>alert(1)</script>\"' onload=x </code></details><img src=//evil> {{ 7*7 }} \u202e\x1b[31m"
KETTLE = {"type": "builtins.OSError", "message": "the pipe burst at 3 bar", "category": None, "fix": None}
EXPECTATION = {"claim": "The water boils", "expected": "100", "actual": "97", "unit": "°C", "source": "thermometer"}
SECTIONS: list[dict[str, Any]] = [
    {
        "title": {"en": "Water", "pt": "Água"},
        "summary": "Where it went",
        "blocks": [
            {"type": "note", "text": "A note", "tone": "warn"},
            {
                "type": "flow",
                "title": "Flow",
                "unit": "l",
                "rows": [
                    {
                        "label": "Kettle",
                        "steps": [{"label": "in", "value": 1000}, {"label": "heated", "value": 1000}],
                        "ends": [
                            {"label": "poured", "value": 900, "tone": "good"},
                            {"label": "spilt", "value": 100, "tone": "bad"},
                        ],
                    }
                ],
            },
            {
                "type": "bars",
                "title": "Levels",
                "most": 100,
                "unit": "%",
                "rows": [
                    {
                        "label": "full",
                        "value": 97.5,
                        "status": "OPEN",
                        "tone": "good",
                        "marks": [{"label": "min", "value": 90}],
                    },
                    {"label": "unknown", "value": None},
                ],
            },
            {
                "type": "distributions",
                "title": "Times",
                "unit": "ms",
                "scale": "log",
                "rows": [
                    {
                        "label": "boil",
                        "edges": [1, 10, 100],
                        "counts": [3, 1],
                        "earlier": [1, 3],
                        "marks": [{"label": "target", "value": 400}],
                    }
                ],
            },
            {
                "type": "split",
                "title": "Split",
                "unit": "ms",
                "rows": [
                    {"label": "all", "parts": [{"label": "heating", "value": 455}, {"label": "cooling", "value": 15}]}
                ],
            },
            {
                "type": "tree",
                "title": "Tree",
                "roots": [{"label": "root", "value": 2, "tone": "bad", "below": [{"label": "leaf", "detail": "deep"}]}],
            },
            {
                "type": "table",
                "title": "Cells",
                "columns": ["a", "b"],
                "rows": [["x", 12345.678], [None, 3]],
                "left_out": 2,
            },
        ],
    }
]
EARLIER = [
    {
        "run_id": f"20251231_00000{number}",
        "state": "judged",
        "verdict": verdict,
        "line": verdict,
        "started_at": "",
        "commit": "c" * 40,
        "passed": ["A1"],
        "failed": failed,
    }
    for number, (verdict, failed) in enumerate([("FAIL", ["B1"]), ("PASS", [])])
]
KEPT = {
    "schema_version": 1,
    "facts": [{"label": "rows", "value": 49919}],
    "sections": SECTIONS,
    "earlier": EARLIER,
    "recurrences": [
        {"check": "B1", "root_cause": "cold", "runs": 1, "first": "r1", "last": "r1", "gone_since": None},
    ],
    "unstable": [{"check": "B1", "failed": 1, "runs": 2}],
}
JUNIT = """<?xml version="1.0"?><testsuites><testsuite><testcase classname="tests.test_b_heating" name="test_b1">
<failure message="x">def test_b1():
&gt;       burst()
tests/test_b_heating.py:17: OSError</failure></testcase></testsuite></testsuites>"""
STATES = {
    "PASS": PageInput(kept=KEPT, subject={"commit": "a" * 40, "dirty": False}),
    "FAIL": PageInput(failures={"B1": {**KETTLE, "expectation": EXPECTATION}, "B2": KETTLE}, junit=JUNIT, kept=KEPT),
    "INCOMPLETE": PageInput(problems=[{"verdict": "INCOMPLETE", "code": "HOOK_FAILED", "message": "a hook raised"}]),
}
WAIVER = {"check": "B1", "reason": "the pipe comes on Monday", "approver": "Ana", "expires": "2099-12-31"}
