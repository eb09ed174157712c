"""What the themer keeps: pseudonymised words encrypted under one data key a contributor, codes, holds and decisions.

``words`` is opened only with the contributor's data key; ``facts`` is sealed to the reporter and never opened here;
``codes`` holds node ids, sectors, forms and stance, no free text. Statements have a data key each, under their own id:
``words`` came from the group, ``wording`` is what a reviewer made of them, ``note`` what the group asked to change.
"""

import sqlalchemy as sa

from services.runner.consent import consents_table
from services.runner.erasure import heard_table, refusals_table
from services.runner.outbox import outbox_table

metadata = sa.MetaData()

outbox = outbox_table(metadata)
refusals = refusals_table(metadata)
heard = heard_table(metadata)

contributions = sa.Table(
    "contributions",
    metadata,
    sa.Column("contribution", sa.Text, primary_key=True),
    sa.Column("contributor", sa.Text, nullable=False, index=True),
    sa.Column("session", sa.Text, nullable=False),
    sa.Column("input_revision", sa.Integer, nullable=False),
    sa.Column("revision", sa.Integer, nullable=False),
    sa.Column("state", sa.Text, nullable=False, index=True),
    sa.Column("uses", sa.Text, nullable=False),
    sa.Column("words", sa.LargeBinary),
    sa.Column("facts", sa.LargeBinary, nullable=False),
    sa.Column("codes", sa.LargeBinary, nullable=False),
    sa.Column("pseudonymiser", sa.Text, nullable=False),
    sa.Column("bank", sa.Text, nullable=False),
    sa.Column("reasons", sa.Text, nullable=False),
    sa.Column("safeguarding", sa.Boolean, nullable=False),
    sa.Column("month", sa.Text, nullable=False),
)

data_keys = sa.Table(
    "data_keys",
    metadata,
    sa.Column("contributor", sa.Text, primary_key=True),
    sa.Column("generation", sa.Integer, nullable=False),
    sa.Column("wrapped", sa.LargeBinary, nullable=False),
)

destroyed_keys = sa.Table(
    "destroyed_keys",
    metadata,
    sa.Column("contributor", sa.Text, primary_key=True),
    sa.Column("destroyed_on", sa.Text, nullable=False),
)

consents = consents_table(metadata)

decisions = sa.Table(
    "decisions",
    metadata,
    sa.Column("decision", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("contribution", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("reason", sa.Text),
    sa.Column("day", sa.Text, nullable=False),
)

statements = sa.Table(
    "statements",
    metadata,
    sa.Column("statement", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False, index=True),
    sa.Column("group_id", sa.Text, index=True),
    sa.Column("session", sa.Text),
    sa.Column("area", sa.Text),
    sa.Column("sectors", sa.Text, nullable=False),
    sa.Column("reasons", sa.Text, nullable=False),
    sa.Column("input_revision", sa.Integer, nullable=False),
    sa.Column("revision", sa.Integer, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("words", sa.LargeBinary),
    sa.Column("wording", sa.LargeBinary),
    sa.Column("note", sa.LargeBinary),
    sa.Column("worded_by", sa.Text),
    sa.Column("worded_role", sa.Text),
    sa.Column("approved_by", sa.Text),
    sa.Column("approved_role", sa.Text),
    sa.Column("panel_until", sa.Text),
    sa.Column("approvers", sa.Text, nullable=False),
    sa.Column("received_on", sa.Text, nullable=False),
)

#: The sessions in which a statement was agreed: the first, and later ones that were linked to it.
statement_sessions = sa.Table(
    "statement_sessions",
    metadata,
    sa.Column("statement", sa.Text, primary_key=True),
    sa.Column("session", sa.Text, primary_key=True),
)

#: Whose contributions a paraphrase rests on; the rows go when it is retracted.
statement_grounds = sa.Table(
    "statement_grounds",
    metadata,
    sa.Column("statement", sa.Text, primary_key=True),
    sa.Column("contribution", sa.Text, primary_key=True, index=True),
    sa.Column("contributor", sa.Text, nullable=False, index=True),
)

statement_decisions = sa.Table(
    "statement_decisions",
    metadata,
    sa.Column("decision", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("statement", sa.Text, nullable=False, index=True),
    sa.Column("act", sa.Text, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("day", sa.Text, nullable=False),
)
