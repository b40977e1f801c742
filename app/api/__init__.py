"""The HTTP API: `application.create_app` builds it, `server.serve` and `server.served` run it."""
