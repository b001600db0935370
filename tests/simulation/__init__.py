"""A seeded simulation of a support team on one database, with crashes, checked against a naive oracle at each step."""

import pytest

# What a broken invariant looks like is told in full, as for a test's own assertions.
pytest.register_assert_rewrite(
    "tests.simulation.inspector", "tests.simulation.invariants", "tests.simulation.simulation"
)
