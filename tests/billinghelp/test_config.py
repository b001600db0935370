"""Settings come from flags, then the environment, then the file; what is wrong in them is one sentence."""

from pathlib import Path

import pytest

from billinghelp.config import (
    ENVIRONMENT,
    ActingAs,
    Flags,
    Platform,
    Settings,
    forget_secrets,
    load_settings,
    parse_acting_as,
)
from billinghelp.platform_settings import platform_settings
from billinghelp.secret import Secret
from services.contract.errors import Refused
from services.contract.policy import Policy
from services.contract.principals import Role


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "config.toml"


def load(file: Path, flags: Flags | None = None, **environ: str) -> Settings:
    return load_settings(flags or Flags(), environ, file)


def refusal_of(file: Path) -> str:
    with pytest.raises(Refused) as caught:
        load(file)
    assert caught.value.reason == "CONFIG_INVALID"
    return caught.value.message


def test_without_any_setting_the_store_is_a_file_in_the_user_s_data_folder(file: Path) -> None:
    settings = load(file)
    url = settings.database_url.reveal()
    assert url.startswith("sqlite:///")
    assert url.endswith("billinghelp.db")
    assert settings.model is None
    assert settings.config_file is None
    assert settings.policy_file is None


def test_a_flag_wins_over_the_environment_and_that_over_the_file(file: Path) -> None:
    file.write_text('database_url = "sqlite:///file.db"\ntheme = "light"\nmodel = "from-file"\n')
    assert load(file).database_url == Secret("sqlite:///file.db")
    with_environment = load(file, BILLINGHELP_DATABASE_URL="sqlite:///env.db", BILLINGHELP_MODEL="from-env")
    assert with_environment.database_url == Secret("sqlite:///env.db")
    assert with_environment.model == "from-env"
    with_flag = load(file, Flags(database_url="sqlite:///flag.db"), BILLINGHELP_DATABASE_URL="sqlite:///env.db")
    assert with_flag.database_url == Secret("sqlite:///flag.db")
    assert with_flag.theme == "light"
    assert with_flag.config_file == file


def test_an_empty_variable_counts_as_absent(file: Path) -> None:
    assert load(file, BILLINGHELP_MODEL="").model is None


def test_a_database_named_on_the_command_line_is_used_although_a_server_is_in_the_environment(file: Path) -> None:
    settings = load(file, Flags(database_url="sqlite:///mine.db"), BILLINGHELP_SERVER_URL="https://desk.example")
    assert settings.server_url is None


def test_policy_and_keys_are_tables_of_the_file(file: Path) -> None:
    file.write_text('[policy]\ntrial_days = 30\n[keys]\n"billing_help.refresh" = "f9"\n')
    settings = load(file)
    assert settings.policy == Policy(trial_days=30)
    assert settings.keys == {"billing_help.refresh": "f9"}


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ('them = "dark"', "them"),
        ('theme = "solarized"', "theme"),
        ("theme = 3", "theme"),
        ("[policy]\ntrial_day = 3", "policy.trial_day"),
        ('[policy]\ntrial_days = "3"', "policy.trial_days"),
        ("[policy]\ntrial_days = -3", "policy.trial_days"),
        ("[policy]\ntrial_days = 1.5", "policy.trial_days"),
        ("[keys]\nfind = 3", "keys"),
        ("policy = 3", "policy"),
        ("[platform]\ntimeout_seconds = 3", "platform.url"),
        ('[platform]\nurl = "https://a.example"\ntimeout_seconds = 0', "platform.timeout_seconds"),
        ('[platform]\nurl = "https://a.example"\npassword = "x"', "platform.password"),
    ],
)
def test_a_wrong_setting_is_one_sentence_with_file_and_key(file: Path, written: str, key: str) -> None:
    file.write_text(written)
    message = refusal_of(file)
    assert message.startswith(f"{file}: {key}")
    assert message.count("\n") == 0
    assert message.endswith(".")


@pytest.mark.parametrize("content", [b"theme = ", b"\xff\xfe", b"[policy\n"])
def test_a_file_that_is_not_toml_is_refused_by_name(file: Path, content: bytes) -> None:
    file.write_bytes(content)
    assert refusal_of(file).startswith(str(file))


def test_a_folder_in_place_of_the_file_is_refused_by_name(file: Path) -> None:
    file.mkdir()
    assert refusal_of(file).startswith(str(file))


def test_secrets_do_not_show_when_settings_are_printed(file: Path) -> None:
    settings = load(
        file,
        BILLINGHELP_DATABASE_URL="postgresql://desk:hunter2@db/desk",
        BILLINGHELP_TOKEN="bht_secret_token",
        OPENAI_API_KEY="sk-model-key",
        STRIPE_SECRET_KEY="sk_live_stripe",
        STRIPE_WEBHOOK_SECRET="whsec_hook",
    )
    shown = f"{settings!r} {settings!s}"
    for secret in ("hunter2", "bht_secret_token", "sk-model-key", "sk_live_stripe", "whsec_hook"):
        assert secret not in shown
        assert secret in settings.secrets()
    assert "postgresql://desk:hunter2@db/desk" not in settings.secrets()  # only its password is to be blacked out


def test_the_platform_s_token_comes_from_the_environment_or_the_file_and_does_not_show(file: Path) -> None:
    file.write_text('[platform]\nurl = "https://platform.example"\ntoken = "in-the-file"\n')
    for settings, token in (
        (load(file), "in-the-file"),
        (load(file, BILLINGHELP_PLATFORM_TOKEN="in-the-environment"), "in-the-environment"),
    ):
        assert settings.platform == Platform(url="https://platform.example", timeout_seconds=10)
        assert settings.platform_token == Secret(token)
        assert token in settings.secrets()
        assert token not in f"{settings!r}"


def test_without_a_platform_there_is_none_whatever_token_there_is(file: Path) -> None:
    settings = load(file, BILLINGHELP_PLATFORM_TOKEN="hunter2")
    assert settings.platform is None
    assert platform_settings(settings) is None


def test_a_role_to_act_as_is_read(file: Path) -> None:
    assert parse_acting_as("operator") == ActingAs(Role.OPERATOR)
    assert parse_acting_as("customer_admin:acme-eu") == ActingAs(Role.CUSTOMER_ADMIN, "acme-eu")
    assert load(file, Flags(acting_as="service", read_only=True)).acting_as == ActingAs(Role.SERVICE)


@pytest.mark.parametrize("text", ["root", "customer_admin", "customer_member:", "operator:acme", ""])
def test_a_role_that_does_not_exist_is_refused(text: str) -> None:
    with pytest.raises(Refused, match="customer_admin:CUSTOMER"):
        parse_acting_as(text)


def test_a_role_cannot_be_chosen_where_a_server_decides_it(file: Path) -> None:
    with pytest.raises(Refused, match="a server decides"):
        load(file, Flags(acting_as="operator"), BILLINGHELP_SERVER_URL="https://desk.example")


def test_a_policy_that_is_a_link_to_nowhere_is_configured_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "policy.toml").symlink_to(tmp_path / "not-mounted-yet.toml")
    settings = load_settings(Flags(), {}, tmp_path / "config.toml")
    assert settings.policy_file == tmp_path / "policy.toml"


def test_secrets_are_taken_out_of_the_environment_and_nothing_else() -> None:
    environ = dict.fromkeys(ENVIRONMENT, "x") | {"PATH": "/bin"}
    forget_secrets(environ)
    assert set(environ) == {
        *("BILLINGHELP_SERVER_URL", "BILLINGHELP_MODEL", "OPENAI_BASE_URL", "STRIPE_API_BASE", "STRIPE_RETURN_URL"),
        "PATH",
    }
