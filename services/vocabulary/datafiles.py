"""The one accessor for the data files below ``schemas/``.

A wheel carries them as ``services/_schemas``; a checkout (and an editable installation) has them beside the package.
"""

from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import yaml

from services.errors import DataFileError

T = TypeVar("T")

_PACKAGE = Path(__file__).resolve().parent.parent


@cache
def schemas_root() -> Path:
    """Return the folder that holds the data files.

    Raises:
        DataFileError: neither a wheel's nor a checkout's folder is there.
    """
    for candidate in (_PACKAGE / "_schemas", _PACKAGE.parent / "schemas"):
        if candidate.is_dir():
            return candidate
    raise DataFileError("The data files are missing: install the wheel again, or run from a whole checkout.")


def schema_path(*parts: str) -> Path:
    """Return the path of one data file, given as path parts below ``schemas/``.

    Raises:
        DataFileError: the file is not there.
    """
    path = schemas_root().joinpath(*parts)
    if not path.exists():
        raise DataFileError(f"The data file {'/'.join(parts)} is missing.")
    return path


def load_yaml(*parts: str) -> Any:
    """Return one YAML data file, parsed with the safe loader.

    Raises:
        DataFileError: the file is not there or is not YAML.
    """
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        return yaml.load(schema_path(*parts).read_text(encoding="utf-8"), Loader=loader)  # noqa: S506 - a safe loader either way
    except yaml.YAMLError as broken:
        raise DataFileError(f"The data file {'/'.join(parts)} is not valid YAML.") from broken


def load_as(kind: type[T], *parts: str) -> T:
    """Return one YAML data file as the struct ``kind``; unknown and missing fields are refused.

    Raises:
        DataFileError: the file is not there, is not YAML, or does not fit ``kind``; the place in the file is named.
    """
    try:
        return msgspec.convert(load_yaml(*parts), type=kind)
    except msgspec.ValidationError as misfit:
        raise DataFileError(f"The data file {'/'.join(parts)} does not fit its schema: {misfit}.") from misfit
