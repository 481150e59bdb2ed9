"""Standard map sheets, base-map tiles and the still picture, drawn from a view by mapnik in a process of its own."""
