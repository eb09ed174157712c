"""Files of a release, all written from its one body and the page made of it: CSV, JSON, XLSX, DOCX and PDF."""

from services.reporter.outputs.tidy import csv_bytes, guard, json_bytes

__all__ = ["csv_bytes", "guard", "json_bytes"]
