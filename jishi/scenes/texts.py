"""Texts that people write to each other: what could mislead the eye is taken out, everything else stays as written."""

import unicodedata

# Marks that turn the direction of what follows: with them a name or a number reads as another one.
TURNING = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def clean(text: str) -> str:
    """Without control characters, turning marks and space around; line ends are kept, tabs become spaces."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    kept = [
        one for one in plain if one == "\n" or (one not in TURNING and unicodedata.category(one) not in ("Cc", "Cs"))
    ]
    return "".join(kept).strip()


def one_line(text: str) -> str:
    """The same on one line: a title."""
    return " ".join(clean(text).split())
