"""A case report's text -> a case, each item with its place in the text."""

from calcimeter.load.case_text.read import CaseReading, LeftOut, read_case_text, read_with_reasons

__all__ = ["CaseReading", "LeftOut", "read_case_text", "read_with_reasons"]
