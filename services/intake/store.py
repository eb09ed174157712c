"""What intake keeps: groups, sessions, ids, uses, consent and hashes; words only sealed, in drafts not sent yet.

No other table holds anything a person said. ``seats`` and ``receipts`` hold keyed hashes only.
"""

import sqlalchemy as sa

from services.runner.erasure import heard_table, refusals_table
from services.runner.outbox import outbox_table

metadata = sa.MetaData()

outbox = outbox_table(metadata)
refusals = refusals_table(metadata)
heard = heard_table(metadata)

rounds = sa.Table(
    "rounds",
    metadata,
    sa.Column("round", sa.Text, primary_key=True),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("can_change", sa.Text, nullable=False),
    sa.Column("cannot_change", sa.Text, nullable=False),
    sa.Column("decides", sa.Text, nullable=False),
    sa.Column("hear_back_on", sa.Text, nullable=False),
    sa.Column("controllers", sa.Text, nullable=False),
    sa.Column("lawful_basis", sa.Text, nullable=False),
    sa.Column("retention_ends", sa.Text, nullable=False),
    sa.Column("frameworks", sa.Text, nullable=False),
)

groups = sa.Table(
    "groups",
    metadata,
    sa.Column("group_id", sa.Text, primary_key=True),
    sa.Column("round", sa.Text),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("seated", sa.Boolean, nullable=False),
    sa.Column("convened_for", sa.Text),
)

seats = sa.Table(
    "seats",
    metadata,
    sa.Column("seat_hash", sa.Text, primary_key=True),
    sa.Column("contributor", sa.Text, nullable=False, index=True),
)

receipts = sa.Table(
    "receipts",
    metadata,
    sa.Column("receipt_hash", sa.Text, primary_key=True),
    sa.Column("contributor", sa.Text, nullable=False, index=True),
)

sessions = sa.Table(
    "sessions",
    metadata,
    sa.Column("session", sa.Text, primary_key=True),
    sa.Column("group_id", sa.Text),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("areas", sa.Text, nullable=False),
    sa.Column("month", sa.Text, nullable=False),
    sa.Column("number_present", sa.Integer, nullable=False),
    sa.Column("accepted_on", sa.Text, nullable=False),
    sa.Column("limits_explained", sa.Boolean, nullable=False, default=False),
    sa.Column("support_person", sa.Boolean, nullable=False, default=False),
    sa.Column("debrief", sa.Boolean, nullable=False, default=False),
)

contributors = sa.Table(
    "contributors",
    metadata,
    sa.Column("contributor", sa.Text, primary_key=True),
    sa.Column("uses", sa.Text),
    sa.Column("revision", sa.Integer, nullable=False),
)

contributions = sa.Table(
    "contributions",
    metadata,
    sa.Column("contribution", sa.Text, primary_key=True),
    sa.Column("session", sa.Text, nullable=False, index=True),
    sa.Column("contributor", sa.Text, nullable=False, index=True),
    sa.Column("settled", sa.Text),
    sa.Column("settled_revision", sa.Integer, nullable=False),
    sa.Column("counted", sa.Text),
    sa.Column("counted_revision", sa.Integer, nullable=False),
)

#: Statements of groups that were accepted; where they stand is the themer's to say.
statements = sa.Table(
    "statements",
    metadata,
    sa.Column("statement", sa.Text, primary_key=True),
    sa.Column("session", sa.Text, nullable=False, index=True),
    sa.Column("kind", sa.Text, nullable=False),
)

confirmations = sa.Table(
    "confirmations",
    metadata,
    sa.Column("contributor", sa.Text, primary_key=True),
    sa.Column("service", sa.Text, primary_key=True),
    sa.Column("day", sa.Text, nullable=False),
)

idempotency = sa.Table(
    "idempotency",
    metadata,
    sa.Column("key_hash", sa.Text, primary_key=True),
    sa.Column("body_hash", sa.Text, nullable=False),
    sa.Column("session", sa.Text, nullable=False, index=True),
    sa.Column("answer", sa.Text, nullable=False),
    sa.Column("day", sa.Text, nullable=False),
)

closed_epochs = sa.Table(
    "closed_epochs",
    metadata,
    sa.Column("key", sa.Text, primary_key=True),
)

#: Write-ups that are not sent yet (``draft``) and notes to take along (``note``), sealed; their keys lie in files.
drafts = sa.Table(
    "drafts",
    metadata,
    sa.Column("draft", sa.Text, primary_key=True),
    sa.Column("account", sa.Text, nullable=False, index=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("changed", sa.Text, nullable=False),
    sa.Column("sealed", sa.LargeBinary, nullable=False),
)

#: Concerns that were handed on: lists and the organisation's own contact and reference, never words.
concerns = sa.Table(
    "concerns",
    metadata,
    sa.Column("concern", sa.Text, primary_key=True),
    sa.Column("session", sa.Text, nullable=False),
    sa.Column("category", sa.Text, nullable=False),
    sa.Column("urgency", sa.Text, nullable=False),
    sa.Column("at", sa.Text, nullable=False),
    sa.Column("done", sa.Text, nullable=False),
    sa.Column("contact", sa.Text, nullable=False),
    sa.Column("reference", sa.Text, nullable=False),
    sa.Column("acknowledged_at", sa.Text),
    sa.Column("acknowledged_done", sa.Text),
    sa.Column("revision", sa.Integer, nullable=False, default=1),
    #: How many contributions of the session told of it; 0 where a person handed it on.
    sa.Column("contributions", sa.Integer, nullable=False, default=0),
    #: The account of a lead who is concerned and does not see it, or empty.
    sa.Column("not_lead", sa.Text, nullable=False, default=""),
)
