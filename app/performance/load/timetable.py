"""Send times of all requests, fixed before the first one is sent, so that no answer can delay the next request.

Latency counted from these times has no coordinated omission: G. Tene, "How NOT to Measure Latency", 2015.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle, islice, product
from urllib.parse import parse_qsl, quote, urlsplit

from app.performance.slo.slo_declaration import PLACEHOLDER, Slo


@dataclass(frozen=True, slots=True)
class Request:
    """One request: its SLO, its path with query, and the live run's values that fill its template."""

    slo: str
    path: str
    values: Mapping[str, str]

    @property
    def query(self) -> dict[str, str]:
        """The query parameters."""
        return dict(parse_qsl(urlsplit(self.path).query))


@dataclass(frozen=True, slots=True)
class Arrival:
    """A request and its intended send time, in seconds from the start. Warm-up requests come first, uncounted."""

    at_s: float
    request: Request
    timeout_s: float
    is_warm_up: bool


def requests_of(slo: Slo, supply: Mapping[str, Sequence[str]]) -> tuple[Request, ...]:
    """The SLO's distinct requests, its templates taken in turn, each filled with the supplied values in turn.

    A template that the run cannot fill is left out (a run of one page has no cursor); none left gives ().
    """
    filled = [filled_of(slo.name, template, supply) for template in slo.requests]
    longest = max(map(len, filled))
    turns = [islice(cycle(requests), longest) for requests in filled if requests]
    return tuple(request for turn in zip(*turns, strict=True) for request in turn)


def filled_of(slo: str, template: str, supply: Mapping[str, Sequence[str]]) -> list[Request]:
    """A template filled with each value of its placeholders."""
    names = list(dict.fromkeys(PLACEHOLDER.findall(template)))
    requests = []
    for chosen in product(*(supply.get(name, ()) for name in names)):
        values = dict(zip(names, chosen, strict=True))
        path = template
        for name, value in values.items():
            path = path.replace(f"{{{name}}}", quote(value, safe=""))
        requests.append(Request(slo, path, values))
    return requests


def timetable(slos: Sequence[Slo], requests: Mapping[str, Sequence[Request]]) -> tuple[Arrival, ...]:
    """All arrivals of all SLOs in order of time, each SLO at its own constant rate.

    The SLOs are shifted against each other by equal parts of their interval, so that those of one rate never arrive
    together. An SLO without requests gets none.
    """
    arrivals = []
    for number, slo in enumerate(slos):
        interval = 1 / slo.rate_per_s
        total = slo.warm_up_requests + slo.measured_requests if requests[slo.name] else 0
        for count, request in enumerate(islice(cycle(requests[slo.name]), total)):
            at_s = (count + number / len(slos)) * interval
            arrivals.append(Arrival(at_s, request, slo.timeout_s, count < slo.warm_up_requests))
    return tuple(sorted(arrivals, key=lambda arrival: arrival.at_s))
