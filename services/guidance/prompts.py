"""The words sent to a model: `prompts/*.md`, each with a front matter (TOML between `+++`) and strict placeholders."""

import hashlib
import tomllib
from functools import cache
from importlib.resources import files
from string import Template

import msgspec

from services.contract.views import ChatPrompt

_FENCE = "+++\n"


class _FrontMatter(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    id: str
    version: int
    purpose: str


class Prompt(msgspec.Struct, frozen=True, kw_only=True):
    """One prompt: `text` with its placeholders `$name` open, `hash` the SHA-256 of that text."""

    id: str
    version: int
    purpose: str
    text: str
    hash: str

    def fill(self, **values: str) -> str:
        """Return the text with its placeholders filled in. A value is never looked into: what it holds stays as it is.

        Raises:
            ValueError: a placeholder without a value, or a value without its placeholder.
        """
        template = Template(self.text)
        if set(template.get_identifiers()) != set(values) or not template.is_valid():
            raise ValueError(f"the prompt {self.id} has the placeholders {template.get_identifiers()}, not {[*values]}")
        return template.substitute(values)

    def as_chat_prompt(self) -> ChatPrompt:
        """Return what is kept of the prompt with an answer."""
        return ChatPrompt(id=self.id, version=self.version, hash=self.hash)


@cache
def read_prompt(name: str) -> Prompt:
    """Return the prompt in `prompts/{name}.md`."""
    return parse_prompt(files("prompts").joinpath(f"{name}.md").read_text(encoding="utf-8"))


def parse_prompt(text: str) -> Prompt:
    """Return the prompt that a file holds.

    Raises:
        ValueError: no front matter, or one that is not complete.
    """
    before, fence, rest = text.partition(_FENCE)
    matter, closing, body = rest.partition(_FENCE)
    if before or not fence or not closing:
        raise ValueError("a prompt begins with its front matter between two lines of +++")
    try:
        front = msgspec.convert(tomllib.loads(matter), _FrontMatter)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise ValueError(f"the front matter of a prompt gives id, version and purpose: {error}") from error
    words = body.strip()
    digest = hashlib.sha256(words.encode()).hexdigest()
    return Prompt(id=front.id, version=front.version, purpose=front.purpose, text=words, hash=digest)
