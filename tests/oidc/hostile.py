"""An institution that does what it should not, one thing at a time; a thread with a web server.

`provider.wrong` names what is wrong with the next answers; tokens are built by hand where no
library writes such.
"""

import base64
import hashlib
import hmac
import json
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from cryptography.hazmat.primitives import serialization
from joserfc import jwt
from joserfc.jwk import RSAKey


def encoded(value: bytes | dict[str, Any]) -> str:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


class Hostile:
    """The institution: its keys, whom it signs in, and what is wrong at the moment."""

    def __init__(self, port: int, client_id: str) -> None:
        self.issuer = f"http://127.0.0.1:{port}"
        self.client_id = client_id
        self.key = RSAKey.generate_key(2048, {"kid": "good", "use": "sig", "alg": "RS256"})
        self.other_key = RSAKey.generate_key(2048, {"kid": "good"})
        self.wrong = ""
        self.claims: dict[str, Any] = {}
        self.asked: list[str] = []
        self._codes: dict[str, dict[str, str]] = {}

    def authorize(self, query: dict[str, list[str]]) -> str:
        """Where to send the browser back to: everybody is signed in at once."""
        code = secrets.token_urlsafe(8)
        self._codes[code] = {name: values[0] for name, values in query.items()}
        back = {"code": code, "state": query["state"][0], "iss": self.issuer}
        match self.wrong:
            case "iss of another":
                back["iss"] = "https://elsewhere.example.org"
            case "no iss":
                del back["iss"]
            case "state of another":
                back["state"] = secrets.token_urlsafe(32)
            case "cancelled":
                back = {"error": "access_denied", "error_description": "<b>gone</b>", **back}
        return f"{query['redirect_uri'][0]}?{urlencode(back)}"

    def tokens(self, form: dict[str, list[str]]) -> tuple[int, bytes]:
        code = form.get("code", [""])[0]
        request = self._codes.get(code)
        if self.wrong != "codes work twice":
            self._codes.pop(code, None)
        verifier = form.get("code_verifier", [""])[0]
        proof = encoded(hashlib.sha256(verifier.encode()).digest())
        if request is None or proof != request["code_challenge"]:
            return 400, b'{"error": "invalid_grant"}'
        answer = {
            "access_token": "an-access-token",
            "token_type": "Bearer",
            "id_token": self.id_token(request["nonce"]),
        }
        if self.wrong == "no id_token":
            del answer["id_token"]
        return 200, json.dumps(answer).encode()

    def good_claims(self, nonce: str) -> dict[str, Any]:
        now = int(time.time())
        return {
            "iss": self.issuer, "sub": "person-1", "aud": self.client_id, "iat": now,
            "exp": now + 300, "nonce": nonce, "auth_time": now, "groups": ["breeders"],
            "preferred_username": "mallory", "name": "Mallory", **self.claims,
        }  # fmt: skip

    def id_token(self, nonce: str) -> str:
        claims = self.good_claims(nonce)
        now = claims["iat"]
        changes: dict[str, dict[str, Any]] = {
            "wrong nonce": {"nonce": "of-another-sign-in"},
            "issuer of another": {"iss": "https://elsewhere.example.org"},
            "expired": {"iat": now - 900, "exp": now - 600},
            "from the future": {"iat": now + 900, "exp": now + 1800},
            "old": {"iat": now - 90_000},
            "exp as text": {"exp": "tomorrow"},
            "audience list": {"aud": [self.client_id, "another-client"]},
            "another client": {"aud": "another-client"},
            "authorized party": {"azp": "another-client"},
            "no subject": {"sub": ""},
            "subject as number": {"sub": 7},
            "subject too long": {"sub": "x" * 300},
        }
        claims |= changes.get(self.wrong, {})
        if self.wrong == "no nonce":
            del claims["nonce"]
        return self.signed(claims)

    def signed(self, claims: dict[str, Any], typ: str = "JWT", key: RSAKey | None = None) -> str:
        header: dict[str, Any] = {"alg": "RS256", "kid": "good", "typ": typ}
        body = encoded(claims)
        match self.wrong:
            case "alg none":
                return f"{encoded({**header, 'alg': 'none'})}.{body}."
            case "alg NONE":
                return f"{encoded({**header, 'alg': 'NoNe'})}.{body}."
            case "HS256 with the public key" | "HS256 with the secret":
                head = encoded({**header, "alg": "HS256"})
                known = self.public_pem() if "public" in self.wrong else b"hostile-secret"
                tag = hmac.new(known, f"{head}.{body}".encode(), "sha256").digest()
                return f"{head}.{body}.{encoded(tag)}"
            case "wrong key":
                return jwt.encode(header, claims, self.other_key)
            case "key in the header":
                mine = self.other_key.as_dict(private=False)
                return jwt.encode({**header, "jwk": mine}, claims, self.other_key)
            case "key elsewhere":
                where = {"jku": f"{self.issuer}/evil-keys", "kid": "evil"}
                return jwt.encode({**header, **where}, claims, self.other_key)
            case "kid is a path" | "kid is SQL":
                name = "../../../../dev/null" if "path" in self.wrong else "x' UNION SELECT 'k"
                return jwt.encode({**header, "kid": name}, claims, self.other_key)
            case "unsigned":
                return f"{encoded(header)}.{body}."
            case "changed":
                head, _, tag = jwt.encode(header, claims, self.key).split(".")
                return f"{head}.{encoded({**claims, 'sub': 'admin'})}.{tag}"
            case "token of another kind":
                header["typ"] = "at+jwt"
            case "no token at all":
                return "garbage"
            case "token too long":
                claims["filling"] = "x" * 40_000
        return jwt.encode(header, claims, key or self.key)

    def public_pem(self) -> bytes:
        return self.key.public_key.public_bytes(  # type: ignore[union-attr]
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )

    def keys(self) -> dict[str, Any]:
        if self.wrong == "secret key in the key document":
            return {"keys": [{"kty": "oct", "kid": "good", "k": encoded(b"hostile-secret")}]}
        return {"keys": [self.key.as_dict(private=False)]}

    def document(self) -> dict[str, Any]:
        found = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "userinfo_endpoint": f"{self.issuer}/me",
            "jwks_uri": f"{self.issuer}/keys",
            "authorization_response_iss_parameter_supported": True,
        }
        match self.wrong:
            case "document of another":
                found["issuer"] = "https://elsewhere.example.org"
            case "endpoint inside":
                found["token_endpoint"] = "http://10.0.0.1/token"
            case "endpoint is a script":
                found["authorization_endpoint"] = "javascript:alert(1)"
        return found


class _Pages(BaseHTTPRequestHandler):
    provider: Hostile

    def do_GET(self) -> None:
        parts, provider = urlsplit(self.path), self.provider
        provider.asked.append(parts.path)
        match parts.path:
            case "/.well-known/openid-configuration":
                self._json(provider.document())
            case "/keys":
                self._json(provider.keys())
            case "/me":
                sub = "person-2" if provider.wrong == "userinfo of another" else "person-1"
                self._json(
                    {"sub": provider.claims.get("sub", sub)} if sub == "person-1" else {"sub": sub}
                )
            case "/authorize":
                self.send_response(302)
                self.send_header("Location", provider.authorize(parse_qs(parts.query)))
                self.end_headers()
            case _:
                self._json({"keys": [provider.other_key.as_dict(private=False)]})

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        form = parse_qs(self.rfile.read(length).decode())
        self.provider.asked.append("/token")
        match self.provider.wrong:
            case "redirects":
                self.send_response(307)
                self.send_header("Location", f"{self.provider.issuer}/inside")
                self.end_headers()
            case "huge":
                self._bytes(200, b'{"x": "' + b"x" * 3 * 2**20 + b'"}')
            case "not JSON":
                self._bytes(200, b"<html>welcome</html>")
            case "a list":
                self._bytes(200, b"[1]")
            case "deep":
                self._bytes(200, b"[" * 100_000)
            case "error 500":
                self._bytes(500, b'{"error": "server_error"}')
            case "hangs up":
                self.close_connection = True
            case "slow":
                time.sleep(12)
            case _:
                self._bytes(*self.provider.tokens(form))

    def _json(self, value: dict[str, Any]) -> None:
        self._bytes(200, json.dumps(value).encode())

    def _bytes(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def handle(self) -> None:
        with suppress(ConnectionError):  # the hub hung up first, as it should
            super().handle()

    def log_message(self, *_: Any) -> None:
        """Quiet."""


@contextmanager
def hostile(port: int, client_id: str) -> Iterator[Hostile]:
    provider = Hostile(port, client_id)
    pages = type("Pages", (_Pages,), {"provider": provider})
    server = ThreadingHTTPServer(("127.0.0.1", port), pages)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
