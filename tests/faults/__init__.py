"""The real server, killed and starved from outside."""
