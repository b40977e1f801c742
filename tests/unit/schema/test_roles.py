"""Role names: three different ones for every prefix that is accepted, and no SQL through them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.database.access.roles import BadRolePrefix, roles_for
from app.database.engine import ROLE_NAME

POSTGRESQL_KEEPS_BYTES = 63


@given(st.from_regex(r"[a-z_][a-z0-9_]{0,55}", fullmatch=True))
def test_accepted_prefixes_name_three_roles_that_postgresql_keeps_apart(prefix: str) -> None:
    kept = {name.encode()[:POSTGRESQL_KEEPS_BYTES] for name in roles_for(prefix).all}
    assert kept == {name.encode() for name in roles_for(prefix).all}
    assert len(kept) == 3
    assert all(ROLE_NAME.fullmatch(name) for name in roles_for(prefix).all)


@pytest.mark.parametrize("prefix", ["", "1a", "Plan", "a-b", 'x"; DROP ROLE y; --', "a b", "é", "a" * 57, "a\n"])
def test_other_prefixes_are_refused(prefix: str) -> None:
    with pytest.raises(BadRolePrefix) as refusal:
        roles_for(prefix)
    assert refusal.value.code == "BAD_ROLE_PREFIX"
