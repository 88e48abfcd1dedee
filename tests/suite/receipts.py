"""Checks receipts and journals without the suite's code: from what report.proto says alone."""

import hashlib

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

import stubs


class NotVerified(AssertionError):
    pass


def _sha256(*parts: bytes) -> bytes:
    return hashlib.sha256(b"".join(parts)).digest()


def entry_hash(previous: bytes, entry) -> bytes:
    return _sha256(previous, entry.cluster.encode(), b"\0", entry.position.to_bytes(8, "big"), entry.body)


def check_chain(entries) -> None:
    """Entries of one journal from its beginning: dense positions, each hash over the one before."""
    previous = bytes(32)
    for position, entry in enumerate(entries, start=1):
        if entry.position != position:
            raise NotVerified(f"position {entry.position} where {position} was due")
        if entry.hash != entry_hash(previous, entry):
            raise NotVerified(f"position {position}: the hash does not fit")
        previous = entry.hash


def root_of(hash_of_entry: bytes, proof) -> bytes:
    """The root a proof leads to."""
    node, index, width, path = _sha256(b"\0", hash_of_entry), proof.leaf, proof.leaves, list(proof.path)
    while width > 1:
        if index ^ 1 < width:
            sibling = path.pop(0)
            node = _sha256(b"\1", sibling, node) if index % 2 else _sha256(b"\1", node, sibling)
        index, width = index // 2, (width + 1) // 2
    if path or index:
        raise NotVerified("the path does not fit the place in the tree")
    return node


class PublicKeys:
    """The keys of a `.pub` file: one hexadecimal key a line."""

    def __init__(self, path):
        raw = [bytes.fromhex(line) for line in path.read_text().split()]
        self._keys = {_sha256(key)[:8].hex(): Ed25519PublicKey.from_public_bytes(key) for key in raw}

    def check(self, receipt) -> None:
        """The service signed for exactly this entry."""
        proof = receipt.proof
        text = b"giaoban commit v1\0" + receipt.key.cluster.encode() + b"\0" + root_of(receipt.entry_hash, proof)
        try:
            self._keys[proof.key_id].verify(proof.signature, text)
        except (KeyError, InvalidSignature) as error:
            raise NotVerified(f"{receipt.key} {receipt.position}: {error!r}") from error


def check_recorded(receipt, entries) -> None:
    """The journal holds at the receipt's position what the receipt says."""
    if receipt.position > len(entries):
        raise NotVerified(f"position {receipt.position} was acknowledged and is lost")
    entry = entries[receipt.position - 1]
    fact = stubs.report.Fact.FromString(entry.body)
    said = (receipt.entry_hash, receipt.key, receipt.revision, receipt.time)
    if said != (entry.hash, fact.key, fact.revision, fact.time):
        raise NotVerified(f"position {receipt.position} holds something else than was signed for")
