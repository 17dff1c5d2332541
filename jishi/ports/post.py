"""Mail and SMS: how a letter leaves the house. The local post keeps them in a table that only a demo shows."""

import asyncio
import smtplib
import ssl
from collections.abc import Awaitable, Callable
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from typing import NamedTuple, Protocol
from urllib.parse import unquote, urlsplit

WAIT_S = 10.0


class Letter(NamedTuple):
    """What is sent. way: email or phone, as the login's kind; a phone gets the text alone."""

    way: str
    address: str
    subject: str
    text: str


class PostFailed(Exception):
    """The letter did not leave the house. Whoever waits for it asks for another."""


class Post(Protocol):
    """Sends letters. ways: email, phone, both or none."""

    ways: tuple[str, ...]

    async def send(self, letter: Letter) -> None:
        """Raises PostFailed."""


class LocalPost:
    """Gives every letter to `keep`, and sends nothing anywhere."""

    ways = ("email", "phone")

    def __init__(self, keep: Callable[[Letter], Awaitable[None]]):
        self.keep = keep

    async def send(self, letter: Letter) -> None:
        """Keep it."""
        await self.keep(letter)


class NoPost:
    """No post is configured: nobody can be written to."""

    ways: tuple[str, ...] = ()

    async def send(self, letter: Letter) -> None:
        raise PostFailed("no post is configured")


class MailPost:
    """Hands letters to a mail server: `smtps://user:password@host:465`, or `smtp://host:25`, by STARTTLS if offered."""

    ways = ("email",)

    def __init__(self, url: str, sender: str):
        told = urlsplit(url)
        if told.scheme not in ("smtp", "smtps") or not told.hostname or "@" not in sender:
            raise ValueError("JISHI_SMTP_URL is smtp://… or smtps://…, and JISHI_MAIL_FROM an address.")
        self.secure, self.host, self.sender = told.scheme == "smtps", told.hostname, sender
        self.port = told.port or (465 if self.secure else 25)
        self.user, self.password = unquote(told.username or ""), unquote(told.password or "")

    async def send(self, letter: Letter) -> None:
        """Beside the event loop, within seconds."""
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = self.sender, letter.address, letter.subject
        message["Date"], message["Message-ID"] = formatdate(), make_msgid(domain=self.sender.rpartition("@")[2])
        message.set_content(letter.text)
        try:
            await asyncio.to_thread(self._deliver, message)
        except (OSError, smtplib.SMTPException) as error:
            raise PostFailed(type(error).__name__) from error

    def _deliver(self, message: EmailMessage) -> None:
        context = ssl.create_default_context()
        if self.secure:
            server: smtplib.SMTP = smtplib.SMTP_SSL(self.host, self.port, timeout=WAIT_S, context=context)
        else:
            server = smtplib.SMTP(self.host, self.port, timeout=WAIT_S)
        with server:
            if not self.secure and server.ehlo()[0] == 250 and server.has_extn("starttls"):
                server.starttls(context=context)
            if self.user:
                server.login(self.user, self.password)
            server.send_message(message)
