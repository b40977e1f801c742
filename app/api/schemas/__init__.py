"""The bodies of the answers, one module per area: the results of planning with the fields that every answer has."""
