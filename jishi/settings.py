"""All settings, read from the environment with the prefix JISHI_; the command line overrides address and port."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import msgspec
from msgspec import Meta

PREFIX = "JISHI_"
DATABASES = ("sqlite:///", "postgresql://", "postgres://")


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Each field is a setting; its note is what the table of settings in the guide says."""

    db: Annotated[str, Meta(description="Database: sqlite:///relative, sqlite:////absolute or postgresql://…")] = (
        "sqlite:///var/jishi.db"
    )
    host: Annotated[str, Meta(description="Address to listen on")] = "127.0.0.1"
    port: Annotated[int, Meta(description="Port to listen on", ge=1, le=65535)] = 8000
    public_url: Annotated[str, Meta(description="How people reach this server; empty for http://host:port")] = ""
    folder: Annotated[
        str, Meta(description="Folder for pictures and the local provider; empty: beside the database, or var")
    ] = ""
    secret: Annotated[
        str, Meta(description="64 hex digits that all signatures derive from; empty: kept in the database")
    ] = ""
    secure_cookies: Annotated[int, Meta(description="1 behind https: cookies are sent over https only", ge=0, le=1)] = 0
    provider_url: Annotated[str, Meta(description="Payment provider for our calls; empty: no payments")] = ""
    provider_cashier_url: Annotated[str, Meta(description="Payment provider for browsers, if another address")] = ""
    provider_merchant: Annotated[str, Meta(description="Our name at the provider")] = "jishi"
    provider_secret_file: Annotated[str, Meta(description="File with the secret shared with the provider")] = ""
    provider_port: Annotated[
        int, Meta(description="Port on which `demo` starts the local provider; 0: the next one", ge=0)
    ] = 0
    webhook_allow_private: Annotated[
        int, Meta(description="1 lets webhooks go to private addresses (tests only)", ge=0, le=1)
    ] = 0
    sso_key_file: Annotated[
        str, Meta(description="File with the host app's public key (PEM); empty: no single sign-on")
    ] = ""
    sso_issuer: Annotated[str, Meta(description="Name that the host app's sign-on tokens carry as `iss`")] = ""
    smtp_url: Annotated[
        str, Meta(description="Mail server: smtps://user:password@host:465 or smtp://host:25; empty: no letters")
    ] = ""
    mail_from: Annotated[str, Meta(description="Address that letters come from")] = ""
    proxies: Annotated[
        int, Meta(description="Own proxies in front, whose X-Forwarded-For tells a browser's address", ge=0, le=5)
    ] = 0
    rate_party_per_s: Annotated[int, Meta(description="Requests a second of one party", ge=1)] = 20
    rate_party_burst: Annotated[int, Meta(description="Requests of one party at once", ge=1)] = 60
    rate_key_per_s: Annotated[int, Meta(description="Requests a second of one key", ge=1)] = 5000
    rate_ip_per_s: Annotated[int, Meta(description="Requests a second of one address; 0: no limit", ge=0)] = 0
    writer: Annotated[
        int, Meta(description="1: what is changed is decided in processes of its own; 0: in the server's", ge=0, le=1)
    ] = 1
    log_level: Annotated[str, Meta(description="debug, info, warning or error")] = "info"

    @property
    def own_url(self) -> str:
        """How people and the provider reach this server, without a slash at the end."""
        return self.public_url.rstrip("/") or f"http://{self.host}:{self.port}"

    @property
    def path(self) -> Path:
        """The folder, as a path."""
        if self.folder or not self.db.startswith("sqlite:"):
            return Path(self.folder or "var")
        return Path(self.db.removeprefix("sqlite:///")).parent

    def __repr__(self) -> str:
        return f"Settings(db={safe_url(self.db)!r}, port={self.port})"


class BadSetting(ValueError):
    """A setting cannot be used; the message names it and says what it should be."""


def read_settings(given: dict[str, Any] | None = None, environment: Mapping[str, str] = os.environ) -> Settings:
    """The settings of the environment, with what the command line gave on top."""
    told: dict[str, Any] = {
        name: environment[PREFIX + name.upper()]
        for name in Settings.__struct_fields__
        if PREFIX + name.upper() in environment
    }
    told |= {name: value for name, value in (given or {}).items() if value is not None}
    try:
        settings = msgspec.convert(told, Settings, strict=False)
    except msgspec.ValidationError as error:
        raise BadSetting(f"A setting cannot be used: {error}. See the table of settings in the guide.") from error
    if not settings.db.startswith(DATABASES):
        raise BadSetting("A database address begins with sqlite:/// or postgresql://.")
    return settings


def safe_url(url: str) -> str:
    """A database address without its password, for logs and messages."""
    head, at, tail = url.rpartition("@")
    return f"{head.split('://')[0]}://…@{tail}" if at else url
