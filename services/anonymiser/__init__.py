"""The anonymiser: it sees the words, in memory; it keeps its private epoch keys and nothing else."""
