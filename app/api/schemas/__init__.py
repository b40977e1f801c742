"""The answers' bodies, one module per area: the typed results of planning, each with what it rests on."""
