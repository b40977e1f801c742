"""The tables on the terminal and in the document are the same."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from benchmarks.api_load.load_judgement import judged
from benchmarks.api_load.presentation import BEGIN, TITLE, as_json, as_markdown
from benchmarks.api_load.tables import shown_capacity, shown_others, shown_overload, tables_of
from benchmarks.ingestion_speed.presentation import END, put_into
from benchmarks.ingestion_speed.tables import NONE
from tests.unit.benchmarks.api_load.loaded import a_record, level_of


def test_every_part_of_a_record_has_a_table() -> None:
    record = a_record()
    assert len(tables_of(record, judged(record))) == 7


def test_overload_shows_each_level_as_a_share_of_the_best() -> None:
    levels = [level_of(10), level_of(1000, right_per_s=100.0, wrong={"500 INTERNAL": 2}, p99_ms=None)]
    rows = shown_overload(a_record(overload=levels)).rows
    assert [row[:5] for row in rows] == [
        ("10", "400", "1.00", "0", "0"),
        ("1,000", "100", "0.25", "0", "2 500 INTERNAL"),
    ]
    assert rows[1][5] == NONE
    assert shown_overload(a_record(overload=[level_of(10, right_per_s=0.0)])).rows[0][2] == NONE


def test_the_slowest_endpoint_comes_first_and_unmeasured_ones_say_why() -> None:
    rows = shown_others(a_record(failures={"/api/odd": "nothing fills it", "mix": "elsewhere"})).rows
    assert [row[0] for row in rows] == ["/api/slower", "/api/slow", "/api/odd"]
    assert rows[-1][-1] == "nothing fills it"


def test_a_capacity_says_what_limited_it() -> None:
    unlimited: dict[str, Any] = {"rate_per_s": 900.0, "failed_at_per_s": None, "limited_by": None, "tries": []}
    record = a_record(capacity={"orders-list": unlimited, "order-detail": a_record().capacity["order-detail"]})
    assert [row[4] for row in shown_capacity(record).rows] == ["nothing yet", "p95 exceeds its target"]


def test_the_document_keeps_what_people_wrote(tmp_path: Path) -> None:
    page, record = tmp_path / "api.md", a_record()
    generated = as_markdown(record, tables_of(record, judged(record)))
    page.write_text(f"{TITLE}\nProse.\n\n{BEGIN}\noutdated\n{END}\n\nMore.\n", encoding="utf-8")
    put_into(page, generated, begin=BEGIN, title=TITLE)
    text = page.read_text(encoding="utf-8")
    assert text == f"{TITLE}\nProse.\n\n{generated}\n\nMore.\n"
    assert "outdated" not in text


def test_the_record_is_json_with_its_verdicts() -> None:
    record = a_record()
    found = json.loads(as_json(record, judged(record)))
    assert {one["verdict"] for one in found["targets"]} == {"met"}
    assert found["capacity"] == record.capacity
