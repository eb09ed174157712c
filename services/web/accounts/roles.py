"""The roles that an account may have (design, section 1); an account has exactly one."""

from typing import Final, Literal, get_args

from services.errors import UsageError

Role = Literal["facilitator", "reviewer", "safeguarding_lead", "board", "responder", "approver", "operator"]

ROLES: Final[tuple[Role, ...]] = get_args(Role)


def role_of(text: str) -> Role:
    """Return a role from its id.

    Raises:
        UsageError: there is no such role; names those that there are.
    """
    if text not in ROLES:
        raise UsageError(f"There is no such role; choose from {', '.join(ROLES)}.")
    return text
