"""Sealing: HPKE epochs between services, data keys for each contributor, signed announcements.

What is sealed to whom is the design's "each hop knows less"; this package knows keys, never topics or databases.
"""
