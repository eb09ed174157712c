"""Metrics: ``sv_<service>_<noun>_<unit>``; labels are topic, group and outcome, never a person, session or text."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

_STEP_BUCKETS = (0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 30)


class WorkerMetrics:
    """What one service's workers measure.

    Attributes:
        records: records handled, by topic and outcome (done, parked, repeated).
        step_seconds: how long a batch took.
        lag: records behind the head, by topic.
        oldest_seconds: how long the group has been behind without moving, by topic.
        dead_letters: open dead letters, by topic.
        dead_letter_age_days: age of the oldest open dead letter.
    """

    def __init__(self, service: str, registry: CollectorRegistry) -> None:
        prefix = f"sv_{service}"
        self.records = Counter(
            f"{prefix}_records",
            "Records handled",
            ["topic", "group", "outcome"],
            registry=registry,
        )
        self.step_seconds = Histogram(
            f"{prefix}_step_seconds",
            "Seconds a batch took",
            ["group"],
            registry=registry,
            buckets=_STEP_BUCKETS,
        )
        self.lag = Gauge(f"{prefix}_lag_records", "Records behind the head", ["topic", "group"], registry=registry)
        self.oldest_seconds = Gauge(
            f"{prefix}_oldest_waiting_seconds",
            "Seconds behind without moving",
            ["topic", "group"],
            registry=registry,
        )
        self.dead_letters = Gauge(
            f"{prefix}_dead_letters_records",
            "Open dead letters",
            ["topic", "group"],
            registry=registry,
        )
        self.dead_letter_age = Gauge(
            f"{prefix}_dead_letter_age_days",
            "Age of the oldest open dead letter",
            ["group"],
            registry=registry,
        )
