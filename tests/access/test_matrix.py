"""Every rule, every method, every role: what is not declared is refused, and what is declared holds."""

import re
from typing import Any

import pytest
from flask import Flask

from crm.access import PUBLIC, SIGNED_IN, declared_permission
from crm.access.registry import AccessRegistry
from crm.plugin_api.testing.application import PageClient
from crm.plugin_api.testing.databases import on_sqlite
from crm.plugin_api.testing.people import MakeUser, SignIn, sign_in_client
from crm.plugin_api.types import Permission
from tests.access.conftest import ABSENT, Site
from tests.access.walking import METHODS, Step, steps, take, to_sign_in

OPEN = {
    "static",
    "accounts.choose_language",
    "accounts.forgot",
    "accounts.forgot_sent",
    "accounts.invitation",
    "accounts.new_email",
    "accounts.new_password",
    "accounts.passkey_options",
    "accounts.second_step",
    "accounts.setup",
    "accounts.sign_in",
    "accounts.sign_in_with_passkey",
    "accounts.sign_out",
    "calendar.feed_file",
    "events.answer",
    "events.answer_ics",
    "intake.confirm",
    "intake.embedded",
    "intake.fill_in",
    "signons.as_pdf",
    "signons.invited",
    "signons.logo",
    "signons.read",
    "signons.signature",
    "media.enclosed",
    "media.no_mail",
    "policy.no_mail",
    "media.public_before",
    "media.public_report",
    "media.static",
    "policy.feed",
    "policy.public_states",
    "policy.public_states_csv",
    "policy.static",
    "referrals.agency_link",
    "referrals.agency_link_capacity",
    "referrals.agency_link_choices",
    "referrals.agency_link_right",
    "referrals.agency_link_service",
    "referrals.consent_link",
    "referrals.family_end",
    "referrals.family_link",
    "referrals.link_step",
    "referrals.new_link_wanted",
    "referrals.print_services",
    "referrals.public_index",
    "referrals.public_service",
    "referrals.referral_link",
    "referrals.revoke_link",
    "referrals.static",
    "referrals_hsds.organization",
    "referrals_hsds.organizations",
    "referrals_hsds.root",
    "referrals_hsds.service",
    "referrals_hsds.service_at_location",
    "referrals_hsds.service_at_locations",
    "referrals_hsds.services",
    "referrals_hsds.taxonomies",
    "referrals_hsds.taxonomy",
    "referrals_hsds.taxonomy_term",
    "referrals_hsds.taxonomy_terms",
    "schools.public_csv",
    "schools.public_embed",
    "schools.public_report",
    "schools.static",
}
"""What anybody may call. Adding to it is a decision."""

UNBOUND = {"journal", "search", "dashboard"}
"""Features that ask the rules of other features' records, row by row."""


def access_registry(app: Flask) -> AccessRegistry:
    registry: AccessRegistry = app.extensions["crm"].access
    return registry


def permission_of(app: Flask, step: Step) -> str:
    permission = declared_permission(app, step.endpoint)
    assert permission is not None, f"{step} declares no permission"
    return permission


@on_sqlite
def test_every_rule_declares_a_permission_that_somebody_declared(app: Flask) -> None:
    known = access_registry(app).permissions.keys() | {PUBLIC, SIGNED_IN}
    strange = {
        rule.endpoint: declared_permission(app, rule.endpoint)
        for rule in app.url_map.iter_rules()
        if declared_permission(app, rule.endpoint) not in known
    }
    assert strange == {}


@on_sqlite
def test_only_the_pages_before_signing_in_are_open_to_anybody(app: Flask) -> None:
    rules = app.url_map.iter_rules()
    assert {rule.endpoint for rule in rules if declared_permission(app, rule.endpoint) == PUBLIC} == OPEN


@on_sqlite
def test_a_view_that_declares_nothing_is_refused_before_it_runs(app: Flask, admin_client: PageClient) -> None:
    ran: list[str] = []

    def view() -> str:
        ran.append("contacts")
        return "contacts"

    app.view_functions["contacts.index"] = view
    with pytest.raises(RuntimeError, match="declares no permission"):
        admin_client.get("/contacts")
    assert ran == []


@on_sqlite
def test_methods_that_a_rule_does_not_list_are_refused(
    app: Flask, admin_client: PageClient, site: Site
) -> None:
    listed: dict[str, set[str]] = {}
    for step in steps(app, site.arguments(ABSENT)):
        listed.setdefault(step.path, set()).add(step.method)
    wrong = [
        f"{method} {path}: {answer.status_code}"
        for path, methods in listed.items()
        for method in {*METHODS, "TRACE"} - methods
        if not is_another_rule(app, path, method)
        if (answer := admin_client.open(path, method=method)).status_code != 405
    ]
    assert wrong == []


def is_another_rule(app: Flask, path: str, method: str) -> bool:
    """Whether a rule with other arguments takes the same path with this method."""
    return app.url_map.bind("localhost").test(path, method)


@on_sqlite
def test_somebody_not_signed_in_gets_no_further_than_the_sign_in_page(
    app: Flask, client: PageClient, site: Site
) -> None:
    for step in steps(app, site.arguments(site.outside)):
        answer = take(client, step)
        if step.endpoint in OPEN:
            assert answer.status_code < 500, step
        else:
            assert to_sign_in(answer), f"{step}: {answer.status_code}"


ROLES: dict[str, dict[str, Any]] = {
    "administrator": {"role": "administrator"},
    "organizer": {"role": "organizer"},
    "viewer": {"role": "viewer"},
    "nobody": {},
    "organizer of one organization": {"role": "organizer", "scoped": True},
    "administrator of one organization": {"role": "administrator", "scoped": True},
}


def may(permission: Permission | None, name: str, role: str | None, *, scoped: bool) -> bool:
    """What the declarations promise, said again without the code that decides it."""
    if name in {PUBLIC, SIGNED_IN}:
        return True
    assert permission is not None
    if scoped and permission.everywhere:
        return False
    return role == "administrator" or role in permission.roles


@on_sqlite
@pytest.mark.parametrize("who", ROLES)
def test_each_role_gets_what_its_permissions_say_and_nothing_more(
    who: str, app: Flask, make_user: MakeUser, site: Site
) -> None:
    """With every hidden button too, and on records that this role could reach; no answer is an error."""
    role, scoped = ROLES[who].get("role"), ROLES[who].get("scoped", False)
    user = make_user(role=role, scope=site.inside if scoped else None)
    registry, client = access_registry(app), sign_in_client(app, user)
    reads_first = sorted(steps(app, site.arguments(site.inside)), key=lambda step: step.method != "GET")
    for step in reads_first:
        name = permission_of(app, step)
        if step.method != "GET":
            client = sign_in_client(app, user)  # Some of these end the session.
        answer = take(client, step)
        assert answer.status_code < 500, step
        assert not to_sign_in(answer) or step.endpoint in OPEN, step
        if not may(registry.permissions.get(name), name, role, scoped=scoped):
            assert answer.status_code == 403, f"{who} was let in at {step}: {answer.status_code}"


@on_sqlite
def test_who_may_do_something_is_not_kept_out(app: Flask, make_user: MakeUser, site: Site) -> None:
    """A view that only asks for a sign-in may look closer by itself."""
    for role in ("administrator", "organizer", "viewer"):
        client = sign_in_client(app, make_user(role=role))
        for step in steps(app, site.arguments(site.inside)):
            permission = access_registry(app).permissions.get(permission_of(app, step))
            if permission is None or step.method != "GET":
                continue
            if may(permission, permission.name, role, scoped=False):
                assert take(client, step).status_code != 403, f"{role} was kept out at {step}"


@on_sqlite
def test_a_contact_outside_of_ones_scope_is_like_one_that_is_not_there(
    app: Flask, sign_in: SignIn, site: Site
) -> None:
    client = sign_in(role="administrator", scope=site.inside)
    reached = 0
    for step in steps(app, site.arguments(site.outside)):
        if f"/{site.outside}" not in step.path or not step.endpoint.startswith("contacts."):
            continue
        absent = step._replace(path=step.path.replace(f"/{site.outside}", f"/{ABSENT}"))
        theirs, nobodys = take(client, step), take(client, absent)
        assert theirs.status_code == 404, f"{step}: {theirs.status_code}"
        assert without_tokens(theirs.text, site.outside) == without_tokens(nobodys.text, ABSENT), step
        reached += 1
    assert reached > 10
    assert client.get(f"/contacts/{site.inside}").status_code == 200
    assert client.get(f"/contacts/{site.member}").status_code == 200


def without_tokens(page: str, contact_id: int) -> str:
    """The page without its forgery tokens and without the number that was asked for."""
    page = re.sub(r"[\w-]{20,}\.[\w-]{6}\.[\w-]{27}", "", page)
    return page.replace(f"/contacts/{contact_id}", "/contacts/#")


@on_sqlite
def test_a_permission_on_no_record_does_not_come_with_a_role_over_one_organization(app: Flask) -> None:
    """Whoever runs one school must not run the site. So a permission either bears on records that have a
    rule, or says that it holds everywhere or not at all."""
    registry = access_registry(app)
    ruled = {rule.permission.partition(".")[0] for rule in registry.visibility.values()} | UNBOUND
    loose = [
        name
        for name, permission in registry.permissions.items()
        if not permission.everywhere and name.partition(".")[0] not in ruled
    ]
    assert loose == []
