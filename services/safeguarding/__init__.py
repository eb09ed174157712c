"""Recognises that somebody may be at risk now, so that a person is told at once; never the route itself."""
