"""The chat pane and its parts. Nothing heavy is imported before the first paint: see `pane`."""
