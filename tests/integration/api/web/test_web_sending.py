"""A workbook sent from the form: queued, carried out, refused, repeated."""

from __future__ import annotations

import re
from pathlib import Path

import httpx

from app.api.http.receiving import XLSX
from app.config import Settings
from app.worker.carrying import Station, carry_out
from tests.integration.api import workbooks
from tests.integration.api.conftest import Factory
from tests.integration.api.web.browser import BOTH, KEYS, READER, browser, faults_of, text_of
from tests.integration.read_here import ingested_here

SCRIPT = {"Accept": "application/json", "Content-Type": XLSX}


def test_what_is_no_workbook_is_refused_in_words(busy: Factory, tmp_path: Path) -> None:
    with browser(busy, BOTH, upload_dir=tmp_path, **KEYS) as client:
        headers = SCRIPT | {"Accept-Language": "pt"}
        answer = client.post("/data/runs?name=a.xlsx", content=b"no workbook", headers=headers)
    assert answer.status_code == 415
    assert answer.json()["detail"].startswith("O ficheiro não é um .xlsx")
    assert not list(tmp_path.rglob("*.xlsx"))


def test_script_is_told_in_words_who_may_send(stranger: httpx.Client) -> None:
    answer = stranger.post("/data/runs?name=a.xlsx", content=b"", headers=SCRIPT)
    assert (answer.status_code, answer.json()) == (401, {"detail": "Sign in with an API key first."})
    stranger.post("/sign-in", data={"key": READER})
    answer = stranger.post("/data/runs?name=a.xlsx", content=b"", headers=SCRIPT)
    assert (answer.status_code, "Your key may not do this." in answer.json()["detail"]) == (403, True)


def carried_out(factory: Factory, uploads: Path, run_id: int, *, stopped: bool = False) -> None:
    """The requested run, carried out here as the worker does; stopped: the worker is told to stop."""
    station = Station(Settings(_env_file=None, upload_dir=uploads), factory.url, factory.roles)
    with ingested_here():
        carry_out(station, run_id, must_stop=lambda: stopped, last_attempt=True)


def test_workbook_goes_from_the_form_to_its_refused_row(fresh: Factory, tmp_path: Path) -> None:
    rows = workbooks.factory(3)
    fresh.ingest(rows)
    rows["OrdensFabrico"].append([9_999, "amanhã", workbooks.NULL, 1, 1, workbooks.NULL])
    book = workbooks.write(tmp_path / "export.xlsx", rows).read_bytes()
    with browser(fresh, BOTH, upload_dir=tmp_path / "uploads", **KEYS) as client:
        sent = client.post("/data/runs?name=export.xlsx", content=book, headers=SCRIPT)
        assert sent.status_code == 202
        address = sent.json()["address"]
        waiting = client.get(address).text
        assert 'data-ended="no"' in waiting
        assert "export.xlsx: … queued" in text_of(waiting)
        carried_out(fresh, tmp_path / "uploads", int(address.rpartition("/")[2]))
        ended = client.get(address).text
        assert (faults_of(waiting), faults_of(ended)) == ([], [])
        assert 'data-ended="yes"' in ended
        assert "export.xlsx: ✓ published – live" in text_of(ended)
        assert "1 content of another type" in text_of(ended)
        again = client.post("/data/runs?name=export.xlsx", content=book, headers=SCRIPT).json()["address"]
        carried_out(fresh, tmp_path / "uploads", int(again.rpartition("/")[2]))
        words = text_of(client.get(again).text)
        assert "already live: nothing was written" in words
        assert f"This workbook is already live: Run {address.rpartition('/')[2]}" in words
        listed = text_of(client.get("/data").text)
        assert "✓ published live export.xlsx" in listed


def the_form(html: str) -> tuple[str, list[str]]:
    """The address to which a browser without scripts sends the form of the page, and the names of its fields."""
    (form,) = re.findall(r'<form id="upload".*?</form>', html, re.DOTALL)
    assert 'method="post" enctype="multipart/form-data"' in form
    (address,) = re.findall(r'action="([^"]+)"', form)
    return address, re.findall(r'<input[^>]* name="([^"]+)"', form)


def test_form_without_scripts_goes_on_to_its_run(fresh: Factory, tmp_path: Path) -> None:
    fresh.ingest(workbooks.factory(3))
    few = workbooks.write(tmp_path / "few.xlsx", workbooks.factory(3, orders=6)).read_bytes()
    with browser(fresh, BOTH, upload_dir=tmp_path / "uploads", **KEYS) as client:
        address, names = the_form(client.get("/data").text)
        assert names[0] == "file"
        checked = {name: "true" for name in names if name in ("allow_shrink", "allow_older", "allow_rejects")}
        assert len(checked) == 3
        for fields, state in ((None, "refused: nothing changed"), (checked, "published")):
            sent = client.post(address, files={"file": ("few.xlsx", few)}, data=fields)
            assert sent.status_code == 303, sent.text
            run = sent.headers["location"]
            assert "queued" in text_of(client.get(run).text)
            carried_out(fresh, tmp_path / "uploads", int(run.rpartition("/")[2]))
            assert f"few.xlsx: {'✕' if fields is None else '✓'} {state}" in text_of(client.get(run).text)


def test_form_without_scripts_refuses_in_one_sentence(busy: Factory, tmp_path: Path) -> None:
    with browser(busy, BOTH, upload_dir=tmp_path, **KEYS) as client:
        client.headers["Accept-Language"] = "pt"
        for files, status, sentence in (
            ({"file": ("a.xlsx", b"no workbook")}, 415, "O ficheiro não é um .xlsx. Exporte-o como .xlsx"),
            ({"file": ("", b"")}, 422, "Escolha primeiro um ficheiro .xlsx."),
            ({"file": ("a.xlsx", b"PK\x03\x04 cut")}, 422, "O ficheiro está danificado ou cortado. Exporte-o de novo."),
        ):
            answer = client.post("/data/runs", files=files)
            assert (answer.status_code, faults_of(answer.text)) == (status, [])
            (notice,) = re.findall(r'<div class="notice bad" role="alert">(.*?)</div>', answer.text, re.DOTALL)
            assert (sentence in text_of(notice), notice.count("<p>")) == (True, 1), notice
        odd = client.post("/data/runs", files={"file": ("a.xlsx", b"PK")}, data={"force": "perhaps"})
        assert (odd.status_code, "INVALID_PARAMETER" in odd.text) == (422, True)
        assert client.post("/data/runs", files={"file": ("a.xlsx", b"PK")}, data={"colour": "red"}).status_code == 422
        assert not list(tmp_path.rglob("*.xlsx"))


def test_form_of_another_site_sends_nothing(busy: Factory, tmp_path: Path) -> None:
    with browser(busy, BOTH, upload_dir=tmp_path, **KEYS) as client:
        for foreign in ({"Origin": "https://elsewhere.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": ""}):
            answer = client.post("/data/runs", files={"file": ("a.xlsx", b"PK")}, headers=foreign)
            assert (answer.status_code, "CROSS_SITE" in answer.text) == (403, True)
    assert not list(tmp_path.iterdir())


def test_run_that_a_worker_left_is_repeated_by_a_button(fresh: Factory, tmp_path: Path) -> None:
    book = workbooks.write(tmp_path / "export.xlsx", workbooks.factory(3)).read_bytes()
    with browser(fresh, BOTH, upload_dir=tmp_path / "uploads", **KEYS) as client:
        address = client.post("/data/runs?name=export.xlsx", content=book, headers=SCRIPT).json()["address"]
        carried_out(fresh, tmp_path / "uploads", int(address.rpartition("/")[2]), stopped=True)
        html = client.get(address).text
        assert f'action="{address}/retry"' in html
        assert "failed: nothing changed" in text_of(html)
        again = client.post(f"{address}/retry")
        assert again.status_code == 303
        assert "queued" in text_of(client.get(again.headers["location"]).text)


def test_refused_workbook_says_why_and_how_to_let_it_pass(fresh: Factory, tmp_path: Path) -> None:
    fresh.ingest(workbooks.factory(3))
    few = workbooks.write(tmp_path / "few.xlsx", workbooks.factory(3, orders=6)).read_bytes()
    with browser(fresh, BOTH, upload_dir=tmp_path / "uploads", **KEYS) as client:
        for query, state in (
            ("", "refused: nothing changed"),
            ("&allow_shrink=true&allow_older=true&allow_rejects=true", "published"),
        ):
            address = client.post(f"/data/runs?name=few.xlsx{query}", content=few, headers=SCRIPT).json()["address"]
            carried_out(fresh, tmp_path / "uploads", int(address.rpartition("/")[2]))
            html = client.get(address).text
            assert (state in text_of(html), faults_of(html)) == (True, []), text_of(html)
            if not query:
                assert "Many rows that the live workbook has are missing" in text_of(html)
                assert "SHRINK_REFUSED" in html
                assert client.post(f"{address}/retry").status_code == 409


def test_earlier_run_is_made_live_again_behind_a_question(fresh: Factory, tmp_path: Path) -> None:
    earlier = fresh.ingest(workbooks.factory(1), "monday.xlsx").run_id
    fresh.ingest(workbooks.factory(2), "tuesday.xlsx")
    with browser(fresh, BOTH, upload_dir=tmp_path, **KEYS) as client:
        listed = client.get("/data").text
        (address,) = re.findall(r'href="([^"]+/publish)"', listed)
        question = client.get(address).text
        words = text_of(question)
        assert (faults_of(listed), faults_of(question)) == ([], [])
        assert words.index("monday.xlsx") < words.index("Live now is run") < words.index("tuesday.xlsx")
        sent = client.post(address)
        assert sent.status_code == 303
        carried_out(fresh, tmp_path, int(sent.headers["location"].rpartition("/")[2]))
        assert "published" in text_of(client.get(sent.headers["location"]).text)
        assert f"Workbook monday.xlsx, run {earlier}." in text_of(client.get("/").text)
        refused = client.get(address)
        assert (refused.status_code, "live already" in text_of(refused.text)) == (409, True)
