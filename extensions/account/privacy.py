"""Privacy over REST: consents, everything about oneself, being erased; and what classes see."""

from uuid import UUID

from extensions.base.examples import SAMPLE_ID
from extensions.base.paging import PageOf, PageQuery
from extensions.base.routing import Answer, Call, Routes
from hub import privacy
from hub.limits import Rate
from hub.permissions import Permission as P
from hub.privacy import (
    ClassAnimal,
    ClassAnimalsQuery,
    ClassCount,
    ConsentRead,
    ConsentWrite,
    CountsQuery,
    ErasureAsk,
    ErasureRead,
    HoldWrite,
    PersonalExportRead,
    Purpose,
    TeachingGrantCreate,
    TeachingGrantRead,
)
from hub.reach import Reach
from hub.storage.paging import Page

routes = Routes("Privacy")

EXPORT = {"export_id": SAMPLE_ID}
PERSON = {"person_id": SAMPLE_ID}
CLASS = {"class_id": SAMPLE_ID}
FARM = {"farm_id": SAMPLE_ID}
NAME = {"username": "fiona"}
ZIP = "application/zip"


# --- consents


@routes.get(
    "/me/consents",
    permission=P.ACCOUNT_READ,
    reach=Reach.ONESELF,
    query=PageQuery,
    returns=PageOf[ConsentRead],
)
async def list_consents(call: Call) -> Page[ConsentRead]:
    """List what one can agree to, what one decided, and when, on one page."""
    return Page(await privacy.consents(call.tx))


@routes.put(
    "/me/consents/{purpose}",
    permission=P.ACCOUNT_WRITE,
    reach=Reach.ONESELF,
    act="privacy:decide",
    body=ConsentWrite,
    returns=ConsentRead,
    errors=(409,),
    example={"path": {"purpose": "news"}, "body": {"given": True, "terms": "2026-11"}},
)
async def decide_about_purpose(call: Call, purpose: Purpose) -> ConsentRead:
    """Agree to a purpose, or take that back."""
    return await privacy.decide(call.tx, purpose, call.body)


# --- everything about oneself


@routes.post(
    "/me/export",
    permission=P.ACCOUNT_WRITE,
    reach=Reach.ONESELF,
    act="privacy:export",
    step_up=True,
    rate=Rate.HEAVY,
    returns=PersonalExportRead,
    status=202,
    location="/me/export/{id}",
    errors=(409,),
)
async def start_personal_export(call: Call) -> PersonalExportRead:
    """Have everything packed that the hub holds about one."""
    return await privacy.ask_export(call.tx)


@routes.get(
    "/me/export/{export_id}",
    permission=P.ACCOUNT_READ,
    reach=Reach.MADE,
    returns=PersonalExportRead,
    example={"path": EXPORT},
)
async def get_personal_export(call: Call, export_id: UUID) -> PersonalExportRead:
    """Show how far the archive about one is, and until when it can be fetched."""
    return await privacy.get_export(call.tx, export_id)


@routes.post(
    "/me/export/{export_id}/content",
    permission=P.ACCOUNT_WRITE,
    reach=Reach.MADE,
    act="privacy:take_export",
    step_up=True,
    rate=Rate.HEAVY,
    returns=Answer,
    produces=ZIP,
    answers_once=True,
    errors=(409, 410),
    example={"path": EXPORT},
)
async def take_personal_export(call: Call, export_id: UUID) -> Answer:
    """Fetch the archive about one; this works once and within a day."""
    told, pieces = await privacy.take_export(call.tx, call.app.objects, export_id)
    return Answer(b"", ZIP, "about-you.zip", pieces=pieces, size=told.size)


# --- being erased


@routes.post(
    "/me/erasure",
    permission=P.ACCOUNT_WRITE,
    reach=Reach.ONESELF,
    act="privacy:ask_erasure",
    step_up=True,
    rate=Rate.SENSITIVE,
    body=ErasureAsk,
    returns=ErasureRead,
    status=202,
    location="/me/erasure",
    errors=(409,),
    example={"body": NAME},
)
async def ask_to_be_erased(call: Call) -> ErasureRead:
    """Wish to be erased: for some days this can be taken back, afterwards there is no way back."""
    return await privacy.ask_erasure(call.tx, call.body, call.app.settings.erasure_grace_days)


@routes.get(
    "/me/erasure",
    permission=P.ACCOUNT_READ,
    reach=Reach.ONESELF,
    returns=ErasureRead,
    errors=(404,),
)
async def get_my_erasure(call: Call) -> ErasureRead:
    """Show one's wish to be erased, when it begins, and what stops it."""
    return await privacy.get_erasure(call.tx)


@routes.delete(
    "/me/erasure",
    permission=P.ACCOUNT_WRITE,
    reach=Reach.ONESELF,
    act="privacy:take_back_erasure",
    step_up=True,
    rate=Rate.SENSITIVE,
    returns=ErasureRead,
    errors=(404, 409),
)
async def take_back_my_erasure(call: Call) -> ErasureRead:
    """Stay after all."""
    return await privacy.take_back_erasure(call.tx)


@routes.post(
    "/people/{person_id}/erasure",
    permission=P.PEOPLE_MANAGE,
    reach=Reach.ADMINISTRATORS,
    act="privacy:ask_erasure",
    step_up=True,
    rate=Rate.SENSITIVE,
    body=ErasureAsk,
    returns=ErasureRead,
    status=202,
    location="/people/{person_id}/erasure",
    errors=(409,),
    example={"path": PERSON, "body": NAME},
)
async def ask_to_erase(call: Call, person_id: UUID) -> ErasureRead:
    """Have somebody erased who asked for it in another way."""
    days = call.app.settings.erasure_grace_days
    return await privacy.ask_erasure(call.tx, call.body, days, person_id)


@routes.get(
    "/people/{person_id}/erasure",
    permission=P.PEOPLE_MANAGE,
    reach=Reach.ADMINISTRATORS,
    returns=ErasureRead,
    example={"path": PERSON},
)
async def get_erasure(call: Call, person_id: UUID) -> ErasureRead:
    """Show how far an erasure is and, once it is done, its certificate."""
    return await privacy.get_erasure(call.tx, person_id)


@routes.delete(
    "/people/{person_id}/erasure",
    permission=P.PEOPLE_MANAGE,
    reach=Reach.ADMINISTRATORS,
    act="privacy:take_back_erasure",
    step_up=True,
    rate=Rate.SENSITIVE,
    returns=ErasureRead,
    errors=(409,),
    example={"path": PERSON},
)
async def take_back_erasure(call: Call, person_id: UUID) -> ErasureRead:
    """Take back an erasure that did not begin."""
    return await privacy.take_back_erasure(call.tx, person_id)


@routes.put(
    "/people/{person_id}/hold",
    permission=P.PEOPLE_MANAGE,
    reach=Reach.ADMINISTRATORS,
    act="privacy:hold",
    step_up=True,
    rate=Rate.SENSITIVE,
    body=HoldWrite,
    errors=(409,),
    example={"path": PERSON, "body": {"reason": "A court asked for what this account holds"}},
)
async def hold_person(call: Call, person_id: UUID) -> None:
    """Keep somebody from being erased, for a reason that they are told."""
    await privacy.hold(call.tx, person_id, call.body)


@routes.delete(
    "/people/{person_id}/hold",
    permission=P.PEOPLE_MANAGE,
    reach=Reach.ADMINISTRATORS,
    act="privacy:end_hold",
    step_up=True,
    rate=Rate.SENSITIVE,
    example={"path": PERSON},
)
async def end_hold(call: Call, person_id: UUID) -> None:
    """Let an erasure go on again."""
    await privacy.end_hold(call.tx, person_id)


# --- classes


@routes.get(
    "/farms/{farm_id}/classes",
    permission=P.SHARING_READ,
    reach=Reach.FARMS_OWNED,
    query=PageQuery,
    returns=PageOf[TeachingGrantRead],
    example={"path": FARM},
)
async def list_teaching_grants(call: Call, farm_id: UUID) -> Page[TeachingGrantRead]:
    """List the classes that may work with a farm's animals, on one page."""
    return Page(await privacy.teaching_grants(call.tx, farm_id))


@routes.post(
    "/farms/{farm_id}/classes",
    permission=P.SHARING_MANAGE,
    reach=Reach.FARMS_OWNED,
    act="privacy:give_to_class",
    step_up=True,
    rate=Rate.SENSITIVE,
    body=TeachingGrantCreate,
    returns=TeachingGrantRead,
    status=201,
    location="/farms/{farm_id}/classes",
    errors=(409,),
    example={
        "path": FARM,
        "body": {"code": "BREEDING-1", "valid_until": "2035-01-01T00:00:00Z"},
    },
)
async def give_to_class(call: Call, farm_id: UUID) -> TeachingGrantRead:
    """Let a class work with a farm's animals, without names, numbers, farms and days."""
    return await privacy.give_to_class(call.tx, farm_id, call.body)


@routes.delete(
    "/farms/{farm_id}/classes/{grant_id}",
    permission=P.SHARING_MANAGE,
    reach=Reach.FARMS_OWNED,
    act="privacy:end_for_class",
    step_up=True,
    rate=Rate.SENSITIVE,
    example={"path": FARM | {"grant_id": SAMPLE_ID}},
)
async def end_for_class(call: Call, farm_id: UUID, grant_id: UUID) -> None:
    """Take a farm's animals out of a class, at once."""
    await privacy.end_for_class(call.tx, farm_id, grant_id)


@routes.get(
    "/classes/{class_id}/animals",
    permission=P.PROJECTS_READ,
    reach=Reach.PROJECTS,
    query=ClassAnimalsQuery,
    returns=PageOf[ClassAnimal],
    example={"path": CLASS},
)
async def list_class_animals(call: Call, class_id: UUID) -> Page[ClassAnimal]:
    """List animals for teaching, under names that mean nothing outside this class."""
    return await privacy.class_animals(call.tx, call.app.sealer, class_id, call.query)


@routes.get(
    "/classes/{class_id}/counts",
    permission=P.PROJECTS_READ,
    reach=Reach.PROJECTS,
    query=CountsQuery,
    returns=PageOf[ClassCount],
    example={"path": CLASS, "query": {"by": "breed"}},
)
async def count_class_animals(call: Call, class_id: UUID) -> Page[ClassCount]:
    """Count animals for teaching; groups of fewer than five are not told apart."""
    return Page(await privacy.class_counts(call.tx, call.app.sealer, class_id, call.query))
