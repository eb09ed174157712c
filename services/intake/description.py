"""The description of intake's interface: ``schemas/openapi/intake.yaml``."""

from typing import Final

from services.web.descriptions import Description

PREFIX: Final = "/api/intake/v1"
DESCRIPTION: Final = Description("intake.yaml")
