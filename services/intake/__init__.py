"""Intake: the door.

Words and facts are in its memory only; it keeps ids, uses, consent and hashes, and hands on sealed bundles.
"""
