"""The demo base: Shandong's divisions, a moved water network, and a made district of Jinan surveyed twice."""
