"""The review desk: who may decide about which cases, in which order they come, who holds them, and deciding them."""
