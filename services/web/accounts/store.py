"""What sign-in keeps: accounts and their open sessions; no address, no user agent, no history of visits."""

import sqlalchemy as sa

metadata = sa.MetaData()

accounts = sa.Table(
    "accounts",
    metadata,
    sa.Column("account", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, nullable=False, unique=True),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("password_hash", sa.Text, nullable=False),
    sa.Column("disabled", sa.Boolean, nullable=False),
    sa.Column("wrong", sa.Integer, nullable=False),
    sa.Column("locked_until", sa.Integer, nullable=False),
)

#: ``session_hash`` is the SHA-256 of the id in the cookie: whoever reads this table cannot sign in with it.
sessions = sa.Table(
    "sessions",
    metadata,
    sa.Column("session_hash", sa.Text, primary_key=True),
    sa.Column("account", sa.Text, nullable=False, index=True),
    sa.Column("csrf", sa.Text, nullable=False),
    sa.Column("started", sa.Integer, nullable=False),
    sa.Column("last_seen", sa.Integer, nullable=False),
)
