"""What the reporter keeps: one row a contribution, sessions, periods, releases and their ledger; a system of record.

``nodes`` and ``sectors`` hold vocabulary ids; there is no free text but the published bodies and the names of who
prepared and approved them.
"""

import sqlalchemy as sa

from services.runner.consent import consents_table
from services.runner.erasure import heard_table, refusals_table
from services.runner.outbox import outbox_table

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
    sa.Column("characteristics", sa.Text, nullable=False),
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
    sa.Column("period", sa.Text, nullable=False, index=True),
    sa.Column("frameworks", sa.Text, nullable=False),
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
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("corrects", sa.Text),
    sa.Column("prepared_account", sa.Text),
    sa.Column("approved_account", sa.Text),
)

#: The ledger: what stood in each release, with true figures; as private as the rows, and never published.
ledger = sa.Table(
    "ledger",
    metadata,
    sa.Column("release", sa.Text, primary_key=True),
    sa.Column("population", sa.Text, primary_key=True),
    sa.Column("period", sa.Text, nullable=False, index=True),
    sa.Column("printed", sa.LargeBinary, nullable=False),
)

#: Keyed hashes of those counted in releases that may be renewed; an erasure removes hers.
ledger_people = sa.Table(
    "ledger_people",
    metadata,
    sa.Column("release", sa.Text, primary_key=True),
    sa.Column("population", sa.Text, primary_key=True),
    sa.Column("mark", sa.Text, primary_key=True, index=True),
)

#: The latest approved statements as ``sv.statement.changed`` gives them: no words once retracted; lists are JSON.
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

# Recommendations. The first two are the projection of ``sv.recommendation.changed`` and can be rebuilt from it; the
# rest is what nobody else has: who answers for whom, texts that wait for an approver, what the board itself asks for.

#: ``life`` is the whole standing as JSON; the columns beside it are for finding.
recommendations = sa.Table(
    "recommendations",
    metadata,
    sa.Column("recommendation", sa.Text, primary_key=True),
    sa.Column("statement", sa.Text, nullable=False, index=True),
    sa.Column("organisation", sa.Text, index=True),
    sa.Column("group_id", sa.Text, index=True),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("public_from", sa.Text, index=True),
    sa.Column("published_on", sa.Text, index=True),
    sa.Column("life", sa.LargeBinary, nullable=False),
)

steps = sa.Table(
    "recommendation_steps",
    metadata,
    sa.Column("recommendation", sa.Text, primary_key=True),
    sa.Column("revision", sa.Integer, primary_key=True),
    sa.Column("day", sa.Text, nullable=False, index=True),
    sa.Column("event", sa.LargeBinary, nullable=False),
)

#: ``areas`` empty: everywhere. ``token_hash`` is the SHA-256 of the one token that holds; it is shown once.
organisations = sa.Table(
    "organisations",
    metadata,
    sa.Column("organisation", sa.Text, primary_key=True),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("sectors", sa.Text, nullable=False),
    sa.Column("areas", sa.Text, nullable=False),
    sa.Column("token_hash", sa.Text, unique=True),
)

#: Which account answers for which organisation; an account answers for one.
members = sa.Table(
    "organisation_members",
    metadata,
    sa.Column("account", sa.Text, primary_key=True),
    sa.Column("organisation", sa.Text, nullable=False, index=True),
)

#: Who speaks for a group; a group without anybody here is spoken for by any facilitator, as when a session is sent in.
speakers = sa.Table(
    "group_speakers",
    metadata,
    sa.Column("group_id", sa.Text, primary_key=True),
    sa.Column("account", sa.Text, primary_key=True),
)

#: Texts that wait for an approver, or were read by one: a service's reasons and milestones, the board's own words.
texts = sa.Table(
    "recommendation_texts",
    metadata,
    sa.Column("text", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("recommendation", sa.Text, nullable=False, index=True),
    sa.Column("organisation", sa.Text),
    sa.Column("words", sa.Text),
    sa.Column("words_hash", sa.Text, nullable=False),
    sa.Column("area", sa.Text),
    sa.Column("written_by", sa.Text, nullable=False),
    sa.Column("written_on", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False, index=True),
    sa.Column("read_by", sa.Text),
    sa.Column("read_on", sa.Text),
)

#: An answer begun on the pages and not yet sent.
drafts = sa.Table(
    "answer_drafts",
    metadata,
    sa.Column("account", sa.Text, primary_key=True),
    sa.Column("recommendation", sa.Text, primary_key=True),
    sa.Column("draft", sa.LargeBinary, nullable=False),
)

#: The newest revision that was taken from the inbox, for each recommendation and organisation.
inbox = sa.Table(
    "answers_heard",
    metadata,
    sa.Column("recommendation", sa.Text, primary_key=True),
    sa.Column("organisation", sa.Text, primary_key=True),
    sa.Column("revision", sa.Integer, nullable=False),
)
