"""What is done to a header before images are published, read from ``deidentify.toml`` and ``deidentify_codes.toml``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from calcimeter.knowledge.table import read_table


@dataclass(frozen=True, slots=True)
class CodedValues:
    """What one attribute of the representation CS may say.

    Parameters
    ----------
    terms : frozenset of str
        Enumerated values and defined terms.
    pattern : str
        A regular expression of more values; "" for none.
    begins : bool
        Whether of a value that only begins with a term the term stays.
    """

    terms: frozenset[str] = frozenset()
    pattern: str = ""
    begins: bool = False

    def known(self, value: str) -> str:
        """The value where it is a known one, or its known beginning; "" of any other."""
        said = value.strip().upper()
        if said in self.terms or (self.pattern and re.fullmatch(self.pattern, said)):
            return said
        return max((term for term in self.terms if self.begins and said.startswith(term)), key=len, default="")


@dataclass(frozen=True, slots=True)
class Profile:
    """The standard's basic profile, and what is chosen beyond it.

    Parameters
    ----------
    edition, table : str
        Which edition of the standard, and which of its tables.
    actions : mapping of int to str
        Tag -> action of the table, such as "X" or "X/Z/D"; a tag that is not named is for the other fields to say.
    text : frozenset of str
        Keywords of text and bytes that stay.
    emptied : frozenset of str
        Keywords of text that goes and leaves its place empty.
    schemes : frozenset of str
        Schemes whose codes stay.
    shifted : frozenset of str
        Keywords of dates and times that are shifted.
    heads : frozenset of str
        Body parts of images that may show a face.
    screens : mapping of str to str
        Regular expressions that name a picture of a screen: ``image_type`` and ``description``.
    classes : mapping of str to str
        SOP class that is taken -> its name.
    written_on : frozenset of str
        Those of them whose pixels usually hold writing.
    left_out : mapping of str to str
        Beginning of a SOP class that is not taken -> its name.
    methods, masked_methods : mapping of str to str
        Code -> meaning of what was done, always and where pixels were masked.
    codes : mapping of str to CodedValues
        Keyword of a coded string that stays -> the values that it may have.
    """

    edition: str
    table: str
    actions: Mapping[int, str]
    text: frozenset[str]
    emptied: frozenset[str]
    schemes: frozenset[str]
    shifted: frozenset[str]
    heads: frozenset[str]
    screens: Mapping[str, str]
    classes: Mapping[str, str]
    written_on: frozenset[str]
    left_out: Mapping[str, str]
    methods: Mapping[str, str]
    masked_methods: Mapping[str, str]
    codes: Mapping[str, CodedValues]

    def name_of_class(self, class_uid: str) -> str:
        """What a file of a SOP class is called."""
        if class_uid in self.classes:
            return self.classes[class_uid]
        named = (name for uid, name in self.left_out.items() if class_uid == uid or class_uid.startswith(f"{uid}."))
        return next(named, "other DICOM")


@cache
def profile() -> Profile:
    """The shipped profile; read once."""
    told = read_table("deidentify.toml")
    kept = {name: frozenset(words.split()) for name, words in told["kept"].items()}
    return Profile(
        edition=told["edition"]["name"],
        table=told["edition"]["table"],
        actions={
            int(line[:9].replace(",", ""), 16): action
            for action, lines in told["actions"].items()
            for line in lines.split("\n")
            if line
        },
        **kept,
        screens={where: words.replace("\n", "") for where, words in told["screens"].items()},
        classes={uid: one["name"] for uid, one in told["classes"].items()},
        written_on=frozenset(uid for uid, one in told["classes"].items() if one.get("looks")),
        left_out=told["left_out"],
        methods=told["methods"]["always"],
        masked_methods=told["methods"]["masked"],
        codes=_codes(),
    )


def _codes() -> Mapping[str, CodedValues]:
    told = read_table("deidentify_codes.toml")
    image = told["image_type"]
    said = _terms(image["standard"]) | _terms(image["field"])
    return {
        **{name: CodedValues(_terms(terms)) for terms, names in told["shared"].items() for name in names.split()},
        **{name: CodedValues(_terms(terms)) for name, terms in told["terms"].items()},
        **{name: CodedValues(pattern=pattern) for name, pattern in told["patterns"].items()},
        **{name: CodedValues(said, begins=True) for name in image["attributes"].split()},
    }


def _terms(listed: str) -> frozenset[str]:
    """Terms parted by bars, on several lines."""
    return frozenset(term.strip() for term in listed.split("|"))
