"""What the surface calls: one file for each thing that people do with payments."""
