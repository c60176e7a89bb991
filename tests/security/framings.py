"""Every way of saying where a request's body ends, right and wrong, and what a service may see of it."""

from dataclasses import dataclass

METHODS = (b"GET", b"HEAD", b"POST", b"PUT", b"PATCH", b"DELETE", b"OPTIONS")


@dataclass(frozen=True)
class Framed:
    """`headers` and `pieces` go on the wire as they are. `body` is what they mean; None: they mean nothing.

    `loose`: some readers take it, some refuse it; both are right, any third reading is not.
    `cut`: the sender leaves in the middle.
    """

    headers: bytes
    pieces: tuple[bytes, ...]
    body: bytes | None
    loose: bool = False
    cut: bool = False


def chunk(data: bytes, extension: bytes = b"", end: bytes = b"\r\n") -> bytes:
    return b"%x%b%b%b%b" % (len(data), extension, end, data, end) if data else b""


def chunked(*data: bytes, extension: bytes = b"", trailer: bytes = b"", end: bytes = b"\r\n") -> bytes:
    return b"".join(chunk(each, extension, end) for each in data) + b"0" + extension + end + trailer + end


def right(body: bytes, middle: int) -> dict[str, Framed]:
    """The framings that mean `body`; `middle` is where it is split."""
    first, second = body[:middle], body[middle:]
    length, encoding = b"Content-Length: %d\r\n" % len(body), b"Transfer-Encoding: chunked\r\n"
    whole = chunked(body)
    found = {
        "length": Framed(length, (body,), body),
        "length, split": Framed(length, (first, second), body),
        "length, spaces": Framed(b"content-length:   %d  \r\n" % len(body), (body,), body),
        "length, tabs": Framed(b"Content-Length: \t%d\t\r\n" % len(body), (body,), body, loose=True),
        "length, zeros": Framed(b"Content-Length: 000%d\r\n" % len(body), (body,), body, loose=True),
        "chunked": Framed(encoding, (whole,), body),
        "chunked, many": Framed(encoding, (chunked(first, second),), body),
        "chunked, torn": Framed(encoding, (whole[: middle + 1], whole[middle + 1 :]), body),
        "chunked, in other letters": Framed(b"tRANSFER-encoding: Chunked\r\n", (whole,), body),
        "chunked, extension": Framed(encoding, (chunked(body, extension=b";a=1"),), body),
        "chunked, quoted extension": Framed(encoding, (chunked(body, extension=b';a="1;2"'),), body, loose=True),
        "chunked, trailer": Framed(encoding, (chunked(body, trailer=b"X-Real-IP: 6.6.6.6\r\n"),), body),
        "chunked, trailing length": Framed(
            encoding, (chunked(body, trailer=b"Content-Length: 3\r\n"),), body, loose=True
        ),
        "chunked, line feeds": Framed(encoding, (chunked(body, end=b"\n"),), body, loose=True),
        "chunked, zeros": Framed(encoding, (b"000000" + whole,), body, loose=True),
    }
    if not body:
        found["none"] = Framed(b"", (), b"")
        found["zero"] = Framed(b"Content-Length: 0\r\n", (), b"")
    return found


def wrong(body: bytes) -> dict[str, Framed]:
    """The framings that mean nothing: whoever reads one of them must stop."""
    length, encoding = b"Content-Length: %d\r\n" % len(body), b"Transfer-Encoding: chunked\r\n"
    longer = b"Content-Length: %d\r\n" % (len(body) + 7)
    whole = chunked(body)
    headers = {
        "both": length + encoding,
        "both, the other way": encoding + length,
        "both, empty": b"Content-Length: 0\r\n" + encoding,
        "lengths that agree": length + length,
        "lengths that differ": length + longer,
        "a list of lengths": b"Content-Length: %d, %d\r\n" % (len(body), len(body)),
        "signed": b"Content-Length: +%d\r\n" % len(body),
        "negative": b"Content-Length: -1\r\n",
        "hexadecimal": b"Content-Length: 0x%x\r\n" % len(body),
        "empty length": b"Content-Length:\r\n",
        "endless digits": b"Content-Length: 1%b\r\n" % (b"0" * 30),
        "folded": b"X-Fold: a\r\n b\r\n" + length,
        "folded length": b"Content-Length:\r\n %d\r\n" % len(body),
        "folded encoding": b"Transfer-Encoding:\r\n chunked\r\n",
        "folded after": encoding + b" identity\r\n",
        "space before the colon": b"Content-Length : %d\r\n" % len(body),
        "encoding, space before the colon": b"Transfer-Encoding : chunked\r\n" + length,
        "twice chunked": encoding + encoding,
        "chunked, chunked": b"Transfer-Encoding: chunked, chunked\r\n",
        "unknown encoding": b"Transfer-Encoding: xchunked\r\n",
        "identity": b"Transfer-Encoding: identity\r\n" + length,
        "chunked, then more": b"Transfer-Encoding: chunked, gzip\r\n",
        "vertical tab": b"Transfer-Encoding: \x0bchunked\r\n",
        "zero byte": b"Transfer-Encoding: chunked\0\r\n",
        "bare carriage return": b"X-A: a\rTransfer-Encoding: chunked\r\n" + length,
        "no name": b": 5\r\n" + length,
    }
    found = {name: Framed(each, (whole,), None) for name, each in headers.items()}
    broken = {
        "no size": b"\r\n" + whole,
        "not a size": b"zz\r\n" + whole,
        "signed size": b"+" + whole,
        "size with a prefix": b"0x" + whole,
        "size of a planet": b"f" * 17 + b"\r\n" + whole,
        "chunk longer than it says": b"1\r\nab\r\n0\r\n\r\n",
        "chunk without its end": b"1\r\na0\r\n\r\n",
        "size after a space": b" " + whole,
        "carriage returns alone": b"1\ra\r0\r\r\n",
    }
    found |= {name: Framed(encoding, (each,), None) for name, each in broken.items()}
    found["left before the end"] = Framed(longer, (body,), None, cut=True)
    found["left within a chunk"] = Framed(encoding, (b"ff\r\n" + body,), None, cut=True)
    found["left between chunks"] = Framed(encoding, (chunk(body),), None, cut=True)
    return found
