"""Scenarios of what-if can be kept by name.

Revision ID: 0016
Revises: 0015
"""

from __future__ import annotations

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
CREATE TABLE audit.what_if_scenarios (
    scenario_id bigint GENERATED ALWAYS AS IDENTITY,
    plant text NOT NULL,
    name text NOT NULL,
    note text,
    kept_by text NOT NULL,
    kept_at timestamp with time zone NOT NULL DEFAULT now(),
    run_id bigint NOT NULL,
    scenario jsonb NOT NULL,
    outcomes jsonb NOT NULL,
    CONSTRAINT pk_what_if_scenarios PRIMARY KEY (scenario_id),
    CONSTRAINT uq_what_if_scenarios_name UNIQUE (plant, name),
    CONSTRAINT ck_what_if_scenarios_texts CHECK (
        length(plant) <= 200 AND length(name) <= 80 AND length(note) <= 500 AND length(kept_by) <= 200),
    CONSTRAINT ck_what_if_scenarios_sizes CHECK (
        length(scenario::text) <= 400000 AND length(outcomes::text) <= 4000)
)
""",
    "COMMENT ON TABLE audit.what_if_scenarios IS 'What-if scenarios that planners keep by name.'",
    "COMMENT ON COLUMN audit.what_if_scenarios.run_id IS 'The run that was simulated when it was kept.'",
    "COMMENT ON COLUMN audit.what_if_scenarios.outcomes IS 'Figures of baseline and simulated for that run.'",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP TABLE audit.what_if_scenarios")
