"""Reading the files in which people write sessions up: one reader a format.

Bytes in, submissions out: no database, no network, nothing written to a disk. A refusal names the place and the rule,
never a value, and never the file's name, because that may hold a person's name too.
"""
