"""A DynamoDB-compatible store for one machine: dynalite on loopback, durable, with signatures."""

import os
import urllib.request
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Self

from hub.local import node
from hub.local.child import Child
from hub.local.secrets import kept_secrets, private_folder


@dataclass(frozen=True)
class Credentials:
    """The key of this installation; boto3 reads it from these environment variables."""

    access_key: str
    secret_key: str

    @property
    def environment(self) -> dict[str, str]:
        return {"AWS_ACCESS_KEY_ID": self.access_key, "AWS_SECRET_ACCESS_KEY": self.secret_key}


class EmbeddedDynamoDB:
    """One store in one folder, on one port."""

    def __init__(self, home: Path, port: int) -> None:
        self.home = home.resolve()
        self.port = port
        self.child: Child | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @cached_property
    def credentials(self) -> Credentials:
        kept = kept_secrets(self.home / "secrets" / "dynamodb.json", "access_key", "secret_key")
        # boto3 allows word characters only in the name of a key
        return Credentials(kept["access_key"].replace("-", "_"), kept["secret_key"])

    def start(self) -> Credentials:
        """Start it and wait until it answers; everything written before is still there."""
        self.stop()
        modules = node.install(node.PACKAGES, self.home / "node")
        self.child = self._child(modules)
        self.child.start()
        self.child.wait_ready(30)
        return self.credentials

    def _child(self, modules: Path) -> Child:
        environment = {
            "PATH": os.environ.get("PATH", ""),
            "STORE_MODULES": str(modules),
            "STORE_PATH": str(private_folder(self.home / "dynamodb")),
            "STORE_PORT": str(self.port),
            "STORE_ACCESS_KEY": self.credentials.access_key,
            "STORE_SECRET_KEY": self.credentials.secret_key,
        }
        command = [str(node.node()), str(node.PACKAGES / "store.mjs")]
        log = self.home / "logs" / "dynamodb.log"
        return Child("The key-value store", command, environment, log, ready=self.answers)

    def answers(self) -> bool:
        try:
            with urllib.request.urlopen(self.endpoint, timeout=2) as answer:  # noqa: S310 - loopback
                return bool(answer.status == 200)
        except OSError:
            return False

    @property
    def alive(self) -> bool:
        return self.child is not None and self.child.alive

    def stop(self) -> None:
        if self.child is not None:
            self.child.stop()
            self.child = None
