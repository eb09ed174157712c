"""The facilitator's write-up of a session: drafts, questions, preview, sending, and the note for the group."""
