"""Survivor Voice: four services that carry what survivors say to the boards that must answer.

See ``docs/architecture.md`` for the parts and what each may know.
"""

__version__ = "0.1.0"
