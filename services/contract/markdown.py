"""Texts from customers are untrusted: escaped here so that Markdown shows them literally (ARCHITECTURE.md).

Only what could be read as markup gets a backslash, so that the Markdown source, too, stays pleasant to read. The target
is CommonMark with tables, strikethrough and automatic links, which is what the chat renders.
"""

import re

from services.contract.text import clean

# Always markup, or always the start of it; `@` would become a mail link.
_ALWAYS = re.compile(r"[\\`*\[\]<|~@]")
# An entity; an emphasis mark beside a space or sign; a dot before a letter and two slashes, which make a bare link.
_IN_CONTEXT = re.compile(r"&(?=[#A-Za-z])|(?<![^\W_])_|_(?![^\W_])|(?<=\S)\.(?=[^\W\d_]{2})|[:/](?=/)")
# At the start of a line: headings, lists, quotes, rules, underlines of headings, numbered lists.
_AT_START = re.compile(r"^(?:[#>=]|[+-](?![^\W_])|[0-9]+[.)](?=\s|$))")


def escape(text: str) -> str:
    """Return one line of Markdown that renders as exactly `text`, cleaned, wherever inline text may stand."""
    line = clean(text)
    start = _AT_START.match(line)
    line = _IN_CONTEXT.sub(_backslash, _ALWAYS.sub(_backslash, line))
    if start is None:
        return line
    mark = start.end() - 1
    return f"{line[:mark]}\\{line[mark:]}"


def _backslash(match: re.Match[str]) -> str:
    return "\\" + match.group()
