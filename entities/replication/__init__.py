"""Replication: a second base kept from a first one, and bases that each write their own and converge."""
