"""A client of the API that asks for ingestions and waits for their end."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import httpx

from tests.chaos.books import Book
from tests.chaos.ground import ALLOWED, until

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ENDED = ("PUBLISHED", "NO_OP", "FAILED", "REFUSED")


@dataclass(frozen=True)
class Client:
    """Asks with a key; prefix: of the plant's addresses."""

    base_url: str
    key: str
    prefix: str = "/api/"

    def asked(self, method: str, path: str, **given: Any) -> Any:
        """The answer, which must be a success. Raises httpx.HTTPStatusError."""
        headers = {"Authorization": f"Bearer {self.key}", **given.pop("headers", {})}
        url = f"{self.base_url}{self.prefix}{path}"
        answer = httpx.request(method, url, headers=headers, timeout=60, **given)
        answer.raise_for_status()
        return answer.json()

    def request(self, book: Book) -> int:
        """Ask for the ingestion of a workbook by upload; the number of its run."""
        allowed = {name.removeprefix("--").replace("-", "_"): "true" for name in ALLOWED}
        run = self.asked(
            "POST",
            "ingestion/runs",
            params={"name": book.name, **allowed},
            content=book.path.read_bytes(),
            headers={"Content-Type": XLSX},
        )
        return int(run["run_id"])

    def ask_again(self, run_id: int) -> int:
        """Ask for a failed run again; the number of the new one."""
        return int(self.asked("POST", f"ingestion/runs/{run_id}/retry")["run_id"])

    def ended(self, run_id: int) -> str:
        """The status of a run, once it has ended; the API may be unavailable meanwhile. Raises Hung."""

        def look() -> str:
            with suppress(httpx.HTTPStatusError):
                return str(self.asked("GET", f"ingestion/runs/{run_id}")["status"])
            return "unavailable"

        return str(until(look, lambda status: status in ENDED, of=f"the request of run {run_id}"))
