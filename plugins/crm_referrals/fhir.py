"""A referral as FHIR R4: ServiceRequest and Task of the Gravity SDOH Clinical Care guide, in one bundle."""

import json
from collections.abc import Mapping
from typing import Any, Final

from crm_referrals.models import Agency, Referral
from crm_referrals.states import FHIR

GUIDE: Final = "http://hl7.org/fhir/us/sdoh-clinicalcare"
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


def bundle(referral: Referral, agency: Agency, packet: Mapping[str, Any]) -> dict[str, Any]:
    """Only what the packet holds goes in."""
    code = GRAVITY.get(str(packet.get("category", "")), "sdoh-category-unspecified")
    category = [{"coding": [{"system": f"{GUIDE}/CodeSystem/SDOHCC-CodeSystemTemporaryCodes", "code": code}]}]
    subject = {"display": str(packet.get("name", "")) or "withheld"}
    sent = referral.sent_at.isoformat() if referral.sent_at else None
    status = FHIR[referral.state]
    request = {
        "resourceType": "ServiceRequest",
        "id": f"request-{referral.id}",
        "meta": {"profile": [f"{GUIDE}/StructureDefinition/SDOHCC-ServiceRequest"]},
        "status": "active" if status in {"requested", "accepted", "in-progress", "on-hold"} else "completed",
        "intent": "order",
        "category": category,
        "subject": subject,
        "authoredOn": sent,
    }
    task = {
        "resourceType": "Task",
        "id": f"task-{referral.id}",
        "meta": {"profile": [f"{GUIDE}/StructureDefinition/SDOHCC-TaskForReferralManagement"]},
        "status": status,
        "intent": "order",
        "code": {"coding": [{"system": "http://hl7.org/fhir/CodeSystem/task-code", "code": "fulfill"}]},
        "focus": {"reference": f"ServiceRequest/request-{referral.id}"},
        "for": subject,
        "authoredOn": sent,
        "requester": {"display": "School"},
        "owner": {"display": agency.name},
    }
    if referral.reason or referral.note:
        task["statusReason"] = {"text": referral.note or referral.reason}
    return {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [{"resource": request}, {"resource": task}],
    }


def text(referral: Referral, agency: Agency, packet: Mapping[str, Any]) -> str:
    return json.dumps(bundle(referral, agency, packet), ensure_ascii=False, indent=1) + "\n"
