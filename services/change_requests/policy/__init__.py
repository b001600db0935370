"""The policy as data: what it may say, the file it stands in, and how far its bounds reach."""
