"""The routes about the service itself: liveness, readiness, gates, metrics, plants, documentation."""
