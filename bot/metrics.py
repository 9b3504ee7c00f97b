"""Prometheus metrics of the service."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

TURN_SECONDS_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)

SEND_SECONDS_BUCKETS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0, 60.0, 300.0)


class Metrics:
    """All metrics, in a registry of their own so that several services can run in one test."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.turns = Counter("banso_turns", "Turns by outcome", ["channel", "outcome"], registry=self.registry)
        self.turn_seconds = Histogram(
            "banso_turn_seconds", "Time of one turn", ["channel"], buckets=TURN_SECONDS_BUCKETS, registry=self.registry
        )
        self.refused = Counter("banso_refused", "Messages refused at the door", ["reason"], registry=self.registry)
        self.events = Counter("banso_events", "Events of channels by what became of them", ["channel", "result"], registry=self.registry)
        self.accept_seconds = Histogram(
            "banso_accept_seconds", "Time until an event is durable", ["channel"], buckets=TURN_SECONDS_BUCKETS, registry=self.registry
        )
        self.set_aside = Counter("banso_events_set_aside", "Events given up", ["channel"], registry=self.registry)
        self.sends = Counter("banso_sends", "Messages by what the vendor said", ["channel", "result"], registry=self.registry)
        self.send_delay_seconds = Histogram(
            "banso_send_delay_seconds", "Time from writing a message until the vendor took it", ["channel"],
            buckets=SEND_SECONDS_BUCKETS, registry=self.registry,
        )  # fmt: skip
        self.waiting = Gauge("banso_waiting", "What waits: events, messages, spooled events", ["queue"], registry=self.registry)
        self.oldest_seconds = Gauge("banso_waiting_oldest_seconds", "How long the oldest waits", ["queue"], registry=self.registry)
        self.given_up = Gauge("banso_given_up", "What was set aside and waits for a person", ["queue"], registry=self.registry)
        self.nlu_up = Gauge("banso_nlu_up", "Whether the NLU server answers", registry=self.registry)
