"""Who is told of what happens in the account, and what is on its way there."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class Subscription(BaseModel):
    """Who is told of what happens in the account, and how.

    Attributes:
        url: where events are posted.
        secret: the key of their signatures.
        enabled: whether anything is sent at present; what happens meanwhile is not told later.
        timeout_seconds: how long the receiver may take.
        retry_seconds: after how long each further try follows the one before.
        spoil: what is wrong with each delivery: `signature` (another key), `age` (an hour old),
            `body` (changed after it was signed), `twice` (sent again at once, as it was).
        validated: whether the receiver has proved that it knows the secret.
    """

    model_config = ConfigDict(extra="forbid")

    url: str
    secret: str
    enabled: bool = True
    timeout_seconds: float = Field(default=3, gt=0)
    retry_seconds: tuple[float, ...] = (300, 1200, 3600)
    spoil: Literal["", "signature", "age", "body", "twice"] = ""
    validated: bool = False


class Delivery(BaseModel):
    """An event on its way to the receiver; `due_at` is the account's clock (epoch seconds)."""

    id: int
    event: str
    body: str
    due_at: float
    tries: list[int | None] = []
    state: Literal["waiting", "delivered", "given up"] = "waiting"
