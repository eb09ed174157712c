"""Certificates of an authority that nobody trusts."""

import subprocess
from pathlib import Path


def authority(folder: Path) -> Path:
    """Return the file of an authority's certificate, made for the occasion."""
    words = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=other", "-days", "2"]
    path = folder / "other.pem"
    subprocess.run(
        ["openssl", "req", "-x509", *words, "-keyout", str(folder / "other.key"), "-out", str(path)],
        check=True,
        capture_output=True,
    )
    return path
