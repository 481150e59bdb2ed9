"""Tiles where they are kept: blobs and a pointer, in a folder or an object store, read back and looked over."""
