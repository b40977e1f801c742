"""Work on the synthetic shop floor: phases of orders, the people who worked on them, and quality errors."""

from __future__ import annotations

import datetime as dt
from bisect import bisect_right
from collections.abc import Iterator
from random import Random
from typing import Any

from app.workbook.sample.picking import Picker, share
from app.workbook.sample.sample_catalogues import CHECKLIST_PHASE, Catalogues, Row
from app.workbook.sample.sample_match_rates import Rates
from app.workbook.sample.sample_orders import DAY, EXPORTED_AT, ORDERS, Order, make_orders

PHASE_ROWS, WITHOUT_END, END_BEFORE_START, LONG = 519_079, 57_967, 2_460, 3
WORKED_PHASES, BY_SIZE = 360_646, {5: 14, 4: 64, 3: 196, 2: 62_483}
ASSIGNMENT_ROWS, BY_UNKNOWN, BY_INACTIVE, FAR_BELOW = 423_769, 56, 76_937, 4
ERROR_ROWS, WITHOUT_CULPRIT, CULPRIT_AFTER, CULPRIT_SAME = 89_836, 37_303, 26_559, 700
FIRST_PHASE_ID = 11_000_000
UNKNOWN_PEOPLE, WORKING_PEOPLE = (3, 5), 173
MINUTE = dt.timedelta(minutes=1)
FINDINGS = tuple(
    f"{what} {where}"
    for what in ("Bolha", "Risco", "Fissura", "Mancha", "Falta de resina", "Pó", "Ondulação", "Má colagem")
    for where in ("no casco", "no deck", "na união", "no bordo", "na proa", "na popa", "no poço")
)
"""56 descriptions of what was wrong; the checklist line is the 57th."""
CHECKLIST_LINE = "Conjunto bem alinhado, conforme à inspeção."


class ShopFloor:
    """The parts of a sample that grow with its scale. Execution k (from 0) has the id 11,000,000 + 2k."""

    def __init__(self, rng: Random, scale: float, rates: Rates, catalogues: Catalogues) -> None:
        self._scale, self._rates, self._catalogues = scale, rates, catalogues
        self._seed = rng.random()
        count = max(1, round(ORDERS * scale))
        self._phases = max(count, round(PHASE_ROWS * scale))
        self._orders = make_orders(rng, count, rates.produto_join, catalogues)
        self._firsts: list[int] = []
        first = 0
        for index, order in enumerate(self._orders):
            jitter = rng.randrange(-4, 5) if self._phases >= 12 * count and index + 1 < count else 0
            end = self._phases * (index + 1) // count + jitter
            order.first, order.length = first, end - first
            order.current = rng.randrange(order.length) if order.completed is None else order.length
            self._firsts.append(first)
            first = end

    def order_rows(self) -> Iterator[Row]:
        """Rows of orders, unsorted, as the ERP exports them."""
        orders = list(self._orders)
        Random(f"{self._seed}/orders").shuffle(orders)
        for order in orders:
            yield [order.id, order.created, order.completed, order.product, order.at_phase, order.transport]

    def phase_rows(self) -> Iterator[Row]:
        """Rows of phases, order by order; those of open orders are open from the current one on."""
        rng = Random(f"{self._seed}/phases")
        total = self._phases
        still_open = sum(order.length - order.current for order in self._orders)
        never_closed = max(1, share(WITHOUT_END, PHASE_ROWS, total) - still_open)
        of_done = sum(order.length for order in self._orders if order.completed is not None)
        fault = Picker(rng, of_done, min(never_closed, of_done), share(END_BEFORE_START, PHASE_ROWS, total))
        planned, weighed, returned = (Picker(rng, total, round(total * part)) for part in (0.0513, 0.1545, 0.1045))
        long = self._long_phases(rng, share(LONG, PHASE_ROWS, total))
        done = 0
        for order in self._orders:
            for place in range(order.length):
                index = order.first + place
                phase, coefficient, extra = order.route[place % len(order.route)]
                start, end = self._times(rng, order, place, phase)
                kind = 2
                if order.completed is not None:
                    kind, done = fault.of(done), done + 1
                if index in long and end is not None:
                    start = end - DAY * 1_200
                elif kind == 0:
                    start, end = (None if rng.random() < 0.8 else start), None
                elif kind == 1 and start is not None:
                    end = start - MINUTE * rng.randrange(1, 28_800)
                day = order.created.replace(hour=0, minute=0) + DAY * place if index in planned else None
                shift = 1 + int(rng.random() * 2.2) if index in planned else None
                weight: float = round(6 + 12 * rng.random(), 2) if index in weighed else 0
                x = extra if rng.random() < 0.1 else 0
                sequence = place + 1
                yield [
                    FIRST_PHASE_ID + 2 * index,
                    order.id,
                    start,
                    end,
                    day,
                    coefficient,
                    x,
                    phase,
                    weight,
                    int(index in returned),
                    shift,
                    sequence,
                ]

    def assignment_rows(self) -> Iterator[Row]:
        """One to five people for each worked phase; the share of existing phases is the given rate."""
        rng = Random(f"{self._seed}/assignments")
        total = max(1, round(WORKED_PHASES * self._scale))
        sizes = Picker(rng, total, *(share(count, WORKED_PHASES, total) for count in BY_SIZE.values()))
        pairs = share(BY_SIZE[2], WORKED_PHASES, total)
        chiefs = Picker(rng, total, share(219, WORKED_PHASES, total))
        several = Picker(rng, pairs, share(30, BY_SIZE[2], pairs))
        matched = Picker(rng, total, min(round(total * self._rates.employee_productivity), self._phases))
        who = Picker(
            rng,
            round(ASSIGNMENT_ROWS * self._scale) or 1,
            share(BY_UNKNOWN, ASSIGNMENT_ROWS, max(2, round(ASSIGNMENT_ROWS * self._scale))),
            round(BY_INACTIVE * self._scale),
        )
        worked = Picker(rng, self._phases)
        active = self._catalogues.active
        pools = (UNKNOWN_PEOPLE, self._catalogues.inactive[: WORKING_PEOPLE - len(active)], active)
        row = pair = exists = below = 0
        for group in range(total):
            kind = sizes.of(group)
            size = 1 if kind == len(BY_SIZE) else list(BY_SIZE)[kind]
            if group in matched:
                phase = FIRST_PHASE_ID + 2 * worked.place(exists)
                exists += 1
            elif below < FAR_BELOW and size == 1:
                phase, below = 1_000 + below, below + 1
            else:
                phase = FIRST_PHASE_ID + 2 * group + 1
            is_chief = [member == 0 and group not in chiefs for member in range(size)]
            if size == 2:
                is_chief[1] = pair in several
                pair += 1
            start = rng.randrange(1_000)
            for member in range(size):
                pool = pools[who.of(row)]
                yield [phase, pool[(start + member) % len(pool)], int(is_chief[member])]
                row += 1

    def error_rows(self) -> Iterator[Row]:
        """Errors of orders' phases; a few rows repeat an earlier one exactly, as separate events."""
        rng = Random(f"{self._seed}/errors")
        total = max(2, round(ERROR_ROWS * self._scale))
        counts = (WITHOUT_CULPRIT, CULPRIT_AFTER, CULPRIT_SAME)
        culprits = Picker(rng, total, *(share(count, ERROR_ROWS, total) for count in counts))
        severities = Picker(rng, total, share(12_605, ERROR_ROWS, total), share(1_641, ERROR_ROWS, total))
        kinds = Picker(rng, total, share(3_078, ERROR_ROWS, total), share(9, ERROR_ROWS, total))
        repeats = Picker(rng, total, share(9, ERROR_ROWS, total))
        orphans = Picker(rng, total, round(total * (1 - self._rates.error_attribution)))
        previous: Row | None = None
        for index in range(total):
            if previous is not None and index in repeats:
                yield previous
                continue
            previous = self._error(rng, index, culprits.of(index), kinds.of(index), index in orphans)
            previous[3] = (2, 3, 1)[severities.of(index)]
            yield previous

    def _error(self, rng: Random, index: int, culprit: int, kind: int, is_orphan: bool) -> Row:
        at = rng.randrange(self._phases)
        order = self._owner(at)
        judge = max(at, order.first + 1) if culprit == 3 and order.length > 1 else at
        if culprit == 1:
            judge = min(at, max(order.first, order.first + order.length - 2))
        blamed: int | None = None
        if culprit == 1:
            blamed = rng.randrange(judge, order.first + order.length - 1) + 1 if order.length > 1 else judge
        elif culprit == 2:
            blamed = judge
        elif culprit == 3:
            blamed = rng.randrange(order.first, judge) if judge > order.first else judge
        blamed_id: Any = None if blamed is None else FIRST_PHASE_ID + 2 * blamed + int(is_orphan)
        phase = order.route[(judge - order.first) % len(order.route)][0]
        owner = 9_900_000 + index % 5 if kind == 1 else order.id
        if kind == 0:
            return [CHECKLIST_LINE, owner, CHECKLIST_PHASE, 1, FIRST_PHASE_ID + 2 * judge, blamed_id]
        return [rng.choice(FINDINGS), owner, phase, 1, FIRST_PHASE_ID + 2 * judge, blamed_id]

    def _owner(self, index: int) -> Order:
        return self._orders[bisect_right(self._firsts, index) - 1]

    def _long_phases(self, rng: Random, count: int) -> set[int]:
        closed = [order for order in self._orders if order.completed is not None and order.length]
        return {rng.choice(closed).first for _ in range(count)} if closed else set()

    def _times(
        self, rng: Random, order: Order, place: int, phase: int
    ) -> tuple[dt.datetime | None, dt.datetime | None]:
        if place > order.current:
            return None, None
        until = order.completed or EXPORTED_AT
        span = max((until - order.created).total_seconds() / 60, 600.0)
        base = order.created if until >= order.created else until
        share_of_span = (place + rng.random()) / (order.current + 1 if order.completed is None else order.length)
        start = min(base + MINUTE * int(span * share_of_span * 0.98), EXPORTED_AT)
        if place == order.current:
            return start, None
        minutes = 0 if phase in self._catalogues.automatic else 1 + int(rng.expovariate(1 / 150))
        return start, min(start + MINUTE * minutes, EXPORTED_AT)
