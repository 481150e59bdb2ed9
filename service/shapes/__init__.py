"""How values of the base are written as JSON, the same for machines and for pages."""
