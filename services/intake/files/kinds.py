"""Which format a file has: by its content first, by its ending second; what is not read is refused with what to do."""

import re

from services.intake.files.findings import THE_FILE, refusal

_SPREADSHEET = "Save it as an Excel workbook (.xlsx), an OpenDocument spreadsheet (.ods) or CSV"
_DOCUMENT = "Save it as a Word document (.docx), a spreadsheet or plain text"
#: The first bytes of what is not read: (bytes, what it is, what to do).
_NOT_READ = (
    (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        "protected by a password, or of an old Office format",
        f"Open it and take the password off. {_SPREADSHEET}, or as a Word document (.docx).",
    ),
    (b"%PDF", "a PDF, from which words cannot be read safely", f"{_DOCUMENT}."),
    (b"{\\rtf", "rich text (RTF)", f"{_DOCUMENT}."),
    (b"\x1f\x8b", "a packed archive", "Unpack it and send the file within."),
    (b"7z\xbc\xaf", "a packed archive", "Unpack it and send the file within."),
    (b"Rar!", "a packed archive", "Unpack it and send the file within."),
    (b"PK\x05\x06", "an empty archive", "Send the file that holds the session."),
    (b"\x89PNG", "a picture", "Type the words, or send the notes from which the picture was made."),
    (b"\xff\xd8\xff", "a picture", "Type the words, or send the notes from which the picture was made."),
)
_ENDINGS = {
    "json": "json",
    "csv": "csv",
    "tsv": "csv",
    "xlsx": "xlsx",
    "ods": "ods",
    "docx": "docx",
    "vtt": "vtt",
    "srt": "srt",
    "txt": "txt",
    "text": "txt",
}
_PACKED = ("xlsx", "ods", "docx")
_MACRO_ENDINGS = ("xlsm", "xltm", "xlam", "docm", "dotm")
_FIRST_CUE = re.compile(r"\s*\d+\s*\n\d{1,2}:\d{2}:\d{2},\d{1,3} *-->", re.ASCII)
_ODS = b"application/vnd.oasis.opendocument.spreadsheet"


def format_of(name: str, first_bytes: bytes) -> str:
    """Return the format of a file: one of `FORMATS` of the module `reading`.

    Whether a packed file is whole, safe and really of that format is looked at when it is read.

    Args:
        name: its name or path, of which only the ending is looked at; empty where there is none.
        first_bytes: at least its first 4,096 bytes.

    Raises:
        InputRefused: a kind of file that is not read, or content and ending that speak of two formats.
    """
    ending = name.rpartition(".")[2].lower() if "." in name else ""
    if ending in _MACRO_ENDINGS:
        raise refusal(THE_FILE, "a file with macros", f"{_SPREADSHEET}, or as a Word document (.docx): without macros.")
    if not first_bytes:
        raise refusal(THE_FILE, "empty", "Choose the file that holds the session.")
    for beginning, what, mend in _NOT_READ:
        if first_bytes.startswith(beginning):
            raise refusal(THE_FILE, what, mend)
    by_ending = _ENDINGS.get(ending)
    if first_bytes.startswith(b"PK\x03\x04"):
        return _packed(by_ending, first_bytes)
    if by_ending in _PACKED:
        raise refusal(THE_FILE, "not what its ending says, or damaged", f"Save it again as .{by_ending}.")
    return _text(by_ending, first_bytes)


def _packed(by_ending: str | None, first_bytes: bytes) -> str:
    if _ODS in first_bytes[:200]:
        by_content: str | None = "ods"
    elif b"xl/" in first_bytes and b"word/" not in first_bytes:
        by_content = "xlsx"
    elif b"word/" in first_bytes and b"xl/" not in first_bytes:
        by_content = "docx"
    else:
        by_content = by_ending if by_ending in _PACKED else None
    if by_content is None:
        raise refusal(THE_FILE, "a packed file of unknown content", f"{_SPREADSHEET}, or as a Word document (.docx).")
    return by_content


def _text(by_ending: str | None, first_bytes: bytes) -> str:
    encoding = "utf-16" if first_bytes[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8"
    text = first_bytes.decode(encoding, errors="ignore").lstrip("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    if re.match(r"WEBVTT(?:[ \t\n]|\Z)", text):
        return "vtt"
    if _FIRST_CUE.match(text):
        return "srt"
    if by_ending == "vtt":
        raise refusal(THE_FILE, "it does not begin with WEBVTT", "Export the transcript again as WebVTT.")
    if by_ending is not None:
        return by_ending
    if text.lstrip()[:1] in ("{", "["):
        return "json"
    raise refusal(THE_FILE, "a kind of file that is not known", f"{_SPREADSHEET}, as plain text (.txt) or as JSON.")
