"""A referral as FHIR R4: ServiceRequest and Task of the Gravity SDOH Clinical Care guide, and the people, in
one bundle."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from crm.plugin_api import UserError, address_of, day_here, db, system
from crm.plugin_api import gettext as _
from crm_referrals import fhir_people, words
from crm_referrals.clock import business_day_after
from crm_referrals.models import Agency, Referral
from crm_referrals.services.finding import whole
from crm_referrals.states import FHIR, LOCKED
from crm_referrals.words import HELPED, NOT_HELPED

GUIDE: Final = "http://hl7.org/fhir/us/sdoh-clinicalcare"
CODES: Final = f"{GUIDE}/CodeSystem/SDOHCC-CodeSystemTemporaryCodes"
OUTCOMES: Final = "https://rollcall.example/fhir/referral-outcomes"
"""Our own outcomes and reasons; their codes are stable."""
NEEDS: Final = "https://rollcall.example/fhir/needs"
"""Our own kinds of need (`crm_referrals.words.CATEGORIES`)."""
FAMILY_AGREES: Final = "family-agrees"
"""The type of the output by which an agency says that the family wants to wait."""
GRAVITY: Final = {
    "transport": "transportation-insecurity",
    "food": "food-insecurity",
    "housing": "housing-instability",
    "clothing": "material-hardship",
    "income": "financial-insecurity",
    "work": "employment-status",
    "health": "medical-cost-burden",
    "dental": "medical-cost-burden",
    "safety": "intimate-partner-violence",
    "child_care": "material-hardship",
    "disability": "sdoh-category-unspecified",
}
"""Gravity's categories; ours that have none are unspecified."""


def bundle(
    referral: Referral,
    agency: Agency,
    packet: Mapping[str, Any],
    urgency: str = "normal",
    follows: int | None = None,
) -> dict[str, Any]:
    """Only what the packet holds goes in, and how soon the school needs an answer, which the agency sees by
    the day until which it answers. `urgency` is the one of the need, `follows` the number of the referral
    that this one goes on with, if the same agency had it."""
    request = _request(referral, packet) | _priority(packet, urgency)
    task = _task(referral, agency, packet) | _priority(packet, urgency)
    if follows is not None:
        request["basedOn"] = [{"reference": f"ServiceRequest/request-{follows}"}]
        task["partOf"] = [{"reference": f"Task/task-{follows}"}]
    found = [request, task, *fhir_people.people(referral.id, packet)]
    base = address_of("referrals.inbox")
    return {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [
            {"fullUrl": f"{base}/{each['resourceType']}/{each['id']}", "resource": each} for each in found
        ],
    }


_REQUEST: Final = {
    "draft": "draft",
    "awaiting_consent": "draft",
    "completed": "completed",
    "withdrawn": "revoked",
    "expired": "revoked",
    "entered_in_error": "entered-in-error",
}
"""What a ServiceRequest is by the state of its referral. All else is active: also what an agency declined or
could not do is still wanted."""


def _request(referral: Referral, packet: Mapping[str, Any]) -> dict[str, Any]:
    need = str(packet.get("category", ""))
    gravity = {"system": CODES, "code": GRAVITY.get(need, "sdoh-category-unspecified")}
    ours = [{"system": NEEDS, "code": need, "display": words.kept(words.CATEGORIES[need])}] if need else []
    request: dict[str, Any] = {
        "resourceType": "ServiceRequest",
        "id": f"request-{referral.id}",
        "meta": {"profile": [f"{GUIDE}/StructureDefinition/SDOHCC-ServiceRequest"]},
        "status": _REQUEST.get(referral.state, "active"),
        "intent": "order",
        "category": [{"coding": [gravity, *ours]}],
        "subject": fhir_people.subject(referral.id, packet),
        "authoredOn": _moment(referral),
        "requester": {"display": "School"},
    }
    if packet.get("contact_prohibited"):
        prohibited = {"system": CODES, "code": "contacting-subject-prohibited"}
        request["orderDetail"] = [{"coding": [prohibited], "text": "Do not contact the family."}]
    if said := fhir_people.notes(packet):
        request["note"] = said
    return request


def _task(referral: Referral, agency: Agency, packet: Mapping[str, Any]) -> dict[str, Any]:
    task: dict[str, Any] = {
        "resourceType": "Task",
        "id": f"task-{referral.id}",
        "meta": {"profile": [f"{GUIDE}/StructureDefinition/SDOHCC-TaskForReferralManagement"]},
        "status": FHIR[referral.state],
        "intent": "order",
        "code": {"coding": [{"system": "http://hl7.org/fhir/CodeSystem/task-code", "code": "fulfill"}]},
        "focus": {"reference": f"ServiceRequest/request-{referral.id}"},
        "for": fhir_people.subject(referral.id, packet),
        "authoredOn": _moment(referral),
        "requester": {"display": "School"},
        "owner": {"display": agency.name},
    }
    if referral.outcome:
        answer = {"coding": [{"system": OUTCOMES, "code": referral.outcome}]}
        task["output"] = [{"type": {"text": "outcome"}, "valueCodeableConcept": answer}]
    if referral.state == "waitlisted":
        task.setdefault("output", []).append({"type": {"text": FAMILY_AGREES}, "valueBoolean": True})
    if referral.state in _BUSINESS:
        task["businessStatus"] = {"coding": [{"code": _BUSINESS[referral.state]}]}
    # Of what ends elsewhere than at the agency the words are the school's, and they are not for export.
    if (referral.reason or referral.note) and referral.state not in LOCKED and packet:
        task["statusReason"] = {"text": referral.note or referral.reason}
        if referral.reason:
            task["statusReason"]["coding"] = [{"system": OUTCOMES, "code": referral.reason}]
    return task


def _moment(referral: Referral) -> str | None:
    return referral.sent_at.isoformat() if referral.sent_at else None


def followed(referral: Referral) -> int | None:
    """The number of the referral that one goes on with, where the same agency was sent that one too; of those
    of others it learns nothing."""
    if referral.follows_id is None:
        return None
    with system("what a referral that an agency was sent goes on with"):
        before = db.session().get_one(Referral, referral.follows_id)
    is_known = before.agency_id == referral.agency_id and before.sent_at is not None
    return before.id if is_known else None


def _priority(packet: Mapping[str, Any], urgency: str) -> dict[str, str]:
    if not packet:
        return {}
    return {"priority": "urgent" if urgency == "urgent" else "routine"}


_BUSINESS: Final = {"waitlisted": "waitlist", "reviewing": "reviewing", "info_needed": "info-needed"}
_STEP: Final = {
    "accepted": "accept",
    "rejected": "decline",
    "in-progress": "start",
    "on-hold": "hold",
    "completed": "complete",
    "failed": "fail",
}
"""What an agency does by a Task that has come to a status."""


@dataclass(frozen=True)
class Update:
    """A Task as an agency sends it back: which referral, its status, which step, and what is said with it.
    `problem` is a sentence for one that cannot be used; the others of the same file can. `said` are those
    of the values that stand in the Task itself."""

    referral_id: int
    status: str = ""
    business: str = ""
    step: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)
    said: frozenset[str] = frozenset()
    problem: str = ""

    def holds(self, referral: Referral) -> bool:
        """Whether all that the Task says is so already, such as when it is sent a second time."""
        if FHIR[referral.state] != self.status:
            return False
        if (self.business == "waitlist") != (referral.state == "waitlisted"):
            return False
        kept = {name: getattr(referral, "outcome" if self.step == "fail" else name) for name in self.said}
        return all(value in {"", None, self.values[name]} for name, value in kept.items())


def read(content: bytes) -> list[Update]:
    """The Tasks of a file: one Task, or a Bundle with several. UserError for what is neither."""
    try:
        found = json.loads(content.decode("utf-8-sig"))
    except ValueError as error:
        raise UserError(_("This is not JSON: %(error)s.", error=error)) from error
    except RecursionError as error:
        raise UserError(_("This JSON is nested too deep to be a FHIR Task.")) from error
    if not isinstance(found, dict):
        raise UserError(_("This JSON holds no FHIR Task."))
    entries = _list(found.get("entry")) if found.get("resourceType") == "Bundle" else [{"resource": found}]
    tasks = [each.get("resource") for each in entries if isinstance(each, dict)]
    updates = [
        _update(each) for each in tasks if isinstance(each, dict) and each.get("resourceType") == "Task"
    ]
    if not updates:
        raise UserError(_("This JSON holds no FHIR Task."))
    return updates


def _update(task: Mapping[str, Any]) -> Update:
    number = whole(str(task.get("id", "")).removeprefix("task-"))
    status, business = str(task.get("status", ""))[:60], _code(task.get("businessStatus"))
    if number is None:
        sentence = _("The Task “%(id)s” has no id that we gave it.", id=str(task.get("id", ""))[:60])
        return Update(0, problem=sentence)
    if business == "waitlist" and status == "accepted":
        status = "on-hold"
    is_waiting = business == "waitlist" and status == "on-hold"
    step, values = "waitlist" if is_waiting else _STEP.get(status, ""), _values(task)
    said = _said(task) & _COMPARED.get(step, frozenset())
    return Update(number, status, business, step, values, said, _problem(step, status, values))


_COMPARED: Final = {
    "waitlist": frozenset({"next_on"}),
    "hold": frozenset({"next_on"}),
    "complete": frozenset({"outcome"}),
    "decline": frozenset({"reason"}),
    "fail": frozenset({"reason"}),
}
"""What a Task says that comes again and is no repetition where it differs."""


def _said(task: Mapping[str, Any]) -> frozenset[str]:
    """What stands in a Task itself, where it has a value without that too."""
    values = _values(task)
    found = {"outcome"} if values["outcome"] else set()
    found |= {"reason"} if _code(task.get("statusReason")) in NOT_HELPED else set()
    return frozenset(found | ({"next_on"} if _day(_in(task, "restriction", "period", "end")) else set()))


def _problem(step: str, status: str, values: Mapping[str, Any]) -> str:
    """Why a Task moves nothing, in words; empty for one that does."""
    if not step:
        return _("The status “%(status)s” is none that an agency can set.", status=status)
    if step == "waitlist" and not values["family_agrees"]:
        return _(
            "Ask the family first whether they want to wait, then say so in the Task: an output of the type "
            "“%(type)s” with the value true.",
            type=FAMILY_AGREES,
        )
    return ""


def _values(task: Mapping[str, Any]) -> dict[str, Any]:
    reason = _code(task.get("statusReason"))
    note = _text(_in(task, "statusReason", "text"))
    outputs = [
        each.get("valueCodeableConcept") for each in _list(task.get("output")) if isinstance(each, dict)
    ]
    began, next_on = _in(task, "executionPeriod", "start"), _in(task, "restriction", "period", "end")
    return {
        "note": note,
        "reason": reason if reason in NOT_HELPED else "other",
        "outcome": next((code for each in outputs if (code := _code(each)) in HELPED), ""),
        "assignee": _text(_in(task, "owner", "display")),
        "started_on": _day(began) or day_here(),
        "next_on": _day(next_on) or business_day_after(3),
        "family_agrees": any(
            _in(each, "type", "text") == FAMILY_AGREES and _in(each, "valueBoolean") is True
            for each in _list(task.get("output"))
        ),
    }


def _code(concept: Any) -> str:
    codings = _list(_in(concept, "coding"))
    return next((str(each["code"]) for each in codings if isinstance(each, dict) and each.get("code")), "")


def _text(value: Any) -> str:
    """A text that a database can keep: without NUL and halves of characters."""
    return re.sub("[\0\ud800-\udfff]", "", str(value or ""))


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _in(value: Any, *names: str) -> Any:
    """What stands under these names, one in the other; None where anything on the way is something else."""
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _day(value: Any) -> date | None:
    try:
        return date.fromisoformat(str(value)[:10]) if value else None
    except ValueError:
        return None


def text(referral: Referral, agency: Agency, packet: Mapping[str, Any], urgency: str = "normal") -> str:
    found = bundle(referral, agency, packet, urgency, followed(referral) if packet.get("name") else None)
    return json.dumps(found, ensure_ascii=False, indent=1) + "\n"
