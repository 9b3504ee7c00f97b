"""The secret key at work: keyed hashes to find a person, seals to keep an address or a name."""

import base64
import hashlib
import hmac
import json
from typing import Any

from cryptography.fernet import Fernet, InvalidToken

FINGERPRINT_CHARACTERS = 16
SEALED = "sealed"


class SealError(Exception):
    """A sealed text was not made with this key."""


class Keys:
    """Everything that one secret key does."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret
        # Each use has a key of its own, so that a fingerprint or hash tells nothing of the seal.
        self._seal = Fernet(base64.urlsafe_b64encode(self._derive("seal")))

    @property
    def fingerprint(self) -> str:
        """Tell this key from others without giving it away."""
        return self._derive("fingerprint").hex()[:FINGERPRINT_CHARACTERS]

    def sender_key(self, channel: str, sender: str) -> str:
        """Return the keyed hash by which a sender is known; it cannot be turned back."""
        return hmac.new(self._secret, f"{channel}|{sender}".encode(), hashlib.sha256).hexdigest()

    def seal(self, text: str) -> str:
        """Encrypt a text."""
        return self._seal.encrypt(text.encode()).decode()

    def unseal(self, sealed: str) -> str:
        """Decrypt a text.

        Raises:
            SealError: It was sealed with another key.
        """
        try:
            return self._seal.decrypt(sealed.encode()).decode()
        except InvalidToken:
            raise SealError("sealed with another key") from None

    def seal_json(self, document: Any) -> str:
        """Encrypt what JSON can hold, as a text."""
        return self.seal(json.dumps(document, ensure_ascii=False))

    def unseal_json(self, sealed: str) -> Any:
        """Decrypt a document that was sealed as a text.

        Raises:
            SealError: It was sealed with another key.
        """
        return json.loads(self.unseal(sealed))

    def seal_document(self, document: Any) -> dict[str, str]:
        """Encrypt what JSON can hold, as a JSON object."""
        return {SEALED: self.seal_json(document)}

    def unseal_document(self, stored: Any) -> Any:
        """Decrypt a document; one that an older service stored in clear is returned as it is.

        Raises:
            SealError: It was sealed with another key.
        """
        return self.unseal_json(stored[SEALED]) if isinstance(stored, dict) and SEALED in stored else stored

    def secret_for(self, use: str) -> str:
        """Return a secret of the service's own for one use, always the same while the key is."""
        return self._derive(use).hex()

    def _derive(self, use: str) -> bytes:
        return hmac.new(self._secret, f"ban-so/{use}".encode(), hashlib.sha256).digest()
