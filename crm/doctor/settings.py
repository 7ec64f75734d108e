"""Settings, the secret key, the data folder, and mail."""

import imaplib
import os
import shutil
import smtplib
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from crm.accounts.delivery import connect
from crm.activities.mail import imap
from crm.config import Config
from crm.doctor.finding import Finding, fail, ok, warn
from crm.errors import ConfigurationError

SHORT_KEY, WEAK_KEY = 32, 16
"""Characters; a key made by Rollcall has 64."""

LITTLE_SPACE, NO_SPACE = 2 * 1024**3, 200 * 1024**2
"""Bytes."""


def findings(config: Config) -> Iterator[Finding]:
    yield _address(config)
    yield _development(config)
    yield _secret_key(config)
    yield _data_dir(config.data_dir)
    yield _free_space(config.data_dir)
    yield _time_zone(config)
    yield _mail(config)
    yield from _mailbox(config)


def _is_local(config: Config) -> bool:
    return urlsplit(config.base_url).hostname in {"localhost", "127.0.0.1", "::1"}


def _address(config: Config) -> Finding:
    if config.base_url.startswith("https://"):
        return ok("Address", f"{config.base_url}, cookies for https only")
    if _is_local(config):
        return ok("Address", f"{config.base_url}, for this machine only")
    return fail(
        "Address",
        f"{config.base_url} carries passwords unencrypted",
        "Put a server that speaks https before Rollcall and set CRM_BASE_URL to its https:// address.",
    )


def _development(config: Config) -> Finding:
    if not config.development:
        return ok("Mode", "serving")
    advice = "Take CRM_DEVELOPMENT away before anybody works here: errors show the program's inside."
    return (warn if _is_local(config) else fail)("Mode", "development", advice)


def _secret_key(config: Config) -> Finding:
    length, path = len(config.secret_key), config.data_dir / "secret_key"
    anew = "Delete the file to have a good one made, or set a long random CRM_SECRET_KEY."
    if length < WEAK_KEY or len(set(config.secret_key)) < 8:
        return fail("Secret key", f"can be guessed ({length} characters)", anew)
    if path.exists() and path.read_text().strip() == config.secret_key:
        mode = stat.S_IMODE(path.stat().st_mode)
        if mode & 0o077:
            return fail("Secret key", f"{path} can be read by others", f"chmod 600 {path}")
    if length < SHORT_KEY:
        return warn("Secret key", f"has {length} characters only", anew)
    return ok("Secret key", f"{length} characters, kept from others")


def _data_dir(folder: Path) -> Finding:
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        advice = f"Let this account (number {os.getuid()}) write there, or name another with CRM_DATA_DIR."
        return fail("Data folder", f"{folder} cannot be written ({error.strerror})", advice)
    if stat.S_IMODE(folder.stat().st_mode) & 0o007:
        return warn(
            "Data folder", f"{folder} is open to every account of this machine", f"chmod 750 {folder}"
        )
    return ok("Data folder", str(folder))


def _free_space(folder: Path) -> Finding:
    free = shutil.disk_usage(folder).free
    words = f"{free / 1024**3:.1f} GB free"
    advice = "Make room, or move the data folder and set CRM_DATA_DIR."
    if free < NO_SPACE:
        return fail("Disk", words, advice)
    return warn("Disk", words, advice) if free < LITTLE_SPACE else ok("Disk", words)


def _time_zone(config: Config) -> Finding:
    try:
        ZoneInfo(config.time_zone)
    except (ZoneInfoNotFoundError, ValueError):
        return fail(
            "Time zone", f"{config.time_zone} is none", "Set CRM_TIME_ZONE, such as America/New_York."
        )
    return ok("Time zone", config.time_zone)


def _mail(config: Config) -> Finding:
    if not config.smtp_url:
        return warn(
            "Mail",
            "is written to the data folder, and none leaves",
            "Set CRM_SMTP_URL and CRM_MAIL_FROM so that invitations reach people.",
        )
    parts = urlsplit(config.smtp_url)
    try:
        with connect(config.smtp_url) as server:
            server.noop()
    except ConfigurationError as error:
        return fail("Mail", "the setting makes no sense", error.message)
    except (OSError, smtplib.SMTPException) as error:
        advice = "Check CRM_SMTP_URL and the mail server."
        return fail("Mail", f"{parts.hostname} does not take mail ({error})", advice)
    return ok("Mail", f"{parts.hostname} takes mail")


def _mailbox(config: Config) -> Iterator[Finding]:
    """The folder from which mail is fetched to be logged; nothing is said where none is set."""
    if not config.imap_url:
        return
    try:
        place = imap.Place.parse(config.imap_url)
        with imap.connect(place) as server:
            server.noop()
    except ConfigurationError as error:
        yield fail("Mailbox", "the setting makes no sense", error.message)
    except (OSError, imaplib.IMAP4.error, imap.NoAnswer) as error:
        advice = "Check CRM_IMAP_URL and the mail server."
        yield fail("Mailbox", f"{place.host} does not let us in ({error})", advice)
    else:
        yield ok("Mailbox", f"{place.folder} at {place.host}")
