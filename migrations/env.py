"""Runs the migrations on the connection that app.database.revisions.migrate hands over; imports nothing of app."""

from __future__ import annotations

from alembic import context

config = context.config
target_metadata = config.attributes.get("target_metadata")
include_object = config.attributes.get("include_object")


def run_offline() -> None:
    """Write the statements as SQL instead of running them."""
    context.configure(
        dialect_name="postgresql",
        # Otherwise a per cent sign would be written twice, as for a driver that puts parameters in its place.
        dialect_opts={"paramstyle": "named"},
        literal_binds=True,
        transaction_per_migration=True,
        output_buffer=config.attributes.get("output_buffer"),
    )
    with context.begin_transaction():
        context.run_migrations()


def run_online() -> None:
    """Run each revision in a transaction of its own."""
    connection = config.attributes.get("connection")
    if connection is None:
        raise SystemExit(
            "Migrations run through `make bootstrap` (python3 -m app bootstrap): alembic has no database here."
        )
    context.configure(
        connection=connection,
        target_metadata=target_metadata,
        include_object=include_object,
        include_schemas=True,
        compare_type=True,
        compare_server_default=True,
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()


if context.is_offline_mode():
    run_offline()
else:
    run_online()
