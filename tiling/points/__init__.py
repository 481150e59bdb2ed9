"""Point clouds: LAS, LAZ and COPC as an additive octree of GLB points, every point exactly once."""
