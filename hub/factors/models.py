"""What proves a person beside their password, and what is open while they prove it."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, LargeBinary, Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from hub.storage.base import Base, HasId, HasTimes


class Factor(HasId, HasTimes, Base):
    """An authenticator app or a passkey; it counts once it is confirmed.

    `secret` is the sealed secret of an app, whose `last_step` is the last time step that was used;
    a passkey has its public key, and `uses` is the count that the authenticator reported.
    """

    __tablename__ = "factor"
    __table_args__ = (
        CheckConstraint("kind IN ('totp', 'passkey')", name="kind"),
        CheckConstraint("(kind = 'totp') = (secret IS NOT NULL)", name="secret"),
        CheckConstraint(
            "(kind = 'passkey') = (credential IS NOT NULL AND public_key IS NOT NULL)",
            name="public_key",
        ),
    )

    person_id: Mapped[UUID] = mapped_column(ForeignKey("app.person.id"), index=True)
    kind: Mapped[str]
    name: Mapped[str]
    secret: Mapped[str | None]
    last_step: Mapped[int | None] = mapped_column(BigInteger)
    credential: Mapped[bytes | None] = mapped_column(LargeBinary, unique=True)
    public_key: Mapped[bytes | None] = mapped_column(LargeBinary)
    uses: Mapped[int] = mapped_column(BigInteger, default=0)
    transports: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)
    synced: Mapped[bool] = mapped_column(default=False)
    confirmed_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]


class RecoveryCode(HasId, Base):
    """One of ten codes for a lost phone, as the SHA-256 of its 120 random bits."""

    __tablename__ = "recovery_code"
    __table_args__ = (Index("uq_recovery_code_digest", "person_id", "digest", unique=True),)

    person_id: Mapped[UUID] = mapped_column(ForeignKey("app.person.id"))
    digest: Mapped[str]
    used_at: Mapped[datetime | None]


class Challenge(HasId, Base):
    """Something asked of somebody once: the second step of a sign-in, or a passkey's signature.

    `digest` is that of the random value which a passkey must sign. Nobody's (`person_id` empty) is
    that of a sign-in with a passkey alone, where it is not known yet who signs in.
    """

    __tablename__ = "challenge"
    __table_args__ = (
        CheckConstraint("purpose IN ('pending', 'enroll', 'prove', 'sign_in')", name="purpose"),
        CheckConstraint("(purpose = 'sign_in') = (person_id IS NULL)", name="person"),
    )

    person_id: Mapped[UUID | None] = mapped_column(ForeignKey("app.person.id"))
    purpose: Mapped[str]
    digest: Mapped[str] = mapped_column(unique=True)
    wrong: Mapped[int] = mapped_column(default=0)
    expires_at: Mapped[datetime] = mapped_column(index=True)
    used_at: Mapped[datetime | None]
