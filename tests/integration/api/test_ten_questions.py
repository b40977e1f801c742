"""The ten questions of docs/office/questions.md, as they stand there: by command line and by HTTP, one request each."""

from __future__ import annotations

import datetime as dt
import io
import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import openpyxl
import pytest
from typer.testing import CliRunner, Result

from app.commands.cli import app
from app.ingestion.options import Options
from app.ingestion.pipeline import ingest
from app.workbook.sample import write_sample
from tests.integration.api.conftest import Factory, NewFactory
from tests.integration.read_here import ingested_here
from tests.unit.packaging.checkout import ROOT

PAGE = (ROOT / "docs/office/questions.md").read_text(encoding="utf-8")
QUESTIONS: dict[str, str] = dict(re.findall(r"^## (\d+\. .+)\n\n```\n((?:.+\n)+)```", PAGE, re.MULTILINE))
TOLD = ("orders", "phases", "weeks", "steps", "descriptions", "dispatch_eta_at")
"""Members of the answers, one of which must not be empty: an empty answer would answer nothing."""
LENIENT = Options(allow_shrink=True, allow_rejects=True, allow_older=True, allow_implausible=True)
JSON = {"Content-Type": "application/json"}
Words = dict[str, str]


@pytest.fixture(scope="module")
def factory(new_factory: NewFactory) -> Iterator[Factory]:
    """A factory with two exports of the sample."""
    with new_factory() as factory, ingested_here():
        for seed in (3, 4):
            path = factory.folder / f"{seed}.xlsx"
            write_sample(path, scale=0.004, seed=seed)
            ingest(factory.url, path, roles=factory.roles, options=LENIENT)
        yield factory


@pytest.fixture(scope="module")
def client(factory: Factory) -> Iterator[httpx.Client]:
    with factory.api() as client:
        yield client


@pytest.fixture(scope="module")
def words(client: httpx.Client) -> Words:
    """Values for the words in capitals."""
    queue = client.get("/api/prodplan/dispatch?limit=1").json()
    first = next(phase for phase in queue["phases"] if phase["entries"])
    as_of = dt.datetime.fromisoformat(queue["as_of"]).date()
    products = client.get("/api/catalogue/products?limit=500").json()["catalogue"]
    return {
        "FROM": str(as_of - dt.timedelta(days=60)),
        "TO": str(as_of + dt.timedelta(days=30)),
        "PHASE": str(first["phase_id"]),
        "ORDER": str(first["entries"][0]["work_order_id"]),
        "PRODUCT": str(next(one["product_id"] for one in products if one["route_steps"])),
    }


@pytest.fixture
def command(factory: Factory, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Runs a command on the factory's database."""
    monkeypatch.setenv("DATABASE_URL", factory.url.render_as_string(hide_password=False))
    monkeypatch.setenv("ROLE_PREFIX", factory.roles.prefix)

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(app, arguments)

    return run


def lines_of(question: str, words: Words) -> tuple[list[str], list[str]]:
    """The arguments of both lines, as a shell hands them over."""
    filled = re.sub(r"\b(FROM|TO|PHASE|ORDER|PRODUCT)\b", lambda word: words[word[0]], QUESTIONS[question])
    typed, curl = (shlex.split(line) for line in filled.splitlines())
    return typed, curl


def test_there_are_ten() -> None:
    assert [question.split(".")[0] for question in QUESTIONS] == [str(number) for number in range(1, 11)]


@pytest.mark.parametrize("question", QUESTIONS)
def test_question_is_answered_both_ways_alike(client: httpx.Client, words: Words, command: Any, question: str) -> None:
    typed, curl = lines_of(question, words)
    assert (typed[0], typed[1], curl[0]) == ("prodplan", "ask", "curl")
    url = curl[-1].removeprefix("http://127.0.0.1:8000")
    over_http = client.post(url, content=curl[2], headers=JSON) if "--json" in curl else client.get(url)
    assert over_http.status_code == 200, over_http.text
    done = command(*typed[1:], "--json")
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert told == over_http.json()
    assert any(told.get(name) for name in TOLD), "it answers nothing"
    shown = command(*typed[1:])
    assert (shown.exit_code, f"Run {told['run_id']} of plant main" in shown.stdout) == (0, True), shown.output


def test_file_of_a_question_is_written(command: Any, words: Words, tmp_path: Path) -> None:
    target = tmp_path / "late.xlsx"
    done = command("ask", "/api/prodplan/risk_queue.xlsx", "--out", str(target))
    assert done.exit_code == 0, done.output
    (table, _) = openpyxl.load_workbook(io.BytesIO(target.read_bytes())).worksheets
    assert table["A1"].value == "work_order_id"
    done = command("ask", "prodplan/risk_queue.csv")
    assert (done.exit_code, done.stdout.lstrip("\ufeff").startswith("work_order_id,")) == (0, True)


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["prodplan/orders?ovredue=true"], 2, "ovredue: This address has no such parameter"),
        (["prodplan/orders/-5"], 2, "has no order -5"),
        (["nowhere"], 2, "nothing at this address"),
        (["whatif/simulate"], 2, "does not take this method"),
        (["whatif/simulate", "--body", "{"], 2, "Invalid"),
        (["whatif/simulate", "--body", '{"first_orders": [-1]}'], 2, "has no order -1"),
        (["ingestion/runs/1/publish", "--body", "{}"], 1, "has not the scope ingest"),
        (["prodplan/orders?product_name=%C3%A3&limit=1"], 0, "orders"),
        (["prodplan/orders?product_name=ã&limit=1"], 0, "orders"),
    ],
)
def test_refusal_is_one_sentence_and_an_exit_code(command: Any, arguments: list[str], code: int, says: str) -> None:
    done = command("ask", *arguments)
    assert (done.exit_code, says in done.output.replace("\n", " ")) == (code, True), done.output
