"""The HTTP API: `application.create_app` builds it, `process.server.serve` and `served` run it."""
