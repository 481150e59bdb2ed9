"""Uploads and what becomes of them: received, confirmed, taken in, reported."""
