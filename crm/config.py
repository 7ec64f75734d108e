"""Settings, read once from `CRM_*` environment variables."""

import os
import secrets
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

from crm.errors import ConfigurationError

ALL_PLUGINS = "*"


@dataclass(frozen=True)
class Config:
    """Everything that differs between two installations.

    `database_url` is an SQLAlchemy URL (SQLite or PostgreSQL by psycopg), `data_dir` holds the SQLite
    files, attachments, outgoing mail of a development server and the secret key. Sizes are in bytes,
    times in seconds.
    """

    database_url: str
    data_dir: Path
    secret_key: str
    jobs_database_url: str = ""
    base_url: str = "http://127.0.0.1:5000"
    plugins: str = ALL_PLUGINS
    trace_hooks: bool = False
    organization_name: str = "Rollcall"
    smtp_url: str = ""
    mail_from: str = "rollcall@localhost"
    imap_url: str = ""
    mailbox: str = ""
    default_region: str = "US"
    languages: tuple[str, ...] = ("en", "es")
    time_zone: str = "America/New_York"
    max_upload: int = 100 * 1024 * 1024
    session_idle: int = 8 * 3600
    session_absolute: int = 14 * 24 * 3600
    secure_cookies: bool = False
    trusted_proxies: int = 0
    fetch_proxy: str = ""
    development: bool = False
    testing: bool = False
    extra: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_sqlite(self) -> bool:
        return self.database_url.startswith("sqlite")

    @classmethod
    def for_testing(cls, database_url: str, data_dir: Path, **changes: Any) -> Self:
        """A configuration with a fixed key, for tests and benchmarks."""
        config = cls(
            database_url=database_url,
            data_dir=data_dir,
            secret_key="testing-" + "0" * 32,
            jobs_database_url=f"sqlite:///{data_dir / 'jobs.sqlite'}",
            testing=True,
        )
        return replace(config, **changes)


def load(environ: Mapping[str, str] | None = None) -> Config:
    """Read the settings; raises ConfigurationError naming the setting that makes no sense."""
    env = os.environ if environ is None else environ
    data_dir = Path(env.get("CRM_DATA_DIR", "data")).expanduser().resolve()
    database_url = _database_url(env.get("CRM_DATABASE_URL", ""), data_dir)
    base_url = env.get("CRM_BASE_URL", "http://127.0.0.1:" + env.get("PORT", "5000")).rstrip("/")
    return Config(
        database_url=database_url,
        data_dir=data_dir,
        secret_key=env.get("CRM_SECRET_KEY", "") or _kept_secret(data_dir),
        jobs_database_url=env.get("CRM_JOBS_DATABASE_URL", "") or _jobs_url(database_url, data_dir),
        base_url=base_url,
        plugins=env.get("CRM_PLUGINS", ALL_PLUGINS),
        trace_hooks=env.get("CRM_TRACE_HOOKS", "") == "1",
        organization_name=env.get("CRM_ORGANIZATION_NAME", "Rollcall"),
        smtp_url=env.get("CRM_SMTP_URL", ""),
        mail_from=env.get("CRM_MAIL_FROM", "rollcall@localhost"),
        imap_url=env.get("CRM_IMAP_URL", ""),
        mailbox=env.get("CRM_MAILBOX", ""),
        default_region=env.get("CRM_DEFAULT_REGION", "US").upper(),
        time_zone=env.get("CRM_TIME_ZONE", "America/New_York"),
        max_upload=_whole(env, "CRM_MAX_UPLOAD_MB", 100) * 1024 * 1024,
        session_idle=_whole(env, "CRM_SESSION_IDLE_HOURS", 8) * 3600,
        session_absolute=_whole(env, "CRM_SESSION_ABSOLUTE_HOURS", 14 * 24) * 3600,
        secure_cookies=base_url.startswith("https://"),
        trusted_proxies=_whole(env, "CRM_TRUSTED_PROXIES", 0),
        fetch_proxy=_proxy(env.get("CRM_FETCH_PROXY", "")),
        development=env.get("CRM_DEVELOPMENT", "") == "1",
        extra={key: value for key, value in env.items() if key.startswith("CRM_")},
    )


def _database_url(given: str, data_dir: Path) -> str:
    if not given:
        return f"sqlite:///{data_dir / 'rollcall.sqlite'}"
    for prefix in ("postgresql://", "postgres://"):
        if given.startswith(prefix):
            return "postgresql+psycopg://" + given.removeprefix(prefix)
    if not given.startswith(("sqlite:///", "postgresql+psycopg://")):
        raise ConfigurationError(
            "CRM_DATABASE_URL must begin with sqlite:/// or postgresql://; change it or leave it out."
        )
    return given


def _jobs_url(database_url: str, data_dir: Path) -> str:
    return f"sqlite:///{data_dir / 'jobs.sqlite'}" if database_url.startswith("sqlite") else database_url


def _proxy(given: str) -> str:
    """The address of a proxy; its account, which is a secret, stands in no error."""
    try:
        parts = urlsplit(given)
        fits = not given or (parts.scheme == "http" and bool(parts.hostname) and parts.port is not None)
    except ValueError:
        fits = False
    if not fits:
        raise ConfigurationError(
            "CRM_FETCH_PROXY must look like http://proxy.example.org:3128 or http://user:password@host:port; "
            "change it or leave it out."
        )
    return given


def _whole(env: Mapping[str, str], name: str, default: int) -> int:
    try:
        return int(env.get(name, default))
    except ValueError as error:
        raise ConfigurationError(f"{name} must be a whole number, not {env[name]!r}.") from error


def _kept_secret(data_dir: Path) -> str:
    """The key made at first start, readable by this account alone; whole or not there at all, however
    many processes start at once."""
    path = data_dir / "secret_key"
    try:
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not path.exists():
            handle, fresh = tempfile.mkstemp(dir=data_dir)
            with os.fdopen(handle, "w") as file:
                file.write(secrets.token_hex(32))
            with suppress(FileExistsError):
                os.link(fresh, path)
            Path(fresh).unlink()
        return path.read_text().strip()
    except OSError as error:
        raise ConfigurationError(
            f"The folder {data_dir} cannot be used ({error.strerror}). Let this account write there, or "
            "name another with CRM_DATA_DIR."
        ) from error
