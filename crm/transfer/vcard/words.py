"""Which properties of a card are kept under which name, and which say nothing to a person."""

from typing import Final

# What says nothing about the contact to a person.
TECHNICAL: Final = frozenset(
    [
        "PRODID", "REV", "SOURCE", "LABEL", "X-ABADR", "X-ABLABEL", "X-ABUID", "X-ABORDER",
        "X-MS-OL-DESIGN", "SORT-STRING", "MAILER", "CLASS", "NAME", "PROFILE",
        "X-MS-OL-DEFAULT-POSTAL-ADDRESS", "X-IMAGETYPE", "X-IMAGEHASH", "X-SHARED-PHOTO-DISPLAY-PREF",
        "X-ADDRESSING-GRAMMAR", "X-ACTIVITY-ALERT", "X-PHONETIC-FIRST-NAME", "X-PHONETIC-LAST-NAME",
        "X-PHONETIC-MIDDLE-NAME", "X-CREATED", "X-ANDROID-CUSTOM", "CLIENTPIDMAP", "X-EVOLUTION-FILE-AS",
    ]
)  # fmt: skip
# Properties without a field of their own are kept as custom fields of these names.
CUSTOM: Final = {
    "ANNIVERSARY": "Anniversary",
    "X-ANNIVERSARY": "Anniversary",
    "X-MS-ANNIVERSARY": "Anniversary",
    "X-EVOLUTION-ANNIVERSARY": "Anniversary",
    "DEATHDATE": "Date of death",
    "GENDER": "Gender",
    "X-GENDER": "Gender",
    "X-MS-MANAGER": "Manager",
    "X-EVOLUTION-MANAGER": "Manager",
    "X-MS-ASSISTANT": "Assistant",
    "X-EVOLUTION-ASSISTANT": "Assistant",
    "X-MS-SPOUSE": "Spouse",
    "X-EVOLUTION-SPOUSE": "Spouse",
    "X-MAIDENNAME": "Maiden name",
    "EXPERTISE": "Expertise",
    "HOBBY": "Hobby",
    "INTEREST": "Interest",
    "IMPP": "Instant messaging",
    "X-MS-IMADDRESS": "Instant messaging",
    "X-AIM": "AIM",
    "X-JABBER": "Jabber",
    "X-SKYPE": "Skype",
    "X-SKYPE-USERNAME": "Skype",
    "X-GTALK": "Google Talk",
    "X-TELEGRAM": "Telegram",
    "X-TWITTER": "Twitter",
    "X-MASTODON": "Mastodon",
    "RELATED": "Related",
    "X-ABRELATEDNAMES": "Related",
    "X-ABDATE": "Date",
}
IGNORED_TYPES: Final = frozenset(
    [
        "internet", "pref", "voice", "x400", "msg", "text", "video", "bbs", "modem", "isdn", "pcs", "car",
        "textphone", "dom", "intl", "parcel", "postal",
    ]
)  # fmt: skip
