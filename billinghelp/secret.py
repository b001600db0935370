"""A text that must not be seen: printing, logging or a crash report shows that it is there, never what it is."""

from urllib.parse import urlsplit


class Secret:
    """Wraps a secret text; only `reveal()` gives it out."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """Return the secret itself: call it where the secret is used, and nowhere else."""
        return self._text

    def parts(self) -> list[str]:
        """Return what must be blacked out wherever it turns up: the text, or only the password of a URL."""
        if "://" not in self._text:
            return [self._text]
        try:
            password = urlsplit(self._text).password
        except ValueError:
            return [self._text]
        return [password] if password else []

    def __repr__(self) -> str:
        return "Secret(…)"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._text == self._text

    def __hash__(self) -> int:
        return hash(self._text)
