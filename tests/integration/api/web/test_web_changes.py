"""The page of the changes between two runs: those of the routes, in words, and as files."""

from __future__ import annotations

import re

import httpx
import pytest

from tests.integration.api.web.browser import Api, faults_of, rows_of, text_of


def test_changes_are_those_of_the_routes_page_by_page(pages: httpx.Client, api: Api) -> None:
    html, found, address = "", [], "/changes"
    while address:
        html = pages.get(address).text
        assert faults_of(html) == []
        found += re.findall(r'<th scope="rowgroup" rowspan="(\d+)">(?:<a [^>]*>)?(\d+)', html)
        following = re.search(r'href="([^"]+)">Next page', html)
        address = following[1].replace("&amp;", "&") if following else ""
    orders, whole = api("changes/orders", limit=500)["orders"], api("changes", limit=1)
    assert len(orders) > 50
    assert found == [(str(len(one["changes"])), str(one["work_order_id"])) for one in orders]
    assert [row[:2] for row in rows_of(html, "Accepted rows")] == [
        [one["sheet"], str(one["inserted"])] for one in whole["sheets"]
    ]
    assert "From run 1 (before.xlsx) to run 2 (workbook.xlsx)." in text_of(html)


def test_changes_are_shown_in_portuguese_and_downloaded(pages: httpx.Client) -> None:
    words = text_of(pages.get("/changes", headers={"Accept-Language": "pt"}).text)
    assert "já não está no ficheiro" in words
    assert "T00:00:00" not in words
    for kind, start in (("xlsx", b"PK"), ("csv", "\ufeff".encode())):
        answer = pages.get(f"/changes.{kind}?from_run=1&to_run=2", headers={"Accept": "*/*"})
        assert (answer.status_code, answer.content[: len(start)]) == (200, start)


@pytest.mark.parametrize(
    ("query", "status", "words"),
    [
        ("to_run=1", 409, "Only one published workbook is kept"),
        ("from_run=77", 404, "There is no run of this number"),
        ("from_run=x", 422, "from_run"),
    ],
)
def test_runs_that_cannot_be_compared_are_named_in_words(
    pages: httpx.Client, query: str, status: int, words: str
) -> None:
    answer = pages.get(f"/changes?{query}")
    assert (answer.status_code, words in text_of(answer.text), faults_of(answer.text)) == (status, True, [])
    # Without a workbook to compare with, the next step is to send another one.
    assert ('class="button" href="/data"' in answer.text) == (status == 409)
