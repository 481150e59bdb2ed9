"""The map sheets of a running service: which there are, and how each is drawn and kept."""
