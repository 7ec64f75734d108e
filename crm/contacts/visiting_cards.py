"""A contact as a card: a vCard to download, and its essentials as a QR code for somebody's phone."""

from dataclasses import replace
from io import BytesIO

import segno
from flask_babel import gettext as _
from segno.encoder import DataOverflowError

from crm.access.actor import Actor
from crm.contacts.records_of import record_of
from crm.errors import UserError
from crm.transfer.record import ContactRecord
from crm.transfer.vcard import card_text


def vcard(contact_id: int, actor: Actor) -> bytes:
    """The contact as a vCard 3.0 with everything in it, UTF-8."""
    return card_text(record_of(contact_id, actor, photo=True)).encode()


def qr_code(contact_id: int, actor: Actor) -> bytes:
    """The contact as a QR code in SVG: name, where they work, and how to reach them."""
    record = essentials(record_of(contact_id, actor))
    bare = replace(record, addresses=[], links=[], emails=record.emails[:1], phones=record.phones[:1])
    for fewer in (record, bare):
        try:
            code = segno.make_qr(card_text(fewer, photo=False), error="l")
        except DataOverflowError:
            continue
        out = BytesIO()
        code.save(out, kind="svg", scale=4, border=4, dark="#000", light="#fff", xmldecl=False)
        return out.getvalue()
    raise UserError(_("There is too much text in the name of this contact for a QR code. Use the vCard."))


def essentials(record: ContactRecord) -> ContactRecord:
    """What somebody wants in their phone: no notes, tags or wishes."""
    return ContactRecord(
        kind=record.kind,
        prefix=record.prefix,
        given_name=record.given_name,
        middle_name=record.middle_name,
        family_name=record.family_name,
        suffix=record.suffix,
        nickname=record.nickname,
        name=record.name,
        job_title=record.job_title or record.role,
        organization_name=record.organization_name if record.kind == "person" else "",
        emails=record.emails[:3],
        phones=record.phones[:4],
        addresses=record.addresses[:1],
        links=record.links[:1],
    )
