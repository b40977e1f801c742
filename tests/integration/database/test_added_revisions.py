"""A bad or a final revision on top of head: lost data is named, and a forbidden direction is refused."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import sqlalchemy as sa

from app.database.revisions.catalogue import differences
from app.database.revisions.migrate import IrreversibleRevision, current, downgrade, irreversible, upgrade
from tests.acceptance.support.revision_seeds import SEEDS, lost, plant
from tests.integration.database.conftest import catalogue, connected

REASON = "The rows that it merges cannot be told apart again."

LOSING = {
    "rows deleted": ("DELETE FROM core.phases", "core.phases"),
    "values changed": ("UPDATE audit.rejected_rows SET detail = ''", "audit.rejected_rows"),
    "partition dropped": ("DROP TABLE core.phase_rates_r1", "core.phase_rates"),
    "template emptied": ("TRUNCATE staging.skills", "staging.skills"),
    "type that rounds": ("ALTER TABLE core.products ALTER gelcoat_deck_kg TYPE integer", "core.products"),
    "another run's": ("UPDATE audit.ingestion_sheets SET sheet_sha256 = NULL", "audit.ingestion_sheets"),
}


@pytest.mark.parametrize(("statement", "table"), LOSING.values(), ids=LOSING.keys())
def test_a_revision_that_loses_data_is_named_by_table(
    statement: str, table: str, scratch_url: sa.URL, add_revision: Callable[..., str]
) -> None:
    for seed in SEEDS:
        upgrade(scratch_url, seed.revision)
        with connected(scratch_url) as connection:
            planted = plant(connection, seed)
    add_revision(statement)
    upgrade(scratch_url)
    with connected(scratch_url) as connection:
        assert {line.split()[0] for line in lost(connection, planted)} == {table}


def test_every_seed_leaves_a_row_in_every_table(scratch_url: sa.URL) -> None:
    for seed in SEEDS:
        upgrade(scratch_url, seed.revision)
        with connected(scratch_url) as connection:
            planted = plant(connection, seed)
        assert [table for table, (_, rows) in planted.items() if not rows] == []


def test_an_irreversible_revision_is_not_undone_and_says_why(
    scratch_url: sa.URL, add_revision: Callable[..., str]
) -> None:
    final = add_revision("CREATE TABLE core.spare (a integer)", declarations=f"irreversible = {REASON!r}")
    last = add_revision("CREATE TABLE core.other (a integer)", down=("DROP TABLE core.other",))
    upgrade(scratch_url)
    assert irreversible() == {final: REASON}
    for target in ("base", "0003"):
        before = catalogue(scratch_url)
        with pytest.raises(IrreversibleRevision) as refusal:
            downgrade(scratch_url, target)
        assert final in str(refusal.value)
        assert REASON in str(refusal.value)
        assert (current(scratch_url), differences(before, catalogue(scratch_url))) == (last, [])
    downgrade(scratch_url, final)
    assert current(scratch_url) == final
