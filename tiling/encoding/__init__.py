"""What a tile is written as: a GLB with a table of its features, sheets of pictures, gzip around it."""
