"""Office files are archives; this writes one again so that it holds no hour and no order that chance decides."""

import io
import zipfile
from typing import Final

_FIRST_DAY: Final = (1980, 1, 1, 0, 0, 0)
_LEADING: Final = "[Content_Types].xml"


def settle(content: bytes) -> bytes:
    """Return an archive with the same parts, in the order of their names, each dated to the form's first day.

    The list of kinds stays first, as readers of these formats expect.
    """
    settled = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as given, zipfile.ZipFile(settled, "w", zipfile.ZIP_DEFLATED) as written:
        for name in sorted(given.namelist(), key=lambda name: (name != _LEADING, name)):
            written.writestr(zipfile.ZipInfo(name, _FIRST_DAY), given.read(name), zipfile.ZIP_DEFLATED)
    return settled.getvalue()
