"""What is counted, for Prometheus: no customer and no caller, and labels from closed sets alone."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import cache

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

# A view takes milliseconds, an import seconds, an answer of the chat up to two minutes.
_BUCKETS = (0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 120.0)


class Metrics:
    """The figures of one process, in a registry of their own."""

    def __init__(self) -> None:
        self._registry = registry = CollectorRegistry()
        self._requests = Counter("billinghelp_requests", "Requests answered.", ("method", "status"), registry=registry)
        self._seconds = Histogram(
            "billinghelp_request_seconds",
            "How long requests took, from their first byte to the last of the answer.",
            ("method",),
            buckets=_BUCKETS,
            registry=registry,
        )
        self._in_flight = Gauge("billinghelp_requests_in_flight", "Requests being answered.", registry=registry)
        self._rate_limited = Counter(
            "billinghelp_rate_limited", "Requests refused because their token had made too many.", registry=registry
        )
        self._streams = Gauge("billinghelp_chat_streams_open", "Answers of the chat being written.", registry=registry)
        # Looking a label's counter up takes longer than counting.
        self._requests_of = cache(self._requests.labels)
        self._seconds_of = cache(self._seconds.labels)

    @contextmanager
    def in_flight(self) -> Iterator[None]:
        """Count a request as being answered meanwhile."""
        self._in_flight.inc()
        try:
            yield
        finally:
            self._in_flight.dec()

    def answered(self, method: str, status: int, seconds: float) -> None:
        """Count a request that was answered."""
        self._requests_of(method, status).inc()
        self._seconds_of(method).observe(seconds)
        if status == 429:
            self._rate_limited.inc()

    def open_stream(self) -> AbstractContextManager[None]:
        """Count an answer of the chat as being written meanwhile."""
        return self._streams.track_inprogress()

    def text(self) -> bytes:
        """Return the figures in Prometheus' text format."""
        return generate_latest(self._registry)
