"""One content function for each layer: from the versions in a tile to the tile's bytes."""
