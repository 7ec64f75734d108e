"""Contact records as they stand in the database: cleaned, with anything that people may have typed."""

from hypothesis import strategies as st

from crm.transfer.cleaning import clean_note, squash
from crm.transfer.record import CHANNELS, Address, ContactRecord, Email, Link, Phone

ANY = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=30)
LINE = ANY.map(squash)
WORD = LINE.filter(bool)
NOTE = ANY.map(clean_note).filter(bool)
# What looks like a formula, like our own protection of one, or like a separator.
TRICKY = st.sampled_from(
    ["=1+1", "+1", "-1", "@x", "'=1", "''+", "'s-Hertogenbosch", "a,b", "a;b", 'say "hi"', "a\\nb", "\\"]
)
NAME = st.one_of(WORD, TRICKY)
LABEL = st.sampled_from(
    ["", "home", "work", "mobile", "fax", "work_fax", "home_fax", "pager", "Assistant, A"]
)
DATE = st.sampled_from(["", "1976-02-03", "--02-03", "1976-02", "1976"])
EMAIL = st.builds(
    Email, LABEL, st.from_regex(r"[a-z]{1,8}(\.[a-z]{1,8})?@[a-z]{1,8}\.(org|com)", fullmatch=True)
)
PHONE = st.one_of(
    st.builds(
        Phone,
        LABEL,
        st.from_regex(r"\+1[2-9][0-9]{2}[2-9][0-9]{6}", fullmatch=True),
        st.sampled_from(["", "102"]),
    ),
    st.builds(Phone, LABEL, st.sampled_from(["555-0123", "123456"]), st.sampled_from(["", "7"])),
)
PLACE = st.one_of(st.just(""), st.sampled_from(["401 I St. SW", "Québec", "Apt 4; rear", "+1"]))
ADDRESS = st.builds(
    Address,
    LABEL,
    st.sampled_from(["401 I St. SW", "=1 Main St", "Calle Núñez 5"]),
    PLACE,
    st.sampled_from(["", "Washington", "São Paulo"]),
    st.sampled_from(["", "DC", "Bavaria"]),
    st.sampled_from(["", "20024", "02134-1234"]),
    st.sampled_from(["", "US", "BR", "Narnia"]),
)
LINK = st.builds(
    Link, st.sampled_from(["", "website", "home", "Blog"]), st.sampled_from(["https://x.org/a;b?c=d,e"])
)
CUSTOM_NAME = st.sampled_from(["Household ID", "T-shirt, size", "Email to check", "=cmd", "Año", "Home"])


def records() -> st.SearchStrategy[ContactRecord]:
    """People and organizations, settled as the readers leave them."""
    people = st.builds(
        ContactRecord,
        kind=st.just("person"),
        prefix=st.one_of(st.just(""), NAME),
        given_name=NAME,
        middle_name=st.one_of(st.just(""), NAME),
        family_name=NAME,
        suffix=st.one_of(st.just(""), NAME),
        birth_date=DATE,
        pronouns=st.sampled_from(["", "she/her", "they/them"]),
        job_title=st.one_of(st.just(""), NAME),
        role=st.one_of(st.just(""), NAME),
        department=st.one_of(st.just(""), NAME),
        organization_name=st.one_of(st.just(""), WORD),
        **_shared(),
    )
    organizations = st.builds(
        ContactRecord,
        kind=st.just("organization"),
        name=NAME,
        organization_name=st.one_of(st.just(""), WORD),
        sector=st.sampled_from(["", "school", "housing"]),
        **_shared(),
    )
    return st.one_of(people, organizations).map(_settled)


def _shared() -> dict[str, st.SearchStrategy[object]]:
    return {
        "external_id": st.sampled_from(["", "A-1", "=7", "urn:uuid:1"]),
        "nickname": st.one_of(st.just(""), NAME),
        "photo": st.just(b""),
        "language": st.sampled_from(["", "es", "en"]),
        "description": st.one_of(st.just(""), NOTE),
        "emails": st.lists(EMAIL, max_size=3),
        "phones": st.lists(PHONE, max_size=3),
        "addresses": st.lists(ADDRESS, max_size=2),
        "links": st.lists(LINK, max_size=1),
        "tags": st.lists(NAME, max_size=3),
        "notes": st.lists(NOTE, max_size=2),
        "do_not": st.dictionaries(st.sampled_from(CHANNELS), st.just(True)),
        "custom": st.dictionaries(CUSTOM_NAME, NOTE, max_size=3),
    }


def _settled(record: ContactRecord) -> ContactRecord:
    record.settle()
    record.no_mail = {
        email.address: why for email, why in zip(record.emails[1:], ("asked", "bounced"), strict=False)
    }
    return record
