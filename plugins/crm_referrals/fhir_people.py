"""Whom a referral is about and how the family is reached, as FHIR has people: of what an agency may read of a
referral (its packet), nothing else. Ids are those of the referral, so no two agencies find that they help the
same student."""

from collections.abc import Mapping
from typing import Any, Final

from crm_referrals.words import TOLD, kept, language_name

_GUARDIAN: Final = {
    "coding": [{"system": "http://terminology.hl7.org/CodeSystem/v3-RoleCode", "code": "GUARD"}]
}
_NOTED: Final = ("contact_preference", "grade", "school", "attendance", "area")
"""What FHIR has no field for; it goes along as notes, each with its name before it."""


def people(number: int, packet: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The student, and whoever is to be reached, of the referral of this number; nobody where the packet
    says nothing."""
    if not packet:
        return []
    found = [_student(number, packet)]
    if packet.get("guardian") or packet.get("phone"):
        found.append(_guardian(number, packet))
    return found


def subject(number: int, packet: Mapping[str, Any]) -> dict[str, str]:
    """Whom a resource is about."""
    name = {"display": str(packet.get("name") or "") or "withheld"}
    return {"reference": f"Patient/patient-{number}"} | name if packet else name


def notes(packet: Mapping[str, Any]) -> list[dict[str, str]]:
    """What the school writes, and all that has no place of its own, as Annotations in English."""
    said = [f"{kept(TOLD[name])}: {packet[name]}" for name in _NOTED if packet.get(name)]
    return [{"text": each} for each in (*filter(None, [str(packet.get("note") or "")]), *said)]


def _student(number: int, packet: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {"resourceType": "Patient", "id": f"patient-{number}"}
    if packet.get("name"):
        found["name"] = [{"text": packet["name"]}]
    if packet.get("birth_date"):
        found["birthDate"] = packet["birth_date"]
    if packet.get("zip_code"):
        found["address"] = [{"use": "home", "postalCode": packet["zip_code"]}]
    if code := str(packet.get("language") or ""):
        coding = [{"system": "urn:ietf:bcp:47", "code": code}]
        spoken = {"coding": coding, "text": language_name(code)}
        found["communication"] = [{"language": spoken, "preferred": True}]
    return found


def _guardian(number: int, packet: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {
        "resourceType": "RelatedPerson",
        "id": f"guardian-{number}",
        "patient": {"reference": f"Patient/patient-{number}"},
        "relationship": [_GUARDIAN],
    }
    if packet.get("guardian"):
        found["name"] = [{"text": packet["guardian"]}]
    if packet.get("phone"):
        found["telecom"] = [{"system": "phone", "value": packet["phone"]}]
    return found
