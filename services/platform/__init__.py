"""The platform that carries approved changes out: what it is told, and what it can answer."""
