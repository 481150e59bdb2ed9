"""Upload profiles that come with the program; see `entities/profiles.py`."""
