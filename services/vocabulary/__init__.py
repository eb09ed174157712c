"""Frameworks, areas, sectors, roles, session kinds and bands: pure look-ups over the data files."""
