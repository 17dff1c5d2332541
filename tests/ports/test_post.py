"""Letters handed to a mail server that speaks SMTP; and what is said when it does not take them."""

import asyncio
from contextlib import asynccontextmanager
from email import message_from_bytes, policy

import pytest

from jishi.ports.post import Letter, MailPost, NoPost, PostFailed

pytestmark = pytest.mark.anyio
LETTER = Letter("email", "qian@example.com", "您的验证码", "Your code is 012345.")


@asynccontextmanager
async def mail_server(says: str = "250 OK"):
    """A mail server for one letter after the other. says: its answer to the recipient."""
    got: list[bytes] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 here\r\n")
        while line := await reader.readline():
            word = line[:4].upper()
            if word == b"DATA":
                writer.write(b"354 go on\r\n")
                got.append(await reader.readuntil(b"\r\n.\r\n"))
            answer = {b"RCPT": says, b"QUIT": "221 bye"}.get(word, "250 OK")
            writer.write(f"{answer}\r\n".encode())
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    try:
        yield f"smtp://127.0.0.1:{server.sockets[0].getsockname()[1]}", got
    finally:
        server.close()
        await server.wait_closed()


async def test_a_letter_arrives_whole():
    async with mail_server() as (url, got):
        await MailPost(url, "market@example.com").send(LETTER)
        message = message_from_bytes(got[0], policy=policy.default)
        assert (message["To"], message["From"]) == ("qian@example.com", "market@example.com")
        assert message["Subject"] == LETTER.subject and "012345" in message.get_content()


async def test_a_letter_that_is_not_taken_is_told_without_the_address():
    async with mail_server("550 nobody here") as (url, got):
        with pytest.raises(PostFailed) as failed:
            await MailPost(url, "market@example.com").send(LETTER)
        assert got == [] and "qian" not in str(failed.value)
    with pytest.raises(PostFailed):
        await MailPost(url, "market@example.com").send(LETTER)
    with pytest.raises(PostFailed):
        await NoPost().send(LETTER)


def test_what_is_no_mail_server():
    for url, sender in (("http://x", "a@b.test"), ("smtp://", "a@b.test"), ("smtp://x", "nobody"), ("", "a@b.test")):
        with pytest.raises(ValueError, match="JISHI_SMTP_URL"):
            MailPost(url, sender)
    assert MailPost("smtps://qian%40x:p%2Fw@mail.test", "a@b.test").password == "p/w"
