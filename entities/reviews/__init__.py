"""Reviews: what a computer cannot decide is held as a case, decided by a person, and asked only once."""
