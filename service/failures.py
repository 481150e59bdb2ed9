"""The failing features of a submission as a GeoPackage."""
