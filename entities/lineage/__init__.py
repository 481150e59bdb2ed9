"""Lineage: when codes are kept, what events say, and how a transaction or an event is taken back."""
