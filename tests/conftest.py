"""What all tests may use: the databases of ``tests/support/databases.py``."""

pytest_plugins = ["databases"]
