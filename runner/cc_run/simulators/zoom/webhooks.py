"""Tells a receiver what happens in the account: signed, in order, and again where it is not heard.

As at Zoom, a receiver has to prove first that it knows the secret. What has not been heard stays
on disk, so that the emulator may be killed meanwhile.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import secrets
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from datetime import datetime, timedelta
from typing import Any

import httpx

from .records import Meeting
from .state import Store
from .subscription import Delivery, Subscription
from .users import User
from .views import utc

_OLD = timedelta(hours=1)
_PATIENCE_SECONDS = 2.0
"""How long after a receiver that did not prove itself it is asked again."""


def announce(
    store: Store,
    event: str,
    meeting: Meeting,
    uuid: str,
    at: datetime,
    more: Mapping[str, Any] | None = None,
    *,
    beside: Mapping[str, Any] | None = None,
) -> None:
    """Have the receiver told of something that happened; nothing where there is none.

    Args:
        store: the account.
        event: Zoom's name of it, such as `meeting.started`.
        meeting: where it happened.
        uuid: of the run in which it did.
        at: when.
        more: what is told of the meeting beside its usual facts.
        beside: what stands beside the payload.
    """
    subscription = store.state.webhook
    if subscription is None or not subscription.enabled:
        return
    told = {
        "id": str(meeting.id),
        "uuid": uuid,
        "host_id": User(meeting.host_email).id,
        "topic": meeting.topic,
        "type": meeting.type,
        "start_time": utc(meeting.start_time),
        "duration": meeting.duration,
        "timezone": meeting.timezone,
        **(more or {}),
    }
    body = {
        "event": event,
        "event_ts": int(at.timestamp() * 1000),
        "payload": {"account_id": store.account_id, "object": told},
        **(beside or {}),
    }
    number = max(store.deliveries, default=0) + 1
    store.keep_delivery(Delivery(id=number, event=event, body=_compact(body), due_at=_clock(store)))


class Courier:
    """Brings what is due to the receiver, one after the other, as long as the emulator runs."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._turn = asyncio.Lock()

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator[None]:
        """Deliver while the block runs."""
        work = asyncio.create_task(self._keep_on())
        try:
            yield
        finally:
            work.cancel()
            with suppress(asyncio.CancelledError):
                await work

    async def subscribe(self, subscription: Subscription) -> bool:
        """Take on a receiver.

        Returns:
            Whether it has proved that it knows the secret; else it is asked again later.
        """
        self._store.state.webhook = subscription
        self._store.save()
        async with self._turn, httpx.AsyncClient() as web:
            return await self._validated(web, subscription)

    def hurry(self) -> None:
        """Have everything tried again at once."""
        for delivery in self._store.deliveries.values():
            delivery.due_at = 0
            self._store.keep_delivery(delivery)

    async def _keep_on(self) -> None:
        pause = 0.0
        async with httpx.AsyncClient() as web:
            while True:
                await asyncio.sleep(pause or 0.05)
                pause = 0.0
                subscription = self._store.state.webhook
                if subscription is None or not subscription.enabled:
                    continue
                async with self._turn:
                    if not await self._validated(web, subscription):
                        pause = _PATIENCE_SECONDS
                        continue
                    await self._bring_due(web, subscription)

    async def _bring_due(self, web: httpx.AsyncClient, subscription: Subscription) -> None:
        due = [
            delivery
            for delivery in self._store.deliveries.values()
            if delivery.state == "waiting" and delivery.due_at <= _clock(self._store)
        ]
        for delivery in due:
            status = None
            for _again in range(2 if subscription.spoil == "twice" else 1):
                status = await self._post(web, subscription, delivery.body)
            delivery.tries.append(status)
            further = len(delivery.tries) - 1
            if status is not None and httpx.codes.is_success(status):
                delivery.state = "delivered"
            elif further < len(subscription.retry_seconds):
                delivery.due_at = _clock(self._store) + subscription.retry_seconds[further]
            else:
                delivery.state = "given up"
            self._store.keep_delivery(delivery)

    async def _post(
        self, web: httpx.AsyncClient, subscription: Subscription, body: str
    ) -> int | None:
        spoil, at, key = subscription.spoil, self._store.now(), subscription.secret
        if spoil == "age":
            at -= _OLD
        if spoil == "signature":
            key = secrets.token_hex(8)
        headers = signed(key, body, at)
        if spoil == "body":
            body = body.replace('"event_ts":', '"event_ts":1', 1)
        reply = await _sent(web, subscription, body, headers)
        return None if reply is None else reply.status_code

    async def _validated(self, web: httpx.AsyncClient, subscription: Subscription) -> bool:
        if subscription.validated:
            return True
        token = secrets.token_urlsafe(16)
        asked = _compact(
            {
                "event": "endpoint.url_validation",
                "payload": {"plainToken": token},
                "event_ts": int(self._store.now().timestamp() * 1000),
            }
        )
        headers = signed(subscription.secret, asked, self._store.now())
        reply = await _sent(web, subscription, asked, headers)
        wished = hmac.digest(subscription.secret.encode(), token.encode(), hashlib.sha256).hex()
        try:
            answer = reply.json() if reply is not None and reply.is_success else None
        except ValueError:
            answer = None
        if answer == {"plainToken": token, "encryptedToken": wished}:
            subscription.validated = True
            self._store.save()
        return subscription.validated


def signed(key: str, body: str, at: datetime) -> dict[str, str]:
    """The headers of a delivery."""
    stamp = str(int(at.timestamp()))
    said = hmac.digest(key.encode(), f"v0:{stamp}:{body}".encode(), hashlib.sha256)
    return {
        "content-type": "application/json; charset=utf-8",
        "user-agent": "Zoom Marketplace/1.0a",
        "x-zm-request-timestamp": stamp,
        "x-zm-signature": f"v0={said.hex()}",
    }


async def _sent(
    web: httpx.AsyncClient, subscription: Subscription, body: str, headers: Mapping[str, str]
) -> httpx.Response | None:
    try:
        async with asyncio.timeout(subscription.timeout_seconds):
            return await web.post(
                subscription.url, content=body.encode(), headers=headers, timeout=None
            )
    except (httpx.HTTPError, httpx.InvalidURL, TimeoutError):
        return None


def _compact(body: Mapping[str, Any]) -> str:
    return json.dumps(body, separators=(",", ":"), ensure_ascii=False)


def _clock(store: Store) -> float:
    """The account's clock, with its fractions."""
    return time.time() + store.state.clock_offset_seconds
