"""Sign-in by local accounts: passwords, roles, lock-out, server-side sessions, and the pages for them.

No address and no user agent of anybody is kept. A service asks ``guard.require_role`` and needs to know no more.
"""
