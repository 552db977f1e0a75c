"""SHA-256 without `hashlib`, which loads OpenSSL: 2 ms that the hook need not pay for one hash."""

from __future__ import annotations

try:
    from _sha2 import sha256  # type: ignore[import-not-found,unused-ignore]
except ImportError:  # Python 3.11, or an interpreter built without its own hashes
    try:
        from _sha256 import sha256  # type: ignore[import-not-found,unused-ignore]
    except ImportError:
        from hashlib import sha256


def sha256_hex(data: bytes) -> str:
    """Return the SHA-256 of *data* in hex digits."""
    return str(sha256(data).hexdigest())
