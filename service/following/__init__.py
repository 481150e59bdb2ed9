"""Following: keeping this base from another service's, now and again or all the time."""
