"""The checks of what a model wrote, one idea a file; `services/guidance/checks.py` puts them together. All pure."""
