"""How a text is made fit to leave this machine: the pure parts that `privacy.py` puts together."""
