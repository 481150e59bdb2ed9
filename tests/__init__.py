"""Tests: they mirror the three packages, plus contract/ (both databases), browser/ and bench/."""
