"""From entities to a published tree of tiles: planned, drawn by several processes, only where something changed."""
