"""The synthetic work orders: creation, completion and transport, with the faults of real orders."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from random import Random

from app.workbook.sample.picking import Picker, share
from app.workbook.sample.sample_catalogues import Catalogues

ORDERS = 27_380
EXPORTED_AT = dt.datetime(2025, 12, 11, 12, 50)
FIRST_DAY = dt.datetime(2019, 1, 7)
LOWEST_ID, HIGHEST_ID = 13_949, 8_970_512
DAY = dt.timedelta(days=1)
FORGOTTEN = dt.timedelta(days=700)
"""Added age of every third open order: in the real workbook 388 of 1,156 are older than a year."""


@dataclass(slots=True)
class Order:
    """One work order; `first` and `length` are its range among all executions."""

    id: int
    created: dt.datetime
    completed: dt.datetime | None
    product: int
    at_phase: int
    transport: dt.datetime | None
    route: list[tuple[int, float, float]]
    first: int = 0
    length: int = 0
    current: int = 0


def make_orders(rng: Random, count: int, produto_join: float, catalogues: Catalogues) -> list[Order]:
    """`count` orders. produto_join: share of their distinct products that exist."""
    products = _products(rng, count, produto_join, catalogues)
    ends = Picker(rng, count, share(1_156, ORDERS, count), share(7, ORDERS, count), share(199, ORDERS, count))
    shipping = Picker(rng, count, share(2_730, ORDERS, count), share(61, ORDERS, count), share(349, ORDERS, count))
    at_night = Picker(rng, count, share(324, ORDERS, count))
    generic = next(iter(catalogues.route_of.values()))
    orders: list[Order] = []
    opened = 0
    is_first_backwards = is_first_usual = True
    for index in range(count):
        kind = ends.of(index)
        created = _created(rng, is_open=kind == 0, is_long=kind == 2)
        if kind == 0:
            opened += 1
            created -= FORGOTTEN * (opened % 3 == 0)
        is_latest, is_first_usual = kind == 3 and is_first_usual, is_first_usual and kind != 3
        if is_latest:
            created = EXPORTED_AT.replace(hour=0, minute=0) - 30 * DAY
        if index in at_night:
            created += dt.timedelta(hours=rng.randrange(6, 18), minutes=rng.randrange(60))
        completed = EXPORTED_AT if is_latest else _completed(rng, kind, created, is_first_backwards)
        is_first_backwards = is_first_backwards and kind != 1
        orders.append(
            Order(
                id=LOWEST_ID + index * (HIGHEST_ID - LOWEST_ID) // max(1, count - 1),
                created=created,
                completed=completed,
                product=products[index],
                at_phase=rng.choice(catalogues.order_phases),
                transport=_transport(rng, shipping.of(index), created, completed),
                route=catalogues.route_of.get(products[index], generic),
            )
        )
    return orders


def _created(rng: Random, *, is_open: bool, is_long: bool) -> dt.datetime:
    latest = (EXPORTED_AT - FIRST_DAY).days
    if is_open:
        return FIRST_DAY + DAY * (latest - rng.randrange(2, 90))
    return FIRST_DAY + DAY * rng.randrange(latest - (1_100 if is_long else 210))


def _completed(rng: Random, kind: int, created: dt.datetime, is_first_backwards: bool) -> dt.datetime | None:
    if kind == 0:
        return None
    if kind == 1:
        return dt.datetime(2006, 3, 10) if is_first_backwards else created - DAY * rng.randrange(1, 30)
    midnight = created.replace(hour=0, minute=0)
    if kind == 2:
        return midnight + DAY * rng.randrange(370, 1_000)
    return midnight + DAY * (1 + min(190, int(rng.expovariate(1 / 30))))


def _transport(rng: Random, kind: int, created: dt.datetime, completed: dt.datetime | None) -> dt.datetime | None:
    midnight = created.replace(hour=0, minute=0)
    if kind == 0:
        return None
    if kind == 1:
        return midnight - DAY * rng.randrange(1, 20)
    if kind == 2:
        return EXPORTED_AT.replace(hour=0, minute=0) + DAY * rng.randrange(1, 120)
    ready = max(completed or midnight, midnight) + DAY * rng.randrange(1, 15)
    return max(midnight + DAY, min(ready, EXPORTED_AT.replace(hour=0, minute=0)))


def _products(rng: Random, count: int, produto_join: float, catalogues: Catalogues) -> list[int]:
    """One product for each order: distinct ones match at the given rate, rows as often as in the real workbook."""
    known = [row[0] for row in catalogues.products]
    distinct = max(2, min(count, round(1_233 * count / ORDERS)))
    matched = min(len(known), round(distinct * produto_join))
    unknown = [800_000 + 11 * number for number in range(distinct - matched)]
    rows_unknown = max(len(unknown), share(387, ORDERS, count)) if unknown else 0
    rows_unknown = count if matched == 0 else min(rows_unknown, count - matched)
    used = rng.sample(known, matched)
    products = [unknown[number % len(unknown)] for number in range(rows_unknown)]
    products += [used[number % len(used)] for number in range(count - rows_unknown)]
    rng.shuffle(products)
    return products
