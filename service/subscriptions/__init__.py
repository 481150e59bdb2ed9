"""Webhooks: who wants to be told of which changes, signed, in order, until it is received; and where news comes in."""
