"""What a request's headers say: who calls, and in what form the body comes."""

from collections.abc import Sequence
from functools import cached_property

from services.access.rules import read_token
from services.contract.errors import Refused, invalid
from services.contract.principals import Credential

_SCHEME = "bearer "
_ONCE = (b"authorization", b"content-type", b"content-length", b"if-none-match", b"x-request-id")


class Headers:
    """A request's headers. One that may stand there once and stands there twice says nothing: which one holds?"""

    def __init__(self, raw: Sequence[tuple[bytes, bytes]]) -> None:
        self._values = dict(raw)
        if len(self._values) < len(raw):
            names = [name for name, _ in raw]
            for name in _ONCE:
                if names.count(name) > 1:
                    del self._values[name]

    def get(self, name: bytes) -> str:
        """Return a header's value, empty where there is none."""
        return self._values.get(name, b"").decode("latin-1")

    @property
    def has_body(self) -> bool:
        """Whether a body follows."""
        return self.announced > 0 or b"transfer-encoding" in self._values

    @property
    def announced(self) -> int:
        """How long the body is said to be, 0 where nothing is said."""
        length = self._values.get(b"content-length", b"")
        return int(length) if length.isdigit() else 0

    @cached_property
    def credential(self) -> Credential:
        """The caller's token, as it was shown."""
        value = self.get(b"authorization")
        token = value[len(_SCHEME) :].strip() if value[: len(_SCHEME)].lower() == _SCHEME else ""
        return Credential(token or None)

    @property
    def if_none_match(self) -> str | None:
        """The one etag of a conditional read; null for none, and for a list, which leads to an ordinary answer."""
        value = self.get(b"if-none-match").removeprefix("W/")
        inner = value[1:-1]
        return inner if len(value) > 1 and value[0] == value[-1] == '"' and '"' not in inner else None

    def require_json(self) -> None:
        """Refuse a body in any other form.

        Raises:
            Refused: `UNSUPPORTED_MEDIA_TYPE`.
        """
        if self._values.get(b"content-type") == b"application/json" and b"content-encoding" not in self._values:
            return
        kind, _, parameter = self.get(b"content-type").lower().replace(" ", "").replace('"', "").partition(";")
        if kind != "application/json" or parameter not in ("", "charset=utf-8"):
            raise _unsupported("Send the request as JSON, with the header Content-Type: application/json.")
        if self.get(b"content-encoding").lower() not in ("", "identity"):
            raise _unsupported("Send the request as it is, without a Content-Encoding.")


def token_id_of(credential: Credential) -> str | None:
    """Return the id that stands in a token, which is no secret; null for what is no token at all."""
    try:
        token_id, _secret = read_token(credential.token)
    except Refused:
        return None
    return token_id


def _unsupported(message: str) -> Refused:
    return invalid("UNSUPPORTED_MEDIA_TYPE", message)
