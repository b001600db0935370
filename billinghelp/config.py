"""Settings: flags, then the environment, then `config.toml` in the user's config folder (PRODUCT.md §5)."""

import os
from collections.abc import Mapping, MutableMapping
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_type_hints

import msgspec
from msgspec import Meta

from billinghelp.secret import Secret
from services.contract.errors import Refused, invalid
from services.contract.policy import Policy
from services.contract.principals import Role

APP_NAME = "billinghelp"
THEMES = ("dark", "light", "16-colour")

ENVIRONMENT = {
    "BILLINGHELP_DATABASE_URL": "database_url",
    "BILLINGHELP_SERVER_URL": "server_url",
    "BILLINGHELP_TOKEN": "token",
    "BILLINGHELP_MODEL": "model",
    "OPENAI_BASE_URL": "openai_base_url",
    "OPENAI_API_KEY": "openai_api_key",
    "STRIPE_API_BASE": "stripe_api_base",
    "STRIPE_SECRET_KEY": "stripe_secret_key",
    "STRIPE_WEBHOOK_SECRET": "stripe_webhook_secret",
    "STRIPE_RETURN_URL": "stripe_return_url",
    "BILLINGHELP_PLATFORM_TOKEN": "platform_token",
}
"""Which environment variable sets which setting."""


class GuidanceLimits(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How long a model may take and how much it may write: the table `[guidance]`."""

    first_word_seconds: Annotated[int, Meta(ge=1, le=600)] = 30
    """How long a model may think before its first word."""

    answer_seconds: Annotated[int, Meta(ge=1, le=3_600)] = 120
    """How long a whole answer may take."""

    max_output_tokens: Annotated[int, Meta(ge=50, le=100_000)] = 1_500
    """How long an answer may be."""

    max_output_tokens_field: Literal["max_completion_tokens", "max_tokens", "none"] = "max_completion_tokens"
    """What the model's server calls that limit."""


class ServerLimits(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What `billinghelp serve` does at once, how much it takes and how long it waits: the table `[server]`."""

    # Python lets one thread run at a time, and more of them spend more of it on taking turns: eight sustained no more
    # actions than four, and the slowest took longer.
    workers: Annotated[int, Meta(ge=1, le=64)] = 4
    """Calls answered at the same time."""

    max_concurrent: Annotated[int, Meta(ge=1, le=10_000)] = 128
    """Calls taken at the same time, those that wait for a worker included; more are told to come again."""

    max_concurrent_per_token: Annotated[int, Meta(ge=1, le=10_000)] = 8
    """The same for one access token, its answers of the chat included: nobody takes all the places there are."""

    max_concurrent_strangers: Annotated[int, Meta(ge=1, le=10_000)] = 32
    """The same for all together who have not shown an access token that serves within the last minutes."""

    max_chat_streams: Annotated[int, Meta(ge=1, le=10_000)] = 128
    """Answers of the chat written at the same time: they wait for a model, and hold no worker meanwhile."""

    requests_per_minute: Annotated[int, Meta(ge=1, le=1_000_000)] = 1_200
    """Calls that one access token may make, over all processes on one database."""

    max_header_kib: Annotated[int, Meta(ge=1, le=1_024)] = 16
    """How large a request's head may be, and what stands beside the pieces of its body."""

    max_body_mib: Annotated[int, Meta(ge=1, le=1_024)] = 16
    """How large a request may be: an export's heads of 100 000 streams, to verify against, have room."""

    max_import_mib: Annotated[int, Meta(ge=1, le=1_024)] = 64
    """The same for an import, whose file takes four bytes for three."""

    header_seconds: Annotated[float, Meta(gt=0, le=600)] = 10
    """How long a request's head may take to arrive."""

    body_seconds: Annotated[float, Meta(gt=0, le=3_600)] = 30
    """How long its body may take to arrive, and its answer, or a piece of a chat's, to be accepted."""

    idle_seconds: Annotated[int, Meta(ge=1, le=3_600)] = 75
    """How long a connection is kept on which nothing is asked: longer than the usual proxy keeps it."""

    pulse_seconds: Annotated[float, Meta(gt=0, le=600)] = 15
    """After how long a silence of the model a chat's connection is shown to be alive."""

    shutdown_seconds: Annotated[int, Meta(ge=1, le=3_600)] = 30
    """How long calls under way may take to finish when the server is told to stop."""


class Platform(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who carries out what was approved of tenants' requests: the table `[platform]`, but for its token."""

    url: str
    """The address that approved changes are posted to."""

    timeout_seconds: Annotated[float, Meta(gt=0, le=300)] = 10
    """How long its answer may take."""


class _PlatformTable(Platform, frozen=True, kw_only=True, forbid_unknown_fields=True):
    token: str | None = None


class ActingAs(msgspec.Struct, frozen=True):
    """The role that `--as` asks for."""

    role: Role
    """Whose rights the command runs with; the audit actor stays the operating-system user."""

    customer_id: str | None = None
    """The tenant of a customer role, null for the others."""


class Flags(msgspec.Struct, frozen=True, kw_only=True):
    """What the command line said; null where it was silent."""

    database_url: str | None = None
    """`--database-url`."""

    server_url: str | None = None
    """`--server-url`."""

    theme: str | None = None
    """`--theme`."""

    acting_as: str | None = None
    """`--as`: `operator`, `platform_admin`, `service`, `customer_admin:CUSTOMER` or `customer_member:CUSTOMER`."""

    read_only: bool = False
    """`--read-only`: nothing may be changed."""


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that can be configured, ready to use."""

    database_url: Secret
    """A SQLAlchemy URL; it may hold a password."""

    server_url: str | None = None
    """The HTTP service to use. It wins over the database."""

    token: Secret | None = None
    """The access token for the HTTP service."""

    model: str | None = None
    """The guidance model. Null: rule-based guidance only, and nothing is sent anywhere."""

    openai_base_url: str | None = None
    """Where the model answers; null is OpenAI's own address."""

    openai_api_key: Secret | None = None
    """The model's key; used only when `model` is set."""

    guidance: GuidanceLimits = GuidanceLimits()
    """How long a model may take and how much it may write."""

    server: ServerLimits = ServerLimits()
    """What `billinghelp serve` takes and how long it waits."""

    platform: Platform | None = None
    """Who carries out approved changes. Null: what is approved holds at once, in the store."""

    platform_token: Secret | None = None
    """Shows the platform who tells it."""

    stripe_api_base: str | None = None
    """Where Stripe's API answers; null is Stripe itself."""

    stripe_secret_key: Secret | None = None
    """Stripe's secret key."""

    stripe_webhook_secret: Secret | None = None
    """What Stripe signs its webhooks with; several, separated by commas, while one takes over from another."""

    stripe_return_url: str | None = None
    """The page that Stripe leads a customer to after Checkout; null is the web site that Stripe has of the account."""

    policy: Policy = Policy()
    """Limits, amounts and thresholds: the table `[policy]`."""

    keys: dict[str, str] = {}
    """Other keys for commands, by command id: the table `[keys]`."""

    theme: str | None = None
    """`dark`, `light` or `16-colour`; null follows the terminal."""

    acting_as: ActingAs | None = None
    """The role to run with instead of the local owner's."""

    read_only: bool = False
    """Whether changes are refused."""

    config_file: Path | None = None
    """The file that was read, null where there was none."""

    policy_file: Path | None = None
    """The bounds of change requests: `policy.toml` beside the configuration, null where there is none."""

    def secrets(self) -> list[str]:
        """Return every text that must be blacked out of logs and crash reports."""
        held = (getattr(self, name) for name in self.__struct_fields__)
        return [part for value in held if isinstance(value, Secret) for part in value.parts() if part]


class _File(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`config.toml` as it is written."""

    database_url: str | None = None
    server_url: str | None = None
    token: str | None = None
    model: str | None = None
    openai_base_url: str | None = None
    openai_api_key: str | None = None
    stripe_api_base: str | None = None
    stripe_secret_key: str | None = None
    stripe_webhook_secret: str | None = None
    stripe_return_url: str | None = None
    theme: str | None = None
    policy: Policy = Policy()
    guidance: GuidanceLimits = GuidanceLimits()
    server: ServerLimits = ServerLimits()
    platform: _PlatformTable | None = None
    keys: dict[str, str] = {}


def forget_secrets(environ: MutableMapping[str, str]) -> None:
    """Take the secrets out of a process's environment, once they are read: what it starts would have them all."""
    for variable, name in ENVIRONMENT.items():
        if Settings.__annotations__[name] in (Secret, Secret | None):
            environ.pop(variable, None)


def config_path() -> Path:
    """Return where the user's `config.toml` stands, whether or not it exists."""
    from platformdirs import user_config_path

    return user_config_path(APP_NAME, appauthor=False) / "config.toml"


def default_database_url() -> str:
    """Return the URL of the embedded store in the user's data folder."""
    from platformdirs import user_data_path

    return f"sqlite:///{user_data_path(APP_NAME, appauthor=False) / 'billinghelp.db'}"


def load_settings(flags: Flags, environ: Mapping[str, str], path: Path | None = None) -> Settings:
    """Return the settings that `flags`, `environ` and the file at `path` (default: the user's) give together.

    Raises:
        Refused: `CONFIG_INVALID`, naming file and key; `INVALID_ROLE`; `ROLE_WITH_SERVER`.
    """
    path = path or config_path()
    file = _read_file(path)
    chosen: dict[str, Any] = {name: getattr(file, name) for name in _File.__struct_fields__}
    if (table := file.platform) is not None:
        chosen["platform"] = Platform(url=table.url, timeout_seconds=table.timeout_seconds)  # without its secret
    chosen["platform_token"] = None if table is None else table.token
    chosen |= {name: environ[key] for key, name in ENVIRONMENT.items() if environ.get(key)}
    if flags.database_url:  # asked for by name: it is not to lose to a server that merely stands in the environment
        chosen["server_url"] = None
    chosen |= {name: value for name in ("database_url", "server_url", "theme") if (value := getattr(flags, name))}
    if chosen["theme"] not in (None, *THEMES):
        raise _refuse(path, "theme", f"choose one of {', '.join(THEMES)}")
    acting_as = parse_acting_as(flags.acting_as) if flags.acting_as else None
    if acting_as and chosen["server_url"]:
        raise invalid("ROLE_WITH_SERVER", "--as works on a database only: a server decides the role by the token.")
    chosen["database_url"] = chosen["database_url"] or default_database_url()
    for name, kind in Settings.__annotations__.items():
        if kind in (Secret, Secret | None) and chosen[name]:
            chosen[name] = Secret(chosen[name])
    return Settings(
        **chosen,
        acting_as=acting_as,
        read_only=flags.read_only,
        config_file=path if path.exists() else None,
        # a link that leads nowhere is a policy that cannot be read, and not none
        policy_file=policy_file if os.path.lexists(policy_file := path.with_name("policy.toml")) else None,
    )


def parse_acting_as(text: str) -> ActingAs:
    """Return the role that `--as` names.

    Raises:
        Refused: `INVALID_ROLE`.
    """
    name, _, customer_id = text.partition(":")
    needs_customer = name in (Role.CUSTOMER_ADMIN, Role.CUSTOMER_MEMBER)
    if name not in set(Role) or needs_customer != bool(customer_id):
        raise invalid(
            "INVALID_ROLE",
            "Give --as one of operator, platform_admin, service, customer_admin:CUSTOMER or customer_member:CUSTOMER.",
        )
    return ActingAs(Role(name), customer_id or None)


def _read_file(path: Path) -> _File:
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        return _File()
    except OSError as error:
        raise invalid("CONFIG_INVALID", f"{path} cannot be read ({error.strerror}): mend its permissions.") from error
    import tomllib

    try:
        table = tomllib.loads(raw.decode())
    except UnicodeDecodeError as error:
        raise invalid("CONFIG_INVALID", f"{path} is not UTF-8 text: save it as UTF-8.") from error
    except tomllib.TOMLDecodeError as error:
        raise invalid("CONFIG_INVALID", f"{path} is not valid TOML: {_lower_first(str(error))}.") from error
    try:
        file = msgspec.convert(table, _File)
    except msgspec.ValidationError as error:
        raise _unusable(path, str(error)) from error
    return file


def _unusable(path: Path, problem: str) -> Refused:
    """Return the refusal for msgspec's words «Expected `int`, got `str` - at `$.policy.trial_days`»."""
    said, _, where = problem.partition(" - at `$")
    table = where.rstrip("`").lstrip(".")
    if said.startswith("Object contains unknown field"):
        name = said.split("`")[1]
        return _refuse(path, f"{table}.{name}" if table else name, "there is no such setting: remove it")
    if said.startswith("Object missing required field"):
        return _refuse(path, f"{table}.{said.split('`')[1]}", "it is missing: set it, or remove the table")
    if said.startswith("Invalid enum value"):
        allowed = get_args(get_type_hints(GuidanceLimits).get(table.rpartition(".")[2]))
        return _refuse(path, table, f"choose one of {', '.join(allowed)}")
    words = said.replace("`", "").replace("str", "text").replace("int", "whole number").replace("object", "table")
    return _refuse(path, table, _lower_first(words))


def _refuse(path: Path, key: str, problem: str) -> Refused:
    return invalid("CONFIG_INVALID", f"{path}: {key}: {problem}.", key=key)


def _lower_first(text: str) -> str:
    return text[:1].lower() + text[1:]
