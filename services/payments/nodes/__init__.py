"""Nodes: what they tell with a heartbeat, and what they are told by its answer: what the customer's plan includes."""
