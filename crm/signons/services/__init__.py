"""Letters, what becomes of their signatures, and the messages about both."""

from crm.signons.services.deciding import decide as decide
from crm.signons.services.deciding import waiting as waiting
from crm.signons.services.letters import FIELDS as FIELDS
from crm.signons.services.letters import by_key as by_key
from crm.signons.services.letters import create as create
from crm.signons.services.letters import edit as edit
from crm.signons.services.letters import hold as hold
from crm.signons.services.letters import is_open as is_open
from crm.signons.services.letters import publish as publish
from crm.signons.services.letters import published_in as published_in
from crm.signons.services.letters import set_status as set_status
from crm.signons.services.letters import signed as signed
from crm.signons.services.letters import text_of as text_of
from crm.signons.services.letters import touch as touch
from crm.signons.services.mailing import send as send
from crm.signons.services.mailing import token_of as token_of
from crm.signons.services.signing import cleaned as cleaned
from crm.signons.services.signing import confirm as confirm
from crm.signons.services.signing import is_sent as is_sent
from crm.signons.services.signing import is_unasked as is_unasked
from crm.signons.services.signing import newer as newer
from crm.signons.services.signing import of_token as of_token
from crm.signons.services.signing import sign as sign
from crm.signons.services.signing import sign_for as sign_for
from crm.signons.services.signing import standing as standing
from crm.signons.services.signing import withdraw as withdraw
