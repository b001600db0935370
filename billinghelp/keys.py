"""Keys by their names: how the configuration writes them, how the screen shows them, and when two of them clash."""

from collections.abc import Mapping

_BY_CHARACTER = {
    "/": "slash",
    "?": "question_mark",
    ".": "full_stop",
    ",": "comma",
    ";": "semicolon",
    ":": "colon",
    "!": "exclamation_mark",
    "*": "asterisk",
    "+": "plus",
    "-": "minus",
    "=": "equals_sign",
    "#": "number_sign",
    "&": "ampersand",
    "'": "apostrophe",
    "<": "less_than_sign",
    ">": "greater_than_sign",
    "[": "left_square_bracket",
    "]": "right_square_bracket",
    " ": "space",
}
_BY_NAME = {name: character for character, name in _BY_CHARACTER.items() if character != " "}
_NAMED = frozenset(
    (
        *("escape", "tab", "enter", "space", "backspace", "delete", "insert", "home", "end", "pageup", "pagedown"),
        *("up", "down", "left", "right", *_BY_NAME, *(f"f{number}" for number in range(1, 13))),
    )
)
_MODIFIERS = frozenset(["ctrl", "shift", "alt"])
_SHOWN = {"escape": "esc", "question_mark": "?", "slash": "/", "left": "←", "right": "→"}


def normal_key(text: str) -> str:
    """Return the name of the key that a person wrote: `?` is `question_mark`, `Esc` is `escape`, `^r` is `ctrl+r`."""
    text = text.strip() or text
    if len(text) == 1:
        return _BY_CHARACTER.get(text, text)
    if text.startswith("^") and len(text) == 2:
        return f"ctrl+{text[1].lower()}"
    *modifiers, key = text.lower().split("+")
    return "+".join([*modifiers, {"esc": "escape"}.get(key, key)])


def is_key(key: str) -> bool:
    """Return whether `key` names a key that a terminal can send."""
    *modifiers, last = key.split("+")
    if not _MODIFIERS.issuperset(modifiers):
        return False
    return last in _NAMED or (len(last) == 1 and last.isprintable() and not last.isspace())


def key_label(key: str) -> str:
    """Return how the screen shows a key: `/`, `^p`, `F2`, `esc`."""
    if key in _SHOWN:
        return _SHOWN[key]
    if key.startswith("ctrl+"):
        return f"^{key[5:]}"
    if key[:1] == "f" and key[1:].isdigit():
        return key.upper()
    return _BY_NAME.get(key, key)


def conflict(keys: Mapping[str, str]) -> tuple[str, str, str] | None:
    """Return the first two commands that share a key, and the key as it is shown; null where none do."""
    taken: dict[str, str] = {}
    for command_id, key in keys.items():
        if not key:
            continue
        if key in taken:
            return taken[key], command_id, key_label(key)
        taken[key] = command_id
    return None
