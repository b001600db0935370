"""`ChangeForm`: the fields of one kind of change, what they come to, and what a good reason tells."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.containers import Vertical
from textual.reactive import reactive
from textual.widgets import Input

from services.contract.text import clean
from services.contract.views import TenantChangePreview
from services.contract.wording import join
from widgets.action_form import reason_problem
from widgets.confirmation_form import ConfirmationForm, FieldNote
from widgets.dialog_parts import Hint, labelled_field
from widgets.format import BAD
from widgets.labelled_lines import COST
from widgets.line_block import Line, hanging
from widgets.tenant_change_preview import ChangePreview

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult

    from services.contract.views import DesiredField, KindForm

_EMPTY = "Fill in what is to change, and see here what it comes to. What you leave empty stays as it is."
_LOOKING = "Looking at what this would change…"


class ChangeForm(ConfirmationForm[TenantChangePreview]):
    """A field for each value that can be wanted; its hint beneath it, or what is wrong with what stands there.

    Args:
        kind: what is asked for.
    """

    DEFAULT_CSS = """
    ChangeForm {
        .wanted { height: auto; }
        #example { margin-bottom: 1; }
        &.-tight #example { margin-bottom: 0; }
        &.-tight .wanted Hint { display: none; }
        &.-tight .wanted:focus-within Hint, &.-tight .wanted.-refused Hint { display: block; }
    }
    """

    WHY = "which application, how much, by when"
    previews = True

    def __init__(self, kind: KindForm) -> None:
        super().__init__()
        self._kind = kind
        self._missing: list[str] = []

    def compose_own(self) -> ComposeResult:
        """The fields with their hints, and what they come to."""
        for field in self._kind.fields:
            with Vertical(classes="wanted", id=f"wanted-{field.name}"):
                yield from labelled_field(clean(field.label), f"desired-{field.name}", self._placeholder(field))
                yield FieldHint(field, self._in_use(field), self.labels)
        yield ChangePreview(self.labels)

    def compose(self) -> ComposeResult:
        """The form, and beneath the reason a good one."""
        yield from super().compose()
        yield FieldNote(self.labels, id="example")

    def on_mount(self) -> None:
        """Say what stands where the preview will be, and what a good reason is."""
        self._table.waiting = _EMPTY
        self.query_one("#example", Hint).text = f"for example: «{clean(self._kind.reason_example)}»"

    @property
    def labels(self) -> Sequence[str]:
        """The labels of the form, and of what it can come to."""
        own = (*(field.label for field in self._kind.fields), *(label for label, _ in self._kind.current))
        return (*super().labels, *own, COST)

    def _placeholder(self, field: DesiredField) -> str:
        """Return what stands in an empty field: what holds now, else what such a value looks like."""
        now = dict(self._kind.current).get(field.label)
        return f"like {clean(field.example)}" if now is None else f"now {clean(now)}"

    def _in_use(self, field: DesiredField) -> str:
        """Return how much of what is wanted is in use, "" where nobody measured it."""
        return next((clean(bar.used_text) for bar in self._kind.bars if bar.label == field.label), "")

    @property
    def _table(self) -> ChangePreview:
        return self.query_one(ChangePreview)

    @property
    def params(self) -> dict[str, str]:
        """What is wanted: the fields in which something stands."""
        typed = {field.name: self._input(field.name).value.strip() for field in self._kind.fields}
        return {name: text for name, text in typed.items() if text}

    @property
    def untouched(self) -> bool:
        """Whether every field is empty."""
        return not self.params

    def _input(self, name: str) -> Input:
        return self.query_one(f"#desired-{name}", Input)

    # ── what it says ──────────────────────────────────────────────────────────────────────────────────────────────────

    def show_waiting(self) -> None:
        """Say that nothing is wanted yet, or that what it comes to is being looked at."""
        self._blame(None, "")
        self._table.refusal, self._table.waiting = "", _EMPTY if self.untouched else _LOOKING
        if self.untouched:
            self._table.preview = None

    def show_preview(self, preview: TenantChangePreview) -> None:
        """Show what it comes to, and what the reason could still tell."""
        self._blame(None, "")
        self._table.preview, self._table.refusal = preview, ""
        self._missing = preview.missing
        self.judge_reason()

    def show_refusal(self, message: str, field: str | None = None) -> None:
        """Show why there is no preview, at its field where one is to blame."""
        own = field if any(each.name == field for each in self._kind.fields) else None
        self._blame(own, message)
        self._table.preview = None
        self._table.refusal = "" if own is not None or self.untouched else message
        self._table.waiting = _EMPTY if self.untouched else "What it comes to shows once that is mended."

    def _blame(self, name: str | None, message: str) -> None:
        for hint in self.query(FieldHint):
            blamed = hint.field.name == name and not self.untouched
            hint.refusal = message if blamed else ""
            self.query_one(f"#wanted-{hint.field.name}").set_class(blamed, "-refused")

    def judge_reason(self) -> None:
        """Say beneath the reason what it needs, else what it could still tell; a blank one is no fault yet."""
        super().judge_reason()
        if reason_problem(self.reason) is None and self._missing:
            self.say(f"could still say: {join(self._missing)}")

    def say_what_is_missing(self, *, has_preview: bool) -> None:
        """Say why the form is not complete."""
        if self.untouched:
            self.say("fill in what is to change")
        elif (problem := reason_problem(self.reason)) is not None:
            self.say(problem)
        else:
            waiting = not has_preview and self._table.waiting == _LOOKING
            self.say("still looking at what this would change" if waiting else "not possible as it stands: see above")


class FieldHint(FieldNote):
    """What a field means, and how much of that is in use; or why what stands in it cannot be.

    Args:
        in_use: that amount, or empty.
        labels: those of the form.
    """

    refusal: reactive[str] = reactive("", layout=True)
    """Why what stands in the field cannot be, or empty."""

    def __init__(self, field: DesiredField, in_use: str, labels: Sequence[str]) -> None:
        super().__init__(labels)
        self.field = field
        hint = clean(field.hint)
        self.set_reactive(FieldHint.text, f"{hint.removesuffix('.')} · {in_use} in use" if in_use else hint)

    def lines(self, width: int) -> list[Line]:
        """Return the refusal, else the hint."""
        if self.refusal:
            return hanging((" " * self.indent(width) + "✗ ", BAD), clean(self.refusal), width)
        return super().lines(width)
