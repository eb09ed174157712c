"""The description of the reporter's interface: ``schemas/openapi/reporter.yaml``."""

from typing import Final

from services.web.descriptions import Description

DESCRIPTION: Final = Description("reporter.yaml")
