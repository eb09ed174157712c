"""What alembic runs for each of its commands: it works on the connection and the tables that it was given."""

from alembic import context

from services.database.migrating import context_options

attributes = context.config.attributes
context.configure(
    connection=attributes["connection"],
    process_revision_directives=attributes.get("directives"),
    **context_options(attributes["metadata"]),
)
context.run_migrations()
