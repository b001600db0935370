"""Customer facts, blockers, readiness, and the conditions of every action."""
