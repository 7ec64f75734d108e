"""What a value means: pure functions that never raise on text and give the value or a code of `messages`."""

from crm.transfer.cleaning.dates import DateOrder, clean_birth_parts, clean_date, join_date
from crm.transfer.cleaning.emails import NOTHING, clean_email
from crm.transfer.cleaning.labels import clean_label, clean_language, clean_opted_in, clean_url, clean_yes_no
from crm.transfer.cleaning.names import NameParts, clean_name_parts, split_full_name
from crm.transfer.cleaning.phones import clean_phone, phone_text, split_phones
from crm.transfer.cleaning.places import (
    clean_country,
    clean_postal_code,
    clean_region,
    normal_place,
    split_address,
)
from crm.transfer.cleaning.text import clean_note, fold, match_key, squash

__all__ = [
    "NOTHING",
    "DateOrder",
    "NameParts",
    "clean_birth_parts",
    "clean_country",
    "clean_date",
    "clean_email",
    "clean_label",
    "clean_language",
    "clean_name_parts",
    "clean_note",
    "clean_opted_in",
    "clean_phone",
    "clean_postal_code",
    "clean_region",
    "clean_url",
    "clean_yes_no",
    "fold",
    "join_date",
    "match_key",
    "normal_place",
    "phone_text",
    "split_address",
    "split_full_name",
    "split_phones",
    "squash",
]
