"""Which key does what: the registry's keys with the user's own, and Textual's bindings made from them."""

from collections.abc import Mapping

from textual.binding import Binding, BindingType

from billinghelp.commands import COMMANDS, of_page, on_page
from billinghelp.keys import conflict, is_key, normal_key
from services.contract.errors import Refused, invalid


def resolve_keys(overrides: Mapping[str, str]) -> dict[str, str]:
    """Return the key of every command, with the `[keys]` of the configuration applied.

    Raises:
        Refused: `CONFIG_INVALID`, for a command or key that does not exist, or a key given twice on one page.
    """
    keys = {command.id: command.key for command in COMMANDS}
    for command_id, text in overrides.items():
        if command_id not in keys:
            raise _refuse(command_id, "there is no such command; `?` in the app and the README list them")
        key = normal_key(text)
        if not is_key(key):
            raise _refuse(command_id, f"{text!r} is no key; write it as a letter, or as in f9, ctrl+r or escape")
        keys[command_id] = key
    for page in sorted({command.page for command in COMMANDS}):
        clash = conflict({command.id: keys[command.id] for command in on_page(page)})
        if clash:
            first, second, key = clash
            raise _refuse(second, f"the key {key} is taken by {first}; give one of them another key")
    return keys


def _refuse(command_id: str, problem: str) -> Refused:
    return invalid("CONFIG_INVALID", f"config.toml: keys.{command_id}: {problem}.", key=f"keys.{command_id}")


def bindings_of(page: str) -> list[BindingType]:
    """Return the bindings of the commands of `page`. Each runs `command(id)`, which asks whether it can be used."""
    return [
        Binding(
            command.key,
            f"command('{command.id}')",
            command.title,
            id=command.id,
            tooltip=command.help,
            show=bool(command.label),
            priority=command.priority,
        )
        for command in of_page(page)
        if command.key
    ]
