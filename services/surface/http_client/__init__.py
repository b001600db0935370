"""The client of the method table over HTTP: the same calls, answers and refusals as the surface in this process."""
