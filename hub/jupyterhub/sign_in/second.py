"""The second factor: whether it is needed, and the page that asks for it or adds the first one.

first factor ──▶ is_needed ──▶ /hub/second-factor ──┬─ a code, a passkey ──▶ complete
                                                    └─ none yet: add one ──▶ codes ──▶ complete
"""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from jupyterhub.handlers import BaseHandler
from tornado.web import StaticFileHandler

from hub import factors, limits, sessions
from hub.actor import Actor
from hub.errors import Gone, HubError, Invalid
from hub.jupyterhub.sign_in import flow, next_page, pending
from hub.jupyterhub.sign_in.flow import Proven
from hub.jupyterhub.sign_in.means import Means
from hub.jupyterhub.sign_in.pending import Pending
from hub.storage.transaction import begin

STATIC = Path(__file__).parent / "static"
LONGEST_ANSWER = 32 * 1024


async def is_needed(handler: BaseHandler, proven: Proven) -> bool:
    """Whether one factor is not enough: the roles ask for two, or the person has one and wants it.

    Who came with two (an institution that says so, a passkey) is asked for nothing more.
    """
    if proven.level >= 2:
        return False
    means: Means = handler.authenticator.means
    actor = await pending.person(handler, proven)
    if means.settings.wanted_level(actor.roles) > 1:
        return True
    async with begin(means.engine, actor) as tx:
        return bool(await factors.kinds(tx))


async def ask(handler: BaseHandler, proven: Proven, next_url: str = "") -> None:
    """Send somebody who proved the first factor to the page that asks for the second."""
    await pending.start(handler, proven, next_url, session="")


async def step_up_done(handler: BaseHandler, proven: Proven, next_url: str = "") -> None:
    """Somebody who is signed in proved it again; a second factor is asked for where needed."""
    digest = sessions.digest_of(handler.get_session_cookie() or "")
    if await is_needed(handler, proven):
        await pending.start(handler, proven, next_url, session=digest)
    else:
        await note_step_up(handler, proven, next_url, digest)


async def note_step_up(handler: BaseHandler, proven: Proven, next_url: str, session: str) -> None:
    """Write the proof down in the session it was made in, and go on."""
    means: Means = handler.authenticator.means
    session_id, user = handler.get_session_cookie() or "", handler.current_user
    here = user is not None and user.name == proven.username
    if not here or sessions.digest_of(session_id) != session:
        raise factors.over()
    noted = await sessions.proved(
        means.store, proven.username, session_id, level=proven.level, methods=proven.methods
    )
    if noted is None:
        raise factors.over()
    handler.redirect(next_page.or_home(next_url, handler.hub.base_url))


class FactorPage(BaseHandler):
    """What the pages of second factors share."""

    @property
    def means(self) -> Means:
        means: Means = self.authenticator.means
        return means

    def answer(self) -> dict[str, Any]:
        """What the browser's passkey answered, from the form."""
        text = self.get_body_argument("credential", "")
        if len(text) > LONGEST_ANSWER:
            raise Invalid("factors.malformed", "The passkey's answer is too long.")
        try:
            value = json.loads(text)
        except (ValueError, RecursionError):
            value = None
        if not isinstance(value, dict):
            raise Invalid("factors.malformed", "The passkey gave no answer. Try it again.")
        return value

    async def show(self, template: str, error: HubError | None = None, **values: Any) -> None:
        """A page of ours; what was wrong stands at its top."""
        if error is not None:
            self.set_status(error.status)
            if wait := error.attributes.get("retry_after"):
                self.set_header("Retry-After", str(wait))
        shown = {"error": error.message if error else "", "passkeys": self._passkeys(), **values}
        self.finish(
            await self.render_template(template, xsrf=self.xsrf_token.decode("ascii"), **shown)
        )

    def _passkeys(self) -> bool:
        return factors.relying_party(self.means.settings).is_possible

    def counted(self, account: str) -> dict[str, str]:
        """Under what guesses are counted: the account, the address, the browser if it is known."""
        cookie = self.get_cookie(limits.cookie_name(account))
        return {
            "account": f"second factor of {account}",
            "address": self.request.remote_ip or "",
            "device": limits.known_device(self.means.sealer, account, cookie),
        }

    def refuse(self, error: HubError) -> None:
        """For scripts: the sentence, and nothing about what is inside."""
        self.set_status(error.status)
        self.set_header("Content-Type", "application/json")
        self.finish(json.dumps({"code": error.code, "detail": error.message}))

    def send(self, options: dict[str, Any]) -> None:
        self.set_header("Content-Type", "application/json")
        self.finish(json.dumps(options))


class Waiting(FactorPage):
    """A page for somebody who proved their first factor in this browser."""

    async def waiting(self) -> tuple[Pending, Actor]:
        """Who they are; Gone when that was too long ago, or too many codes were wrong."""
        found = pending.kept(self)
        if found is None:
            raise factors.over()
        actor = await pending.person(self, found.proven)
        async with begin(self.means.engine, actor) as tx:
            if not await factors.is_pending(tx, found.key):
                raise factors.over()
        return found, actor

    async def kinds(self, actor: Actor) -> frozenset[str]:
        async with begin(self.means.engine, actor) as tx:
            return await factors.kinds(tx)

    async def over(self, error: HubError) -> None:
        """Back to the beginning."""
        found = pending.kept(self)
        pending.forget(self)
        page = "step-up" if found is not None and found.session else "login"
        await self.show("second-factor.html", error, mode="over", again=page)


class SecondFactor(Waiting):
    """Asks for the second factor, or has the first one added where the roles ask for it."""

    async def get(self) -> None:
        """The page."""
        try:
            found, actor = await self.waiting()
            if found.second:
                await self._complete(found, actor)
                return
            await self._page(actor)
        except Gone as error:
            await self.over(error)

    async def post(self) -> None:
        """A code, a passkey's answer, or the end after recovery codes were shown."""
        actor = None
        try:
            found, actor = await self.waiting()
            if found.second:
                await self._complete(found, actor)
            elif await self.kinds(actor):
                await self._prove(found, actor)
            else:
                await self._enroll(found, actor)
        except Gone as error:
            await self.over(error)
        except HubError as error:
            if actor is None:
                await self.over(error)
            else:
                await self._page(actor, error)

    async def _page(self, actor: Actor, error: HubError | None = None) -> None:
        kinds = await self.kinds(actor)
        if kinds:
            await self.show("second-factor.html", error, mode="prove", kinds=kinds)
            return
        async with begin(self.means.engine, actor) as tx:
            app = await factors.open_totp(tx, self.means.settings, self.means.sealer)
        await self.show("second-factor.html", error, mode="enroll", app=app)

    async def _prove(self, found: Pending, actor: Actor) -> None:
        """Count the try, then look at it; both are committed before the sign-in goes on."""
        counted = self.counted(actor.username)
        await limits.guess(self.means.engine, **counted)
        async with begin(self.means.engine, actor) as tx:
            await factors.count_try(tx, found.key)
        methods = await self._methods(actor)
        await limits.forgive(self.means.engine, **counted)
        await self._complete(replace(found, second=methods), actor)

    async def _methods(self, actor: Actor) -> frozenset[str]:
        how, engine = self.get_body_argument("how", ""), self.means.engine
        if how == "passkey":
            return await passkey_methods(self, actor)
        async with begin(engine, actor) as tx:
            code = self.get_body_argument("code", "")[:100]
            if how == "recovery":
                return await factors.prove_recovery(tx, code)
            return await factors.prove_totp(tx, self.means.sealer, code)

    async def _enroll(self, found: Pending, actor: Actor) -> None:
        """Only for who has none: else the first factor alone would be enough to add one."""
        engine, settings = self.means.engine, self.means.settings
        async with begin(engine, actor) as tx:
            await factors.count_try(tx, found.key)
        if self.get_body_argument("how", "") == "passkey":
            answer = self.answer()
            async with begin(engine, actor) as tx:
                challenge = await factors.take(tx, "enroll", answer)
            async with begin(engine, actor) as tx:
                await factors.first_only(tx)
                await factors.add_passkey(tx, settings, "Passkey", answer, challenge)
                shown = await factors.renew_codes(tx)
            methods = frozenset({"hwk", "user", "mfa"})
        else:
            async with begin(engine, actor) as tx:
                await factors.first_only(tx)
                app = await factors.open_totp(tx, settings, self.means.sealer)
                code = self.get_body_argument("code", "")[:100]
                await factors.confirm_totp(tx, self.means.sealer, app.id, code)
                shown = await factors.renew_codes(tx)
            methods = frozenset({"otp"})
        pending.keep(self, replace(found, second=methods))
        await self.show("second-factor.html", mode="codes", codes=shown.codes)

    async def _complete(self, found: Pending, actor: Actor) -> None:
        """Both factors are proved: end what was pending, once, and sign in or go on."""
        async with begin(self.means.engine, actor) as tx:
            await factors.end_pending(tx, found.key)
        pending.forget(self)
        if found.session:
            await note_step_up(self, found.complete, found.next_url, found.session)
        else:
            await flow.finish(self, found.complete, found.next_url)


class SecondFactorOptions(Waiting):
    """What the browser asks a passkey for: to prove one, or to make the first."""

    async def post(self) -> None:
        """The options as JSON."""
        try:
            _, actor = await self.waiting()
            has = await self.kinds(actor)
            async with begin(self.means.engine, actor) as tx:
                if has:
                    options = await factors.ask_passkey(tx, self.means.settings)
                else:
                    options = await factors.passkey_options(tx, self.means.settings)
        except HubError as error:
            self.refuse(error)
        else:
            self.send({"make": not has, "options": options})


async def passkey_methods(page: FactorPage, actor: Actor) -> frozenset[str]:
    """The methods that the form's passkey answer proves; its challenge is over either way."""
    answer, engine = page.answer(), page.means.engine
    async with begin(engine, actor) as tx:
        challenge = await factors.take(tx, "prove", answer)
    async with begin(engine, actor) as tx:
        return await factors.prove_passkey(tx, page.means.settings, answer, challenge)


class PasskeySignIn(FactorPage):
    """Signing in with a passkey and nothing else; it verified its owner, so it is two factors."""

    async def post(self) -> None:
        """The answer of whichever passkey the person chose."""
        next_url = self.get_body_argument("next", "")
        try:
            answer = self.answer()
            owner, challenge = await factors.whose_passkey(self.means.engine, answer)
            proven = Proven(
                username=owner.username,
                name=owner.name,
                roles=owner.known_roles,
                methods=frozenset(),
                level=2,
                person_id=owner.person_id,
            )
            actor = await pending.person(self, proven)
            async with begin(self.means.engine, actor) as tx:
                methods = await factors.prove_passkey(tx, self.means.settings, answer, challenge)
        except HubError as error:
            await self.show("second-factor.html", error, mode="over", again="login")
            return
        await flow.first_factor_done(self, replace(proven, methods=methods), next_url)


class PasskeySignInOptions(FactorPage):
    """What the browser of somebody unknown asks its passkeys for."""

    async def post(self) -> None:
        """The options as JSON."""
        try:
            options = await factors.ask_anybody(self.means.engine, self.means.settings)
        except HubError as error:
            self.refuse(error)
        else:
            self.send({"make": False, "options": options})


class Script(StaticFileHandler):
    """The script of these pages, for everybody."""

    async def prepare(self) -> None:
        """Nothing to check: the file is public."""


def handlers() -> list[tuple[Any, ...]]:
    """The pages, below the hub's address."""
    from hub.jupyterhub.sign_in import step_up

    return [
        (r"/second-factor", SecondFactor),
        (r"/second-factor/options", SecondFactorOptions),
        (r"/passkey", PasskeySignIn),
        (r"/passkey/options", PasskeySignInOptions),
        (r"/step-up", step_up.StepUp),
        (r"/step-up/options", step_up.StepUpOptions),
        (r"/step-up/institution", step_up.StepUpAway),
        (r"/sign-in/static/(second\.js)", Script, {"path": str(STATIC)}),
    ]
