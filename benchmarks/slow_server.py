"""A chat-completions server that does as little as it can: the same answer to all, after a while.

    python benchmarks/slow_server.py [--latency 0.05] [--port 0]

It stands in a process of its own and says on its first line of output where it answers. What it
costs the machine to be asked is not what is measured, so it reads no more of a request than where
it ends.
"""

from __future__ import annotations

import argparse
import asyncio

import orjson

TEXT = (
    "It sounds as if you have been carrying this alone for a long time, and that nobody around you "
    "has seen how much it takes. I wonder what it is like to put it into words here. "
) * 8
USAGE = {"prompt_tokens": 310, "completion_tokens": 350, "total_tokens": 660}


def reply() -> bytes:
    """A whole response of some 1,600 bytes, as hosted services send them."""
    choice = {
        "index": 0,
        "message": {"role": "assistant", "content": TEXT.strip(), "refusal": None},
        "logprobs": None,
        "finish_reason": "stop",
    }
    body = orjson.dumps(
        {
            "id": "chatcmpl-0",
            "object": "chat.completion",
            "created": 1_760_000_000,
            "model": "invented-2025-01-01",
            "choices": [choice],
            "usage": USAGE,
        }
    )
    head = (
        f"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


class Connection(asyncio.Protocol):
    """One client's connection: a request, a while, a reply."""

    reply = reply()

    def __init__(self, latency_s: float) -> None:
        self._latency_s = latency_s
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way back."""
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer every request that is whole."""
        self._buffer += data
        while (end := self._end()) and len(self._buffer) >= end:
            self._buffer = self._buffer[end:]
            asyncio.get_running_loop().call_later(self._latency_s, self._answer)

    def _end(self) -> int:
        """Where the first request in the buffer ends; 0 while its head is not whole."""
        head = self._buffer.find(b"\r\n\r\n")
        if head < 0:
            return 0
        lower = self._buffer[:head].lower()
        start = lower.find(b"content-length:") + len(b"content-length:")
        return head + 4 + int(lower[start:].split(b"\r\n", 1)[0])

    def _answer(self) -> None:
        if not self._transport.is_closing():
            self._transport.write(self.reply)  # type: ignore[attr-defined]


async def serve(port: int, latency_s: float) -> None:
    """Answer until ended."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: Connection(latency_s), "127.0.0.1", port, backlog=4096
    )
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1", flush=True)
    await server.serve_forever()


def main() -> None:
    """Read the flags and serve."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--latency", type=float, default=0.05, help="seconds to every reply")
    parser.add_argument("--port", type=int, default=0)
    options = parser.parse_args()
    asyncio.run(serve(options.port, options.latency))


if __name__ == "__main__":
    main()
