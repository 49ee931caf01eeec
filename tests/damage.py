"""Damaged bytes, as disks, downloads and people make them."""

ENTRY = b"PK\1\2"
"""How an entry of a zip's central directory begins."""

FLAGS, METHOD, CHECKSUM, PACKED, SIZE, OFFSET = 8, 10, 16, 20, 24, 42
"""Bytes from there to what decides how a member is read."""


def flipped(content, bit):
    """A copy with one bit changed, counted from the first byte's lowest."""
    changed = bytearray(content)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


def zips(content):
    """Copies of a zip, each unreadable: bits of its first entry, of its data, and its length."""
    entry = content.index(ENTRY)
    where = [METHOD, METHOD + 1, CHECKSUM, PACKED + 2, SIZE + 2, OFFSET, OFFSET + 3]
    bits = [8 * (entry + byte) + bit for byte in where for bit in (0, 3, 7)]
    bits += [8 * (entry + FLAGS), 8 * (entry + FLAGS) + 5, 8 * (entry - 20)]
    yield from (flipped(content, bit) for bit in bits)
    yield from (content[:length] for length in (0, 1, entry, len(content) - 1))
