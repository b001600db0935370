"""`billinghelp serve`: what a view costs over HTTP, and how many audited actions a process sustains on PostgreSQL."""

from tests.benchmarks import service_actions, service_views
from tests.benchmarks.figures import Group


def measure(rounds: int) -> Group:
    """Measure both."""
    views = service_views.measure(rounds)
    found = service_actions.measure(rounds)
    about = "a process serving over loopback, against the call in this process, and against bare connections' same rows"
    return Group(about, [*views, *found.figures], found.notes)
