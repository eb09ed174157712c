"""The migrations of every store, one history (a folder) each; write them with this package as a program."""
