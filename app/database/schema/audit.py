"""Metadata of the audit schema: what each run did, refused, found and judged."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from app.contract.sheet_counts import COUNTS
from app.database.schema.base import metadata

RUN_STATUSES = ("RUNNING", "PUBLISHED", "FAILED", "REFUSED")
REQUEST_ENDS = ("PUBLISHED", "NO_OP", "FAILED", "REFUSED")
REQUEST_SOURCES = ("UPLOAD", "FOLDER", "KEPT")
REJECT_CODES = ("NULL_KEY", "INVALID_TYPE", "OUT_OF_RANGE", "DUPLICATE_ROW", "CONFLICTING_KEY", "ORPHAN_PARENT")
GATE_STATUSES = ("ENABLED", "DEGRADED", "DISABLED")


def one_of(column: str, values: tuple[str, ...], table: str) -> sa.CheckConstraint:
    listed = ", ".join(f"'{value}'" for value in values)
    return sa.CheckConstraint(f"{column} IN ({listed})", name=f"ck_{table}_{column}")


def required(name: str, kind: Any = sa.BigInteger) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=False)


def moment(name: str) -> sa.Column[Any]:
    """A column that is the time of the row's transaction where nothing else is given."""
    return sa.Column(name, sa.TIMESTAMP(timezone=True), nullable=False, server_default=sa.text("now()"))


def run_table(name: str, comment: str, *items: sa.schema.SchemaItem, key: tuple[str, ...]) -> sa.Table:
    """A table with rows about runs; they are kept after the run's snapshot is dropped."""
    return sa.Table(
        name,
        metadata,
        required("run_id"),
        *items,
        sa.PrimaryKeyConstraint("run_id", *key, name=f"pk_{name}"),
        sa.ForeignKeyConstraint(["run_id"], ["audit.ingestion_runs.run_id"], name=f"fk_{name}_run"),
        schema="audit",
        comment=comment,
    )


ingestion_runs = sa.Table(
    "ingestion_runs",
    metadata,
    sa.Column("run_id", sa.BigInteger, sa.Identity(always=False), nullable=False),
    *(required(name, sa.Text) for name in ("plant", "excel_sha256", "workbook_name", "status", "requested_by")),
    required("backend_pid", sa.Integer),
    moment("started_at"),
    sa.Column("finished_at", sa.TIMESTAMP(timezone=True)),
    sa.Column("phases_s", JSONB, comment="Duration of each ingestion step. Unit: s."),
    sa.Column("failure", sa.Text, comment="Why the run failed or was refused: one line."),
    sa.PrimaryKeyConstraint("run_id", name="pk_ingestion_runs"),
    one_of("status", RUN_STATUSES, "ingestion_runs"),
    schema="audit",
    comment="One row for each ingestion that was begun.",
)

ingestion_requests = sa.Table(
    "ingestion_requests",
    metadata,
    sa.Column(
        "run_id",
        sa.BigInteger,
        nullable=False,
        autoincrement=False,
        comment="Reserved when asked; audit.ingestion_runs has it once the run begins.",
    ),
    *(required(name, sa.Text) for name in ("plant", "excel_sha256", "workbook_name", "requested_by")),
    moment("requested_at"),
    required("source", sa.Text),
    sa.Column(
        "file",
        sa.Text,
        nullable=False,
        comment="UPLOAD: name in the folder of uploads. FOLDER: path below the folder of exports."
        " KEPT: number of the run to make live again.",
    ),
    *(required(name, sa.Boolean) for name in ("force", "allow_shrink")),
    sa.Column("phase", sa.Text),
    sa.Column("done", sa.BigInteger, comment="Unit: rows while phase is extract, otherwise steps."),
    sa.Column("total", sa.BigInteger, comment="Of done; null where it is not known beforehand."),
    sa.Column("progress_at", sa.TIMESTAMP(timezone=True)),
    sa.Column("ended_as", sa.Text, comment="Null while it waits or runs."),
    sa.Column("ended_at", sa.TIMESTAMP(timezone=True)),
    *(sa.Column(name, sa.Text) for name in ("code", "failure")),
    sa.Column(
        "result_run_id",
        sa.BigInteger,
        comment="The run that holds the workbook: this one, or for a NO_OP the one that was live already.",
    ),
    *(
        sa.Column(name, sa.Boolean, nullable=False, server_default=sa.false())
        for name in ("allow_rejects", "allow_older", "allow_empty")
    ),
    sa.Column("retry_of", sa.BigInteger, comment="The failed run that this one repeats."),
    sa.Column("allow_implausible", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.PrimaryKeyConstraint("run_id", name="pk_ingestion_requests"),
    one_of("source", REQUEST_SOURCES, "ingestion_requests"),
    one_of("ended_as", REQUEST_ENDS, "ingestion_requests"),
    schema="audit",
    comment="What the API was asked to ingest, how far that has come and how it ended;"
    " a run started by a command has no row.",
)

ingestion_sheets = run_table(
    "ingestion_sheets",
    "Reconciliation of one sheet of one run; the identities hold exactly.",
    required("sheet", sa.Text),
    *(required(name) for name in COUNTS),
    required("rejects_by_reason", JSONB),
    sa.Column(
        "sheet_sha256",
        sa.Text,
        comment="SHA-256 of the sheet's XML in the workbook; null in records older than this column.",
    ),
    sa.CheckConstraint("rows_extracted = rows_loaded", name="ck_ingestion_sheets_loaded"),
    sa.CheckConstraint("rows_loaded = rows_merged + rows_rejected", name="ck_ingestion_sheets_merged"),
    sa.CheckConstraint("rows_merged = inserted + updated + unchanged", name="ck_ingestion_sheets_diff"),
    key=("sheet",),
)

rejected_rows = run_table(
    "rejected_rows",
    "Rows refused by a run, with their Excel row and raw cells (never a name).",
    required("sheet", sa.Text),
    required("excel_row", sa.Integer),
    required("code", sa.Text),
    required("detail", sa.Text),
    required("cells", JSONB),
    one_of("code", REJECT_CODES, "rejected_rows"),
    key=("sheet", "excel_row"),
)

relationships = run_table(
    "relationships",
    "Match counts of each relationship over all loaded rows of a run.",
    required("relationship", sa.Text),
    required("from_sheet", sa.Text),
    *(required(name) for name in ("rows_referencing", "rows_matched", "distinct_referencing", "distinct_matched")),
    required("orphan_sample", JSONB),
    key=("relationship",),
)

feature_gates = run_table(
    "feature_gates",
    "Judgement of each declared gate for a run, published with the pointer.",
    *(required(name, sa.Text) for name in ("gate", "status", "relationship", "denominator")),
    required("matched"),
    required("referencing"),
    sa.Column("match_rate", sa.Double),
    one_of("status", GATE_STATUSES, "feature_gates"),
    one_of("denominator", ("rows", "distinct"), "feature_gates"),
    key=("gate",),
)

published_figures = run_table(
    "published_figures",
    "Key figures of each published run, written by its first publication and kept beyond retention.",
    sa.Column("as_of", sa.TIMESTAMP),
    *(required(name) for name in ("orders", "open_orders")),
    sa.Column("lead_time_p50_days", sa.Double, comment="Unit: days of 24 h."),
    *(
        required(name)
        for name in (
            "due_orders",
            "due_on_time_orders",
            "overdue_orders",
            "throughput_window_days",
            "throughput_orders",
            "finished_phases",
            "return_phases",
            "quality_errors",
        )
    ),
    sa.Column("recent_lead_time_p50_days", sa.Double, comment="Unit: days of 24 h."),
    key=(),
)

data_quality_issues = run_table(
    "data_quality_issues",
    "Odd rows that a run kept, counted by what is odd.",
    required("sheet", sa.Text),
    required("code", sa.Text),
    required("row_count"),
    required("detail", sa.Text),
    key=("sheet", "code"),
)
