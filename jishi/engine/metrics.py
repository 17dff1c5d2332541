"""What the engine tells of itself, for `/metrics`."""

from dataclasses import dataclass, field

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram


@dataclass
class Tally:
    """What a lane has counted since it last told; `queue` says how many items wait now, by whose they are."""

    commands: int = 0
    retries: int = 0
    bisects: int = 0
    busy: int = 0
    queue: dict[str, int] = field(default_factory=dict)
    batches_ms: list[float] = field(default_factory=list)


class Metrics:
    """Gauges and counters of one engine process, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.waiting: dict[int, dict[str, int]] = {}  # by the lane's process
        own = {"registry": self.registry}
        self.queue = Gauge("jishi_queue", "Commands waiting for the next batch", ["of"], **own)
        self.batch_ms = Histogram(
            "jishi_batch_ms", "Time of one batch", buckets=(1, 2, 5, 10, 25, 50, 100, 250, 1000), **own
        )
        self.commands = Counter("jishi_commands", "Commands run, refused ones included", **own)
        self.retries = Counter("jishi_batch_retries", "Batches run again after a transient error", **own)
        self.bisects = Counter("jishi_batch_bisects", "Batches split after an error", **own)
        self.busy = Counter("jishi_busy", "Requests refused because the queue was too long", **own)
        self.lag = Gauge("jishi_consumer_lag", "Log rows a consumer has not seen", ["consumer"], **own)
        self.oldest_timer_ms = Gauge("jishi_oldest_timer_ms", "How long the oldest due timer has waited", **own)
        self.unknown_payments = Gauge("jishi_unknown_payments", "Payment legs whose outcome is not known yet", **own)
        self.open_streams = Gauge("jishi_streams", "Live streams open", **own)

    def add(self, tally: Tally, process: int = 0) -> None:
        """Count what a lane has told, of this process or another one."""
        for name in ("commands", "retries", "bisects", "busy"):
            getattr(self, name).inc(getattr(tally, name))
        self.waiting[process] = tally.queue
        for whose in tally.queue:
            self.queue.labels(whose).set(sum(waiting.get(whose, 0) for waiting in self.waiting.values()))
        for took_ms in tally.batches_ms:
            self.batch_ms.observe(took_ms)


METRICS = Metrics()
