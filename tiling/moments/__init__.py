"""Tiles of other moments than now: every version in one tree, and any past day out of it."""
