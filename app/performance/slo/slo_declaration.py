"""The declared SLOs of app/performance/slo.yaml (OpenSLO v1); unknown or mistyped members are refused."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from app.checkout import PACKAGE
from app.performance.errors import DeclarationError
from app.performance.slo.row_bound import RowBound, parse_bound

SLO_FILE = PACKAGE / "performance" / "slo.yaml"
LEAST_REQUESTS = 400
"""Fewest measured requests of a verdict (DESIGN: n ≥ 400)."""
ROWS_ANNOTATION = "prodplan.local/rows-examined-per-row-returned"
PLACEHOLDER = re.compile(r"\{(\w+)\}")
KNOWN_PLACEHOLDERS = frozenset(
    {"work_order_id", "product_id", "phase_id", "run_id", "order_cursor", "period_from", "period_to"}
)
Name = Annotated[str, Field(pattern=r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$")]


@dataclass(frozen=True, slots=True)
class Variant:
    """A request of an SLO's endpoint that is explained in addition to the measured ones, with a bound of its own."""

    request: str
    rows_bound: RowBound


@dataclass(frozen=True, slots=True)
class Slo:
    """One objective and how it is measured.

    endpoint: the route's path as in the OpenAPI document. requests: path templates asked in turn. rate_per_s: fixed
    arrival rate of this SLO alone. quantile: the share of answers that must take less than target_ms. variants:
    explained, but no part of the load.
    """

    name: str
    title: str
    endpoint: str
    requests: tuple[str, ...]
    target_ms: float
    quantile: float
    rate_per_s: float
    measured_requests: int
    warm_up_requests: int
    timeout_s: float
    rows_bound: RowBound
    variants: tuple[Variant, ...] = ()


class Strict(BaseModel):
    """Base of the file's parts: unknown members are refused, and text is not converted to numbers."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Metadata(Strict):
    """OpenSLO's metadata; names follow RFC 1123."""

    name: Name
    displayName: str | None = None  # noqa: N815 (OpenSLO's spelling)
    annotations: dict[str, str] = {}


class VariantSpec(Strict):
    """One variant; without a bound of its own it has the SLO's."""

    request: Annotated[str, Field(pattern=r"^/\S*$")]
    rows_examined_per_row_returned: str | None = None


class LoadSpec(Strict):
    """The project's own part of the data source: requests, rates and bounds."""

    endpoint: Annotated[str, Field(pattern=r"^/[^?\s]*$")]
    requests: Annotated[list[Annotated[str, Field(pattern=r"^/\S*$")]], Field(min_length=1)]
    arrival_rate_per_s: Annotated[float, Field(gt=0, le=1000)]
    measured_requests: Annotated[int, Field(ge=LEAST_REQUESTS, le=100_000)]
    warm_up_requests: Annotated[int, Field(ge=1, le=10_000)]
    timeout_s: Annotated[float, Field(gt=0, le=60)]
    variants: list[VariantSpec] = []


class MetricSource(Strict):
    """The source of the metric."""

    type: Literal["http-load"]
    spec: LoadSpec


class ThresholdMetric(Strict):
    """A metric compared with the objective's value."""

    metricSource: MetricSource  # noqa: N815


class SliSpec(Strict):
    """An indicator."""

    description: str | None = None
    thresholdMetric: ThresholdMetric  # noqa: N815


class Objective(Strict):
    """`target` of all occurrences are under `value` (ms)."""

    displayName: str | None = None  # noqa: N815
    op: Literal["lt"]
    value: Annotated[float, Field(gt=0, le=60_000)]
    target: Annotated[float, Field(ge=0.5, lt=1)]


class SloSpec(Strict):
    """An objective of a service's indicator."""

    description: str | None = None
    service: Name
    indicatorRef: Name  # noqa: N815
    budgetingMethod: Literal["Occurrences"]  # noqa: N815
    objectives: Annotated[list[Objective], Field(min_length=1, max_length=1)]


class ServiceSpec(Strict):
    """The service that the objectives are of."""

    description: str | None = None


SPECS: dict[str, type[Strict]] = {"Service": ServiceSpec, "SLI": SliSpec, "SLO": SloSpec}


class Header(BaseModel):
    """The fields with which every OpenSLO document begins."""

    model_config = ConfigDict(extra="forbid")

    apiVersion: Literal["openslo/v1"]  # noqa: N815
    kind: Literal["Service", "SLI", "SLO"]
    metadata: Metadata
    spec: dict[str, Any]


def load_slos(path: Path = SLO_FILE) -> tuple[Slo, ...]:
    """The SLOs in the order of the file. Raises DeclarationError, naming the document and its fault."""
    try:
        documents = list(yaml.safe_load_all(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise DeclarationError(f"{path.name} cannot be read as YAML: {' '.join(str(error).split())}") from error
    parts: dict[str, dict[str, tuple[Metadata, Any]]] = {kind: {} for kind in SPECS}
    for number, document in enumerate(documents, start=1):
        header, spec = _validated(f"{path.name}, document {number}", document)
        if header.metadata.name in parts[header.kind]:
            raise DeclarationError(f"{path.name} declares the {header.kind} {header.metadata.name} twice.")
        parts[header.kind][header.metadata.name] = (header.metadata, spec)
    slos = tuple(_slo(metadata, spec, parts) for metadata, spec in parts["SLO"].values())
    if not slos:
        raise DeclarationError(f"{path.name} declares no SLO.")
    unused = set(parts["SLI"]) - {spec.indicatorRef for _, spec in parts["SLO"].values()}
    if unused:
        raise DeclarationError(f"{path.name} has indicators without an objective: {', '.join(sorted(unused))}.")
    return slos


def _validated(place: str, document: Any) -> tuple[Header, Any]:
    try:
        header = Header.model_validate(document)
        return header, SPECS[header.kind].model_validate(header.spec)
    except ValidationError as error:
        first = error.errors()[0]
        member = ".".join(str(part) for part in first["loc"]) or "the document"
        raise DeclarationError(f"{place}: {member}: {first['msg']}") from error


def _slo(metadata: Metadata, spec: SloSpec, parts: dict[str, dict[str, tuple[Metadata, Any]]]) -> Slo:
    if spec.service not in parts["Service"]:
        raise DeclarationError(f"SLO {metadata.name} is of the service {spec.service}, which is not declared.")
    if spec.indicatorRef not in parts["SLI"]:
        raise DeclarationError(f"SLO {metadata.name} refers to the SLI {spec.indicatorRef}, which is not declared.")
    if set(metadata.annotations) != {ROWS_ANNOTATION}:
        raise DeclarationError(f"SLO {metadata.name} must have the annotation {ROWS_ANNOTATION} and no other.")
    sli: SliSpec = parts["SLI"][spec.indicatorRef][1]
    load = sli.thresholdMetric.metricSource.spec
    for request in (*load.requests, *(variant.request for variant in load.variants)):
        unknown = set(PLACEHOLDER.findall(request)) - KNOWN_PLACEHOLDERS
        if unknown:
            raise DeclarationError(f"SLO {metadata.name} asks {request}, but nothing fills {sorted(unknown)}.")
    (objective,) = spec.objectives
    if objective.value / 1000 >= load.timeout_s:
        raise DeclarationError(f"SLO {metadata.name} gives up after {load.timeout_s} s, before its target is missed.")
    rows_bound = parse_bound(metadata.annotations[ROWS_ANNOTATION])
    variants = [
        Variant(one.request, parse_bound(one.rows_examined_per_row_returned or rows_bound.text))
        for one in load.variants
    ]
    return Slo(
        name=metadata.name,
        title=metadata.displayName or metadata.name,
        endpoint=load.endpoint,
        requests=tuple(load.requests),
        target_ms=objective.value,
        quantile=objective.target,
        rate_per_s=load.arrival_rate_per_s,
        measured_requests=load.measured_requests,
        warm_up_requests=load.warm_up_requests,
        timeout_s=load.timeout_s,
        rows_bound=rows_bound,
        variants=tuple(variants),
    )
