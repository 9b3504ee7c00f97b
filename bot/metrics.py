"""Prometheus metrics of the service."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

TURN_SECONDS_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)


class Metrics:
    """All metrics, in a registry of their own so that several services can run in one test."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.turns = Counter("banso_turns", "Turns by outcome", ["channel", "outcome"], registry=self.registry)
        self.turn_seconds = Histogram(
            "banso_turn_seconds", "Time of one turn", ["channel"], buckets=TURN_SECONDS_BUCKETS, registry=self.registry
        )
        self.refused = Counter("banso_refused", "Messages refused at the door", ["reason"], registry=self.registry)
        self.nlu_up = Gauge("banso_nlu_up", "Whether the NLU server answers", registry=self.registry)
