"""Vector tiles (MVT 2.1): the entities of one layer within one square of a web map."""
