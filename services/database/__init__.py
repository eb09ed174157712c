"""The relational database of a service: one code base (SQLAlchemy Core) for SQLite and PostgreSQL."""
