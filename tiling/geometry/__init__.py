"""Triangles of things in arrays: footprints, surfaces, tubes, ribbons, shafts, repeated shapes, volumes around them."""
