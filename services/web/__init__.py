"""The face of the services: page shell, styles, security headers, refusals, tokens, charts and health pages.

Shared by every service that shows pages. It holds no domain knowledge: a service gives it plain structures
(``services.web.contexts``) and gets a response back.
"""
