"""The history of the store of sign-in."""
