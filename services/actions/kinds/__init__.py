"""The kinds of audited action, one file each: what an allowed action changes."""
