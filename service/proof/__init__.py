"""What others hold against the base, and the base against itself."""
