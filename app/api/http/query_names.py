"""Refuses query parameters that the route does not declare and repeated ones, so that a mistyped filter is noticed.

FastAPI ignores unknown parameters and takes the last of repeated ones.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from inspect import isclass
from typing import get_origin

from fastapi import Request
from fastapi.dependencies.models import Dependant
from pydantic import BaseModel

from app.api.http.problems import invalid


def declared_names(dependant: Dependant) -> dict[str, bool]:
    """The query parameters of a route and its dependencies: by name, True if a list is taken."""
    return dict(_declared(dependant))


def _declared(dependant: Dependant) -> Iterator[tuple[str, bool]]:
    for field in dependant.query_params:
        taken = field.field_info.annotation
        if isclass(taken) and issubclass(taken, BaseModel):
            for name, member in taken.model_fields.items():
                yield member.alias or name, get_origin(member.annotation) is list
        else:
            yield field.field_info.alias or field.name, get_origin(taken) is list
    for needed in dependant.dependencies:
        yield from _declared(needed)


def refuse_other_names(request: Request, declared: dict[str, bool]) -> None:
    """Let the query pass, or raise 422 as a Problem that names each parameter at fault."""
    if not request.scope["query_string"]:
        return
    faults = []
    for name, times in Counter(name for name, _ in request.query_params.multi_items()).items():
        if name not in declared:
            faults.append(("query", name, "This address has no such parameter"))
        elif times > 1 and not declared[name]:
            faults.append(("query", name, "Given more than once"))
    if faults:
        raise invalid(faults)
