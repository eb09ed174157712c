"""What the reporter keeps: one row a contribution, sessions, periods, releases and their ledger; a system of record.

``nodes`` and ``sectors`` hold vocabulary ids; there is no free text but the published bodies and the names of who
prepared and approved them.
"""

import sqlalchemy as sa

from services.runner.consent import consents_table
from services.runner.erasure import heard_table, refusals_table
from services.runner.outbox import outbox_table

VERSION = 1

metadata = sa.MetaData()

outbox = outbox_table(metadata)
refusals = refusals_table(metadata)
heard = heard_table(metadata)
consents = consents_table(metadata)

rows = sa.Table(
    "rows",
    metadata,
    sa.Column("contribution", sa.Text, primary_key=True),
    sa.Column("contributor", sa.Text, nullable=False, index=True),
    sa.Column("input_revision", sa.Integer, nullable=False),
    sa.Column("revision", sa.Integer, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("uses", sa.Text, nullable=False),
    sa.Column("group_id", sa.Text),
    sa.Column("session", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("areas", sa.Text, nullable=False),
    sa.Column("month", sa.Text, nullable=False),
    sa.Column("period", sa.Text, nullable=False, index=True),
    sa.Column("identified", sa.Boolean, nullable=False),
    sa.Column("nodes", sa.Text, nullable=False),
    sa.Column("sectors", sa.Text, nullable=False),
    sa.Column("forms", sa.Text, nullable=False),
    sa.Column("stance", sa.Text, nullable=False),
    sa.Column("uncovered", sa.Boolean, nullable=False),
    sa.Column("bank", sa.Text, nullable=False),
    sa.Column("pseudonymiser", sa.Text, nullable=False),
)

sessions = sa.Table(
    "sessions",
    metadata,
    sa.Column("session", sa.Text, primary_key=True),
    sa.Column("revision", sa.Integer, nullable=False),
    sa.Column("group_id", sa.Text),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("areas", sa.Text, nullable=False),
    sa.Column("month", sa.Text, nullable=False),
    sa.Column("number_present", sa.Integer, nullable=False),
    sa.Column("tallies", sa.LargeBinary),
)

periods = sa.Table(
    "periods",
    metadata,
    sa.Column("period", sa.Text, primary_key=True),
    sa.Column("closed_on", sa.Text, nullable=False),
    sa.Column("largest_sessions", sa.Text, nullable=False),
)

releases = sa.Table(
    "releases",
    metadata,
    sa.Column("release", sa.Text, primary_key=True),
    sa.Column("period", sa.Text, nullable=False, index=True),
    sa.Column("framework", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("body_hash", sa.Text, nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False),
    sa.Column("largest_sessions", sa.Text, nullable=False),
    sa.Column("prepared_by", sa.Text, nullable=False),
    sa.Column("approved_by", sa.Text),
    sa.Column("names_verified", sa.Boolean, nullable=False),
    sa.Column("prepared_on", sa.Text, nullable=False),
    sa.Column("published_on", sa.Text),
)

#: The latest approved statements as ``sv.statement.changed`` gives them. ``words`` is empty once retracted; lists are JSON.
statements = sa.Table(
    "statements",
    metadata,
    sa.Column("statement", sa.Text, primary_key=True),
    sa.Column("revision", sa.Integer, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("day", sa.Text, nullable=False),
    sa.Column("words", sa.Text),
    sa.Column("words_hash", sa.Text, nullable=False),
    sa.Column("nodes", sa.Text, nullable=False),
    sa.Column("approvers", sa.Text, nullable=False),
    sa.Column("group_id", sa.Text, index=True),
    sa.Column("sessions", sa.Text, nullable=False),
    sa.Column("area", sa.Text),
    sa.Column("sectors", sa.Text, nullable=False),
    sa.Column("measures", sa.Text, nullable=False),
)
