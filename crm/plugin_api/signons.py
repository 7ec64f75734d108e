"""Open letters that organizations sign: for a plugin that wants one about a record of its own. Texts, mailed
confirmations, invitations, logos and the file with the signers are the core's; `signons.show` is the page of
a letter, and shows the panels of `crm_record_panels` with kind `signon_letter`."""

from crm.signons.forms import LetterForm
from crm.signons.models import Letter, Signature
from crm.signons.permissions import EDIT, VIEW
from crm.signons.services import create, is_open, sign_for
from crm.signons.words import APPROVED

__all__ = ["APPROVED", "EDIT", "VIEW", "Letter", "LetterForm", "Signature", "create", "is_open", "sign_for"]
