"""Guidance: facts, rules and answers scoped to one customer. It can suggest; it has no way to act."""
