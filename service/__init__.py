"""Speaks HTTP, HTML and shell."""
