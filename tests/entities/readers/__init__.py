"""Tests of how files come in."""
