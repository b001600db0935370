"""One answer being written: a model's draft, checked sentence by sentence, one retry, and the rules where both fail.

A flag drops what was written; a failure keeps it as a partial answer. Either way the rules' own answer follows, and
says why. Nothing else is ever tried again: that is for the person to decide.
"""

from collections.abc import AsyncGenerator, Iterable
from contextlib import aclosing

import msgspec

from services.contract.clock import Clock
from services.contract.types import FLAG_TITLES, FailureKind
from services.contract.views import ChatDelta, ChatFailure, ChatSuggestion, ChatUsage
from services.contract.wording import join
from services.guidance.case import Case, assemble
from services.guidance.checks import Checker, Flag
from services.guidance.model import Fact, Facts, Topic
from services.guidance.model_port import RULES_LABEL, Model
from services.guidance.phrase import phrase
from services.guidance.privacy import Pseudonyms
from services.guidance.prompts import Prompt, read_prompt
from services.guidance.provider.client import ModelMessage
from services.guidance.provider.failures import ModelFailed, explain
from services.guidance.references import References
from services.guidance.reply import HEADING, customer_reply, plain_reply
from services.guidance.suggestions import suggestions

_ATTEMPTS = 2
_ONCE_MORE = "Asking the model once more…"
_RULES_ANSWER = "The rules answer instead."


class Written(msgspec.Struct, frozen=True, kw_only=True):
    """An answer as it came out: `template` with its references open, `text` with them filled in."""

    template: str
    text: str
    engine: str
    used: tuple[Fact, ...]
    suggestions: list[ChatSuggestion]
    customer_reply: str | None


class _Draft:
    """A text that grows, its references filled in on the way."""

    def __init__(self, facts: Facts) -> None:
        self._references = References(facts)
        self._template: list[str] = []
        self._text: list[str] = []

    def add(self, template: str) -> str:
        """Take a piece of the template and return the text that is complete with it."""
        self._template.append(template)
        text = self._references.feed(template)
        self._text.append(text)
        return text

    def close(self) -> str:
        """Return the text that was held back."""
        rest = self._references.close()
        self._text.append(rest)
        return rest

    @property
    def template(self) -> str:
        """The text with its references open."""
        return "".join(self._template)

    @property
    def text(self) -> str:
        """The text so far."""
        return "".join(self._text)

    @property
    def used(self) -> tuple[Fact, ...]:
        """The facts it refers to."""
        return self._references.used


class Answering:
    """Writes one answer. What it came to stands in its attributes once `deltas` has ended, and in `draft` while not.

    Args:
        case: all that the answer may rest on.
        model: who phrases it; null: the rules do.
        clock: for when a model that asks to wait can be asked again.
    """

    def __init__(self, case: Case, model: Model | None, clock: Clock) -> None:
        self._case = case
        self._model = model
        self._clock = clock
        self._draft = _Draft(case.facts)
        self._by_model = model is not None
        self.prompts: tuple[Prompt, ...] = ()
        """The words that were sent."""
        self.sent: list[bytes] = []
        """Each document that was sent to the model, as it was."""
        self.usage: ChatUsage | None = None
        """What the provider counted over all attempts, null where it did not say."""
        self.flags: list[Flag] = []
        """What was wrong with drafts that were set aside."""
        self.failure: ChatFailure | None = None
        """How the model failed."""
        self.notice: str | None = None
        """Why the rules answer although a model was asked."""
        self.partial: Written | None = None
        """What the model had written when it failed."""

    @property
    def host(self) -> str | None:
        """Where facts were sent, null for nowhere."""
        return self._model.host if self._model is not None and self.sent else None

    def written(self) -> Written:
        """Return what has been written so far; the whole answer once `deltas` has ended."""
        template = self._draft.template
        return Written(
            template=template,
            text=self._draft.text,
            engine=self._model.label if self._model is not None and self._by_model else RULES_LABEL,
            used=self._draft.used,
            suggestions=suggestions(template, self._case.facts, self._case.advice),
            customer_reply=plain_reply(template, self._case.facts),
        )

    async def deltas(self) -> AsyncGenerator[ChatDelta, None]:
        """Write the answer, and yield its pieces as they pass the checks."""
        if self._model is None:
            for delta in self._phrased():
                yield delta
            return
        async with aclosing(self._drafted(self._model)) as drafted:
            async for delta in drafted:
                yield delta
        if self.notice is not None:
            keep = self.partial is not None
            yield ChatDelta(text="", restart="keep" if keep else "drop", notice=self.notice)
            for delta in self._phrased():
                yield delta

    # ── by the rules ──────────────────────────────────────────────────────────────────────────────────────────────────

    def _phrased(self) -> Iterable[ChatDelta]:
        self._draft, self._by_model = _Draft(self._case.facts), False
        for piece in phrase(self._case.advice, self._case.facts):
            yield ChatDelta(text=self._draft.add(piece))

    # ── by a model ────────────────────────────────────────────────────────────────────────────────────────────────────

    async def _drafted(self, model: Model) -> AsyncGenerator[ChatDelta, None]:
        """Yield the model's answer. It failed, or was set aside for good, where `notice` is set afterwards."""
        assembled = assemble(self._case)
        self.prompts = assembled.prompts
        messages = assembled.messages
        for attempt in range(1, _ATTEMPTS + 1):
            self._draft = _Draft(self._case.facts)
            checker = Checker(self._case.facts, self._case.advice, assembled.pseudonyms.names)
            raw: list[str] = []
            try:
                async with aclosing(self._pieces(model, messages, checker, assembled.pseudonyms, raw)) as pieces:
                    async for piece in pieces:
                        yield ChatDelta(text=self._draft.add(piece))
            except ModelFailed as failed:
                self._break_off(failed, model)
                return
            if not checker.flags:
                for piece in (self._draft.close(), self._draft.add(self._reply_if_missing())):
                    yield ChatDelta(text=piece)
                return
            self.flags += checker.flags
            self._draft = _Draft(self._case.facts)  # whoever stops here must not keep what was set aside
            why = f"The model's draft was set aside: it held {_problems(checker.flags)}."
            if attempt < _ATTEMPTS:
                yield ChatDelta(text="", restart="drop", notice=f"{why} {_ONCE_MORE}")
                retry = read_prompt("retry")
                self.prompts = (*assembled.prompts, retry)
                problems = "\n".join(f"- {FLAG_TITLES[f.kind]}: {f.excerpt}" for f in checker.flags)
                messages = (
                    *assembled.messages,
                    ModelMessage(role="assistant", content="".join(raw)),
                    ModelMessage(role="user", content=retry.fill(problems=problems)),
                )
        self.notice = f"The model's answer was set aside twice: it held {_problems(self.flags)}. {_RULES_ANSWER}"

    async def _pieces(
        self,
        model: Model,
        messages: tuple[ModelMessage, ...],
        checker: Checker,
        pseudonyms: Pseudonyms,
        raw: list[str],
    ) -> AsyncGenerator[str, None]:
        """Yield what passes the checks, sentence by sentence, and stop reading at the first flag."""
        body = model.body(messages)
        self.sent.append(body)
        waiting = ""  # a word that may go on: a pseudonym is known by its end
        async with aclosing(model.stream(body)) as stream:
            async for piece in stream:
                if isinstance(piece, ChatUsage):
                    self.usage = _sum(self.usage, piece)
                    continue
                raw.append(piece)
                waiting += piece
                cut = max(waiting.rfind(" "), waiting.rfind("\n")) + 1
                passed = checker.feed(pseudonyms.restore(waiting[:cut]))
                waiting = waiting[cut:]
                if passed:
                    yield passed
                if checker.flags:
                    return
        passed = checker.feed(pseudonyms.restore(waiting)) + checker.close()
        if passed:
            yield passed

    def _break_off(self, failed: ModelFailed, model: Model) -> None:
        if failed.kind is FailureKind.UNREACHABLE:
            self.sent.pop()  # there was nobody to send it to
        self.failure = explain(failed, host=model.host, model=model.label, now=self._clock())
        self.notice = f"{self.failure.message} {self.failure.remedy} {_RULES_ANSWER}"
        if self._draft.text.strip():
            self._draft.close()
            self.partial = self.written()

    def _reply_if_missing(self) -> str:
        advice = self._case.advice
        if HEADING in self._draft.template or {Topic.UNRECOGNISED, Topic.OTHER_CUSTOMER}.intersection(advice.topics):
            return ""
        return f"\n\n{HEADING}\n\n{customer_reply(advice, self._case.facts)}"


def _problems(flags: Iterable[Flag]) -> str:
    return join(list(dict.fromkeys(FLAG_TITLES[flag.kind] for flag in flags)))


def _sum(before: ChatUsage | None, more: ChatUsage) -> ChatUsage:
    if before is None:
        return more
    return ChatUsage(
        input_tokens=before.input_tokens + more.input_tokens, output_tokens=before.output_tokens + more.output_tokens
    )
