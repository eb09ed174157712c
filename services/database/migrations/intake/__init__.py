"""The history of the store of intake."""
