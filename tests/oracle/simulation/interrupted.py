"""A scenario with breakdowns, overtime and other due dates, by the seconds of work that each step has left."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from tests.oracle import floor, standing
from tests.oracle.simulation import calibration, scenarios, working_time
from tests.oracle.simulation.scenario import Scenario

if TYPE_CHECKING:
    from tests.oracle.answers import Oracle

SECOND, DAY = dt.timedelta(seconds=1), dt.timedelta(days=1)
Span = tuple[int, int]
Closed = dict[int, list[Span]]
Lost = dict[int, list[tuple[int, int, int]]]
FAR = 10**15


class Plan:
    """A scenario's dispatch. pieces: (phase, from, to) of work; rests: seconds by (order, step); log: spans of steps.

    All times are working seconds of the calendar and the overtime together.
    """

    def __init__(self, oracle: Oracle, scenario: Scenario) -> None:
        rule, capacities, include, more = scenario
        self.oracle, self.rule, self.more = oracle, rule, more
        counting = standing.counting(oracle, include)
        self.orders = [self._changed(order) for order in scenarios.open_orders(oracle) if order["id"] in counting]
        self.phases = {phase for order in self.orders for phase, _ in order["steps"]}
        usual = {phase: calibration.usual_places(oracle, phase) for phase in self.phases}
        self.places = usual | {phase: places for phase, places in capacities.items() if phase in self.phases}
        self.calendar = more.get("calendar", working_time.declared())
        self.overtime = more.get("overtime", [])
        self.pieces: list[tuple[int, int, int]] = []
        self.rests: dict[tuple[int, int], int] = {}
        self.log: dict[tuple[int, int], Span] = {}
        if self.orders:
            self.closed, self.lost = self._closed(), self._lost()
            self._dispatch()

    def _changed(self, order: dict[str, Any]) -> dict[str, Any]:
        for one in self.more.get("due_dates", []):
            if one["work_order_id"] == order["id"]:
                order = order | {"leaves": one["due"] and dt.datetime.fromisoformat(one["due"])}
        rank = 0 if order["id"] in self.more.get("first_orders", ()) else 2
        return order | {"rank": 1 if order["id"] in self.more.get("vip_orders", ()) else rank}

    @property
    def ends(self) -> dict[int, int]:
        """Working second of each order's end."""
        return {order["id"]: self.log[order["id"], len(order["steps"]) - 1][1] for order in self.orders}

    def clock(self, work: dict[Any, int]) -> dict[Any, int]:
        """Seconds after as_of at which so many working seconds have been worked."""
        return working_time.ends(self.calendar, self.oracle.now, work, self.overtime) if work else {}

    def _worked(self, moment: dt.datetime) -> int:
        return working_time.seconds_until(self.calendar, self.oracle.now, moment, self.overtime)

    def _closed(self) -> Closed:
        """Whole breakdowns, and the overtime of other phases alone."""
        closed: Closed = {phase: [] for phase in self.phases}
        stretches = working_time.extra_of(self.overtime, self.calendar)
        cuts = sorted({moment for start, end, _ in stretches for moment in (start, end)})
        for since, until in pairwise(cuts):
            on = [phase for start, end, phase in stretches if start <= since < end]
            span = (self._worked(since), self._worked(until))
            for phase in self.phases:
                if on and None not in on and phase not in on and span[0] < span[1]:
                    closed[phase].append(span)
        for one, span in self._broken():
            if one.get("places") is None or one["places"] >= self.places[one["phase_id"]]:
                closed[one["phase_id"]].append(span)
        return closed

    def _lost(self) -> Lost:
        lost: Lost = {phase: [] for phase in self.phases}
        for one, span in self._broken():
            if one.get("places") is not None and one["places"] < self.places[one["phase_id"]]:
                lost[one["phase_id"]].append((*span, one["places"]))
        return lost

    def _broken(self) -> list[tuple[dict[str, Any], Span]]:
        found = []
        for one in self.more.get("breakdowns", []):
            start, end = (self._worked(dt.datetime.fromisoformat(one[name])) for name in ("starts_at", "ends_at"))
            if start < end and one["phase_id"] in self.phases:
                found.append((one, (start, end)))
        return found

    def _works(self, phase: int, at: int) -> bool:
        return not any(start <= at < end for start, end in self.closed[phase])

    def _moves(self, one: dict[str, Any], at: int) -> bool:
        return not one["left"] or (one["rests_until"] <= at and self._works(one["phase"], at))

    def _dispatch(self) -> None:
        now = 0
        running = [self._entry(order, 0, order["since"]) | {"started": 0} for order in self.orders if order["busy"]]
        waiting = [self._entry(order, 0, order["since"]) for order in self.orders if not order["busy"]]
        boundaries = {moment for spans in self.closed.values() for span in spans for moment in span}
        boundaries |= {moment for spans in self.lost.values() for span in spans for moment in span[:2]}
        idle = {(phase, span): 0 for phase, spans in self.lost.items() for span in spans}
        while True:
            for (phase, span), taken in idle.items():
                if span[1] == now and taken:
                    idle[phase, span] = 0
            for phase, spans in self.lost.items():
                for span in spans:
                    if span[0] == now:
                        idle[phase, span] = self._rest(phase, span, running)
            for phase in self.phases if now == 0 else {one["phase"] for one in waiting}:
                free = self.places[phase] - sum(one["phase"] == phase for one in running)
                free -= sum(taken for (at, _), taken in idle.items() if at == phase)
                if free > 0 and self._works(phase, now):
                    queue = sorted((one for one in waiting if one["phase"] == phase), key=self._turn)[:free]
                    waiting = [one for one in waiting if one not in queue]
                    running += [one | {"started": now, "began": now} for one in queue]
            if not running and not waiting:
                return
            soonest = min((now + one["left"] for one in running if self._moves(one, now)), default=FAR)
            following = min([soonest, *(moment for moment in boundaries if moment > now)])
            self._pass(running, now, following)
            now = following
            ended = [one for one in running if not one["left"]]
            running = [one for one in running if one["left"]]
            for one in ended:
                self.log[one["order"]["id"], one["step"]] = (one["started"], now)
                if one["step"] + 1 < len(one["order"]["steps"]):
                    waiting.append(self._entry(one["order"], one["step"] + 1, now))

    def _pass(self, running: list[dict[str, Any]], now: int, following: int) -> None:
        """Take the time until `following` off the work that is left, and count the rests."""
        for one in running:
            if one["left"] and self._moves(one, now):
                self.pieces.append((one["phase"], now, following))
                one["left"] -= following - now
            elif one["rests_until"] > now and self._works(one["phase"], now):
                key = one["order"]["id"], one["step"]
                self.rests[key] = self.rests.get(key, 0) + following - now

    def _entry(self, order: dict[str, Any], step: int, since: int) -> dict[str, Any]:
        phase, left = order["steps"][step]
        return {
            "order": order,
            "step": step,
            "phase": phase,
            "left": left,
            "since": since,
            "began": since,
            "rests_until": -1,
        }

    def _rest(self, phase: int, span: tuple[int, int, int], running: list[dict[str, Any]]) -> int:
        """Let rest what has no place any more; the number of free places that are lost."""
        here = [one for one in running if one["phase"] == phase and one["left"]]
        taken = min(max(self.places[phase] - len(here), 0), span[2])
        here.sort(key=lambda one: (one["began"], one["order"]["id"]), reverse=True)
        for one in here[: span[2] - taken]:
            one["rests_until"] = span[1]
        return taken

    def _turn(self, one: dict[str, Any]) -> tuple[int, ...]:
        return (one["order"]["rank"], *scenarios.turn(one, self.rule))

    def schedule(self, most: int) -> dict[str, Any]:
        """whatif/schedule, all of it, with the utilisation of fourteen days; without the scenario's members."""
        ends = self.clock({key: span[1] for key, span in self.log.items()})
        seconds = self.clock({key: span[0] + 1 for key, span in self.log.items()})
        by_id = {order["id"]: order for order in self.orders}
        executions = []
        for (number, step), (start, end) in sorted(self.log.items(), key=lambda item: (item[1][0], item[0])):
            order = by_id[number]
            begins = seconds[number, step] - 1 if end > start else ends[number, step]
            executions.append(
                {
                    "work_order_id": number,
                    "product_id": order["product"],
                    "step": step + 1,
                    "phase_id": order["steps"][step][0],
                    "in_process": order["busy"] and step == 0,
                    "starts_at": self.oracle.now + begins * SECOND,
                    "ends_at": self.oracle.now + ends[number, step] * SECOND,
                    "rest_hours": self.rests.get((number, step), 0) / 3600,
                }
            )
        return {
            "simulated_orders": len(self.orders),
            "executions_total": len(executions),
            "executions": executions[:most],
            "utilisation": self._utilisation(14) if self.orders else [],
        }

    def _utilisation(self, days: int) -> list[dict[str, Any]]:
        midnight = dt.datetime.combine(self.oracle.now, dt.time())
        spans = [
            (day.date(), self._worked(max(day, self.oracle.now)), self._worked(day + DAY))
            for day in (midnight + n * DAY for n in range(days))
        ]
        pieces = defaultdict[int, list[tuple[int, int]]](list)
        for at, start, end in self.pieces:
            pieces[at].append((start, end))
        found = []
        for phase in floor.known_phases(self.oracle, self.phases):
            number = phase["phase_id"]
            rows = []
            for day, since, until in spans:
                available = self._available(number, since, until)
                worked = sum(max(min(end, until) - max(start, since), 0) for start, end in pieces[number])
                if available or worked:
                    rows.append(
                        {
                            "day": day,
                            "available_hours": available / 3600,
                            "work_hours": worked / 3600,
                            "utilisation_ratio": worked / available if available else None,
                        }
                    )
            found.append({"phase_id": number, "phase_name": phase["phase_name"], "days": rows})
        return found

    def _available(self, phase: int, since: int, until: int) -> int:
        inner = {moment for span in (*self.closed[phase], *self.lost[phase]) for moment in span[:2]}
        cuts = sorted({since, until} | {moment for moment in inner if since < moment < until})
        total = 0
        for start, end in pairwise(cuts):
            if self._works(phase, start):
                total += (end - start) * (
                    self.places[phase] - sum(lost for a, b, lost in self.lost[phase] if a <= start < b)
                )
        return total


def telling(oracle: Oracle, busy: list[int], orders: list[int]) -> list[Scenario]:
    """Scenarios with breakdowns of whole phases and of places, overtime of one and of all, VIP orders, due days."""
    if not busy or oracle.as_of is None:
        return []
    day = [f"{oracle.now + n * DAY:%Y-%m-%d}" for n in range(40)]
    ranked = orders[:2], orders[2:4]
    vip = {"first_orders": sorted(ranked[0])} | ({"vip_orders": sorted(ranked[1])} if ranked[1] else {})
    due = [
        {"work_order_id": number, "due": day[place] if place else None} for place, number in enumerate(sorted(orders))
    ]
    whole = [
        {"phase_id": phase, "starts_at": f"{day[1]}T10:30:00", "ends_at": f"{day[4]}T00:00:00"} for phase in busy[:2]
    ]
    places = [
        {"phase_id": phase, "starts_at": f"{day[n]}T09:00:00", "ends_at": f"{day[n + 2]}T12:00:00", "places": 1}
        for phase in busy
        for n in (0, 3)
    ]
    whole, places = sorted(whole, key=_by_start), sorted(places, key=_by_start)
    weekend = {"first": day[0], "last": day[30], "hours": 6, "weekdays": ["SATURDAY", "SUNDAY"], "on_days_off": True}
    evening = {"first": day[0], "last": day[12], "hours": 1.5}
    of_one = [{**evening, "phase_id": phase} for phase in busy[:1]]
    return [
        Scenario("EDD", {}, None, ({"due_dates": due} | vip) if orders else {}),
        Scenario("FIFO", dict.fromkeys(busy, 3), None, {"breakdowns": places}),
        Scenario("SLACK", dict.fromkeys(busy, 2), None, {"breakdowns": whole, "overtime": [weekend]}),
        Scenario("FIFO", dict.fromkeys(busy, 2), None, {"breakdowns": places, "overtime": of_one}),
        Scenario("SPT", {}, None, {"overtime": [*of_one, {**weekend, "phase_id": busy[-1]}]}),
    ]


def _by_start(one: dict[str, Any]) -> tuple[int, str]:
    return one["phase_id"], one["starts_at"]
