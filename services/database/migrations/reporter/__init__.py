"""The history of the store of reporter."""
