"""An answer is sent again only when it changed, in the form that the client takes, compressed where it may be."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import IO, Any

import httpx
import pytest

from app.api.made_books import MadeBooks
from tests.integration.api import workbooks
from tests.integration.api.conftest import Factory, NewFactory
from tests.integration.api.requests.test_problems import refused
from tests.integration.api.shown import ADDRESSES
from tests.integration.waiting import until

OVERVIEW, ORDERS = "/api/kpis/overview", "/api/prodplan/orders?limit=5"
REPORT = "/api/ingestion/runs/{run_id}/report"
Document = dict[str, Any]


@pytest.fixture(scope="module")
def document(client: httpx.Client) -> Document:
    found: Document = client.get("/api/openapi.json").json()
    return found


def operations(document: Document) -> Iterator[tuple[str, str, Document]]:
    for path, item in document["paths"].items():
        for method, operation in item.items():
            yield method, path, operation


def asked_again(client: httpx.Client, path: str, tag: str, **headers: str) -> httpx.Response:
    return client.get(path, headers={"If-None-Match": tag, **headers})


def test_every_answer_of_a_run_has_a_tag_that_spares_the_same_answer(client: httpx.Client, document: Document) -> None:
    tagged = [path for method, path, operation in operations(document) if "304" in operation["responses"]]
    assert {OVERVIEW, "/api/prodplan/orders", "/api/feature-gates", "/api/quality/risk", REPORT} <= set(tagged)
    assert {"/api/prodplan/orders.csv", "/api/changes.xlsx", "/api/quality/risk.xlsx"} <= set(tagged)
    order = client.get(ORDERS).json()["orders"][0]
    numbers = ADDRESSES | {"{work_order_id}": str(order["work_order_id"])}
    for path in tagged:
        for place, value in numbers.items():
            path = path.replace(place, value)
        first = client.get(path)
        assert first.status_code == 200, path
        again = asked_again(client, path, first.headers["etag"])
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", first.headers["etag"]), path
        assert first.headers["cache-control"] == again.headers["cache-control"] == "private, no-cache"


def test_no_other_answer_has_a_tag(client: httpx.Client, document: Document) -> None:
    for method, path, operation in operations(document):
        if method == "get" and "304" not in operation["responses"] and "{" not in path:
            assert "etag" not in client.get(path).headers, path
    simulated = client.post("/api/whatif/simulate", json={})
    assert (simulated.status_code, "etag" in simulated.headers) == (200, False)


@pytest.mark.parametrize("form", ["{tag}", '"other", {tag}', 'W/"other",{strong}', "*"])
def test_tag_is_found_in_every_form_that_it_may_be_sent_in(client: httpx.Client, form: str) -> None:
    tag = client.get(OVERVIEW).headers["etag"]
    sent = form.format(tag=tag, strong=tag.removeprefix("W/"))
    assert asked_again(client, OVERVIEW, sent).status_code == 304
    assert client.head(OVERVIEW, headers={"If-None-Match": sent}).status_code == 304


@pytest.mark.parametrize("sent", ['"other"', "other", "", "W/", '"', "é".encode().decode("latin-1")])
def test_another_tag_is_answered_whole(client: httpx.Client, sent: str) -> None:
    answer = client.get(OVERVIEW, headers={"If-None-Match": sent.encode("latin-1")})
    assert (answer.status_code, answer.json()) == (200, client.get(OVERVIEW).json())


def test_tag_of_another_address_or_of_what_is_not_there_spares_nothing(client: httpx.Client) -> None:
    tag = client.get(OVERVIEW).headers["etag"]
    assert asked_again(client, f"{OVERVIEW}?from=2024-01-01", tag).status_code == 200
    refused(asked_again(client, "/api/prodplan/orders/5", tag), 404, "ORDER_NOT_FOUND")
    refused(asked_again(client, "/api/prodplan/orders/5", "*"), 404, "ORDER_NOT_FOUND")
    refused(asked_again(client, f"{OVERVIEW}?from=x", "*"), 422, "INVALID_PARAMETER")


@pytest.mark.parametrize(("sent", "status"), [("*", 304), ('"other"', 200)])
def test_file_of_a_workbook_is_closed_whether_it_is_sent_or_spared(
    client: httpx.Client, monkeypatch: pytest.MonkeyPatch, sent: str, status: int
) -> None:
    of, opened = MadeBooks.of, []

    async def watched(books: MadeBooks, *given: Any) -> IO[bytes]:
        opened.append(await of(books, *given))
        return opened[-1]

    monkeypatch.setattr(MadeBooks, "of", watched)
    for path in ("/api/quality/risk.xlsx", "/api/changes.xlsx"):
        assert asked_again(client, path, sent).status_code == status
    until(lambda: [file.closed for file in opened] == [True, True])


def test_another_run_and_another_gates_file_have_other_tags(new_factory: NewFactory) -> None:
    with new_factory() as factory:
        factory.ingest(workbooks.factory(1))
        gates = factory.folder / "gates.json"
        with factory.api() as client, factory.api(gates_file=gates) as watching:
            tags = [client.get(OVERVIEW).headers["etag"], watching.get(OVERVIEW).headers["etag"]]
            gates.write_text("{}", encoding="utf-8")
            tags.append(watching.get(OVERVIEW).headers["etag"])
            factory.ingest(workbooks.factory(2), "second.xlsx")
            answer = asked_again(client, OVERVIEW, tags[0])
            assert answer.status_code == 200
        assert len({*tags, answer.headers["etag"]}) == 4


def test_another_run_another_gates_file_and_another_calendar_have_files_of_their_own(new_factory: NewFactory) -> None:
    with new_factory() as factory:
        factory.ingest(workbooks.factory(1))
        gates, calendar = factory.folder / "gates.json", factory.folder / "calendar.toml"
        calendar.write_text("around_the_clock = true\n", encoding="utf-8")
        asked = ("/api/prodplan/load", "/api/prodplan/load.csv", "/api/prodplan/load.xlsx", "/api/prodplan/orders.csv")
        with factory.api() as client, factory.api(gates, calendar_file=calendar) as other:
            for path in asked:
                tags = [client.get(path).headers["etag"], other.get(path).headers["etag"]]
                assert tags[0] != tags[1] == other.get(path).headers["etag"], path
                assert asked_again(client, f"{path}?run_id=1", tags[0]).status_code == 200, path
                posted = client.post("/api/whatif/simulate.csv", json={}).headers
                assert "etag" not in posted
            gates.write_text("{}", encoding="utf-8")
            assert asked_again(other, asked[-1], tags[1]).status_code == 200
            factory.ingest(workbooks.factory(2), "second.xlsx")
            assert asked_again(client, asked[-1], tags[0]).status_code == 200
            assert asked_again(client, f"{asked[-1]}?run_id=1", "*").status_code == 304


def test_answer_is_compressed_for_whoever_takes_it(client: httpx.Client) -> None:
    plain = client.get(ORDERS, headers={"Accept-Encoding": "identity"})
    zipped = client.get(ORDERS, headers={"Accept-Encoding": "gzip"})
    assert zipped.json() == plain.json()
    assert int(zipped.headers["content-length"]) < int(plain.headers["content-length"]) / 2
    for answer, coding in ((plain, None), (zipped, "gzip")):
        assert answer.headers.get("content-encoding") == coding
        assert answer.headers["vary"].lower() == "accept-encoding"


@pytest.mark.parametrize("coding", ["gzip;q=0", "gzip; q=0.000, identity", "deflate", "*;q=0"])
def test_answer_is_not_compressed_for_whoever_does_not_take_it(client: httpx.Client, coding: str) -> None:
    answer = client.get(ORDERS, headers={"Accept-Encoding": coding})
    assert (answer.status_code, answer.headers.get("content-encoding")) == (200, None)


ACCEPTED = ("application/json", "*/*", "application/*;q=0.1", "text/html, */*;q=0.8", "Application/JSON;v=1", "", ",;q")
NOT_ACCEPTED = ("text/html", "application/json;q=0", "application/json;q=0, */*", "text/*, application/xml")


@pytest.mark.parametrize("accept", ACCEPTED)
def test_accepted_form_is_sent(client: httpx.Client, accept: str) -> None:
    assert client.get(OVERVIEW, headers={"Accept": accept}).status_code == 200


@pytest.mark.parametrize("accept", NOT_ACCEPTED)
def test_form_that_is_not_accepted_is_refused_with_the_one_that_there_is(client: httpx.Client, accept: str) -> None:
    body = refused(client.get(OVERVIEW, headers={"Accept": accept}), 406, "NOT_ACCEPTABLE")
    assert body["available"] == ["application/json"]


def test_each_route_knows_its_own_form(client: httpx.Client, document: Document) -> None:
    for method, path, _ in operations(document):
        address = re.sub(r"\{\w+\}", "1", path)
        refused(client.request(method, address, headers={"Accept": "image/png"}), 406, "NOT_ACCEPTABLE")
    assert client.get("/metrics", headers={"Accept": "text/plain;version=0.0.4"}).status_code == 200
    refused(client.get("/api/docs", headers={"Accept": "application/json"}), 406, "NOT_ACCEPTABLE")


def test_operation_ids_come_from_the_address_alone_and_are_unique(document: Document) -> None:
    ids = {(method, path): operation["operationId"] for method, path, operation in operations(document)}
    assert [name for name, times in Counter(ids.values()).items() if times > 1] == []
    assert all(re.fullmatch(r"[a-z][a-z0-9_]*", name) for name in ids.values())
    assert ids["get", "/api/kpis/by-phase"] == "get_kpis_by_phase"
    assert ids["get", "/api/prodplan/orders/{work_order_id}/phases"] == "get_prodplan_orders_work_order_id_phases"
    assert ids["post", "/api/ingestion/runs/{run_id}/retry"] == "post_ingestion_runs_run_id_retry"


def test_accepted_request_says_where_its_run_is(fresh: Factory) -> None:
    exports = fresh.folder / "exports"
    exports.mkdir()
    workbooks.write(exports / "export.xlsx", workbooks.factory(3))
    with fresh.api(export_dir=exports) as client:
        asked = client.post("/api/ingestion/runs", json={"path": "export.xlsx"})
        assert asked.status_code == 202
        assert asked.headers["location"] == f"/api/ingestion/runs/{asked.json()['run_id']}"
        assert client.get(asked.headers["location"]).json()["status"] == "QUEUED"


def test_swagger_ui_is_this_machines_own_and_runs_under_its_own_policy(client: httpx.Client) -> None:
    page = client.get("/api/docs")
    assert page.headers["content-security-policy"].startswith("default-src 'none'; script-src 'self';")
    assert "unsafe" not in page.headers["content-security-policy"]
    assert re.findall(r"<script(?! src=)|<style| style=| on\w+=|https?://", page.text) == []
    found = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert len(found) == 4
    kinds = {}
    for address in found:
        answer = client.get(f"/api/{address}")
        assert answer.status_code == 200, address
        kinds[address] = answer.headers["content-type"].partition(";")[0]
    assert kinds == {
        "docs/swagger-ui.css": "text/css",
        "docs/favicon.png": "image/png",
        "docs/swagger-ui-bundle.js": "text/javascript",
        "docs/start.js": "text/javascript",
    }
    refused(client.get("/api/docs/redoc.standalone.js"), 404, "NOT_FOUND")
    refused(client.get("/api/docs/..%2fpage.html"), 404, "NOT_FOUND")
