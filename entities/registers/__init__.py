"""Registers: the codes that other registers give to entities, how they are written, checked and meant."""
