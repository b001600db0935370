"""What comes in from the platform: customers by import, usage by event, and the believable customers of the demo."""
