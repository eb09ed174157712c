"""The history of the store of themer."""
