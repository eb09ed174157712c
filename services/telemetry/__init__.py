"""Logs and metrics that can hold nothing anybody said: allow-listed keys, vocabulary labels."""
