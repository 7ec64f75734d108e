"""The forms of policy."""

from collections.abc import Sequence
from typing import Any, Final

from wtforms import (
    BooleanField,
    DateField,
    DateTimeLocalField,
    IntegerField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import URL, DataRequired, InputRequired, Length, NumberRange, Optional

from crm.plugin_api import Form, lazy_pgettext
from crm.plugin_api import lazy_gettext as _
from crm.plugin_api.choosing import ContactField, UserField, options
from crm_policy.choosing import BillField
from crm_policy.places import PLACES
from crm_policy.words import (
    CHAMBERS,
    DISPOSITIONS,
    ELEMENT_STATUSES,
    FORMS,
    HEARING_STATUSES,
    LEANS,
    LOBBYING,
    POSITIONS,
    PRIORITIES,
    SIGN_OFFS,
    STAGES,
)

_LINE = Length(max=300, message=_("At most 300 letters."))
_LINK = URL(message=_("A web address begins with https:// or http://."))


def _number(value: Any) -> int | None:
    return int(value) if str(value or "").lstrip("-").isdecimal() else None


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def choice(label: Any, words: Any, empty: Any = None, *, number: bool = False, **values: Any) -> SelectField:
    """A select over a mapping of stored value to words; `empty` is what no choice reads."""

    def choices() -> Sequence[Any]:
        first = [("", empty)] if empty is not None else []
        return options(
            [*first, *((str(key), text) for key, text in words.items() if key != "" or empty is None)]
        )

    return SelectField(label, choices=choices, coerce=_number if number else _text, **values)


def states() -> SelectField:
    return choice(_("State"), {code: place.name for code, place in PLACES.items()})


_COLUMNS: Final = {"standing": "status", "manner": "form"}


class PolicyForm(Form):
    """What a form gives to a service: its fields by name."""

    def values(self) -> dict[str, Any]:
        """By the names of columns; `status` is a word of every form's own, so the field is `standing`, and
        `form` one of every form's in a browser, so the field is `manner`."""
        found = {each.name: each.data for each in self if each.name != "csrf_token"}
        return {_COLUMNS.get(name, name): value for name, value in found.items()}


class BillForm(PolicyForm):
    """A bill that no source has yet."""

    custom_type = "policy"

    state = states()
    identifier = StringField(
        _("Number"), [DataRequired(_("Give the bill its number, such as HB 12.")), Length(max=40)]
    )
    session = StringField(
        _("Session"), [DataRequired(_("Say of which session it is, such as 2025-2026.")), Length(max=100)]
    )
    title = StringField(_("Title"), [DataRequired(_("Give the bill a title.")), Length(max=2000)])
    chamber = choice(_("Begins in"), {key: CHAMBERS[key] for key in ("lower", "upper", "legislature")})
    stage = choice(_("How far it is"), {key: STAGES[key] for key in (2, 1, 0)}, number=True, default=2)
    url = StringField(_("Web page"), [Optional(), _LINK])


class PositionForm(PolicyForm):
    custom_type = "policy"

    position = choice(_("Position"), POSITIONS, _("None yet"))
    priority = choice(_("Priority"), PRIORITIES, number=True)
    owner_user_id = UserField(_("Owner"))
    campaign_id = SelectField(_("Campaign"), coerce=_number)
    short_title = StringField(_("What we call it"), [_LINE], description=_("Short, for our own lists."))
    position_note = TextAreaField(_("Why"), description=_("Stands on the fact sheet, too."))


class OverrideForm(PolicyForm):
    stage_override = choice(_("Stage"), STAGES, _("As the source says"), number=True)
    disposition_override = choice(_("What became of it"), DISPOSITIONS, _("As the source says"))
    override_reason = StringField(
        _("Why"),
        [_LINE],
        description=_("What you read or heard, and where. It stays beside what the source says."),
    )


class SessionForm(PolicyForm):
    """When a session ends decides what is dead, and sources often know the year only."""

    name = StringField(_("Name"), [_LINE])
    starts_on = DateField(_("First day"), [Optional()])
    ends_on = DateField(
        _("Last day"),
        [Optional()],
        description=_("Empty while nobody knows it: then none of its bills is taken for dead."),
    )
    carries_over = BooleanField(_("Its bills live on into the next session"))


class UniteForm(PolicyForm):
    other_id = SelectField(
        _("Which session is the same"), [DataRequired(_("Choose the session."))], coerce=_number
    )


class ActionForm(PolicyForm):
    acted_on = DateField(_("Day"), [InputRequired(_("Say on which day."))])
    chamber = choice(_("Chamber"), {key: CHAMBERS[key] for key in ("lower", "upper")}, _("Neither"))
    text = StringField(
        _("What happened"),
        [DataRequired(_("Say what happened.")), Length(max=2000)],
        description=_("As the journal of the chamber says it, such as “Signed by the Governor”."),
    )


class VersionForm(PolicyForm):
    note = StringField(
        _("Name of the version"), [DataRequired(_("Name the version, such as “As introduced”.")), _LINE]
    )
    dated_on = DateField(_("Day"), [Optional()])
    url = StringField(_("Web page"), [Optional(), _LINK])
    body = TextAreaField(_("Text"), description=_("Paste the text of the bill, to compare versions."))


class PointForm(PolicyForm):
    kind = choice(_("What it is"), {"point": _("Talking point"), "fact": _("Fact")})
    body = TextAreaField(_("Text"), [DataRequired(_("Write something first.")), Length(max=4000)])
    audience = StringField(
        _("For whom"),
        [Length(max=40)],
        description=_("Empty, “legislators” and “everybody” go onto the fact sheet; all else stays with us."),
    )
    source_url = StringField(_("Source"), [Optional(), _LINK])


class HearingForm(PolicyForm):
    custom_type = "policy_hearing"

    state = states()
    committee_name = StringField(_("Committee"), [DataRequired(_("Say which committee meets.")), _LINE])
    starts_at = DateTimeLocalField(
        _("Begins, in the time of that state"),
        [InputRequired(_("Say when it begins."))],
        format="%Y-%m-%dT%H:%M",
    )
    place = StringField(_("Place"), [_LINE])
    url = StringField(_("Web page"), [Optional(), _LINK])
    standing = choice(_("Status"), HEARING_STATUSES)
    remind_days = IntegerField(
        _("Remind so many days before"), [NumberRange(0, 60, _("From 0 to 60 days."))], default=3
    )
    going = StringField(_("Who of us goes"), [_LINE], description=_("Names, such as Ada and Ben."))
    note = TextAreaField(_("Note"))


class UniteHearingsForm(PolicyForm):
    other_id = SelectField(
        _("Which hearing is the same"), [DataRequired(_("Choose the hearing."))], coerce=_number
    )


class AgendaForm(PolicyForm):
    bill = BillField(_("Bill"), [DataRequired(_("Say which bill it is, such as MI HB 12."))])


class TestimonyForm(PolicyForm):
    title = StringField(_("Title"), [DataRequired(_("Give it a title.")), _LINE])
    contact_id = ContactField(_("Who speaks"))
    stance = choice(_("For or against"), {key: POSITIONS[key] for key in ("support", "oppose", "neutral")})
    manner = choice(_("How"), {"written": _("Written"), "oral": _("Spoken"), "both": _("Both")})
    hearing_id = SelectField(_("Hearing"), coerce=_number)
    due_on = DateField(_("Hand in by"), [Optional()])
    body = TextAreaField(_("Text"))


class StanceForm(PolicyForm):
    stance = choice(_("Stance"), POSITIONS, _("Silent"))
    sign_off = choice(_("Sign-on"), SIGN_OFFS)
    note = StringField(_("Note"), [_LINE])


class MarkForm(PolicyForm):
    lean = choice(_("How they lean"), LEANS, number=True)
    said = StringField(_("Who says so"), [DataRequired(_("Say how we know.")), _LINE])


class LobbyingForm(PolicyForm):
    worked_on = DateField(_("Day"), [InputRequired(_("Say on which day."))])
    manner = choice(_("What was done"), FORMS)
    kind = choice(
        _("Class"),
        LOBBYING,
        description=_(
            "Direct: a view on a bill, told to legislators or their staff. Grassroots: "
            "calling on the public to act "
            "on it. Neither: research, or education without a view."
        ),
    )
    minutes = IntegerField(
        lazy_pgettext("length", "Minutes"), [NumberRange(0, 6000, _("From 0 to 6,000 minutes."))], default=30
    )
    cost = StringField(_("Money spent, besides the time"), [Length(max=20)])
    contact_id = ContactField(_("With whom"), kinds=("person",))
    lean = choice(_("How they lean now"), LEANS, _("Not said"), number=True)
    bill_id = SelectField(_("Bill"), coerce=_number)
    note = TextAreaField(_("What was said"))


class LobbyingYearForm(PolicyForm):
    hour_cost = StringField(
        _("What an hour of work costs, in dollars"),
        [InputRequired(_("Say what an hour costs.")), Length(max=12)],
        description=_("With taxes and benefits, over all who lobby."),
    )
    budget = StringField(
        _("Spending for exempt purposes in the year, in dollars"),
        [Length(max=15)],
        description=_("From it follows what may be spent on lobbying under section 501(h)."),
    )


class ChooseLetterForm(PolicyForm):
    """An open letter that is there already."""

    letter_id = SelectField(_("Letter"), coerce=_number)


class AlertForm(PolicyForm):
    audience = SelectField(_("To whom"))
    subject = StringField(_("Subject"), [DataRequired(_("Write a subject.")), Length(max=150)])
    body = TextAreaField(_("Text"), [DataRequired(_("Write the message first.")), Length(max=8000)])


class SearchForm(PolicyForm):
    name = StringField(_("Name"), [DataRequired(_("Give the search a name.")), Length(max=100)])
    words = StringField(
        _("Any of these"),
        [DataRequired(_("Give at least one word to look for.")), Length(max=500)],
        description=_("Separated by commas. A star stands for any end: truan*, “chronic absen*”."),
    )
    also = StringField(
        _("And any of these"),
        [Length(max=500)],
        description=_("Such as: school, pupil, student, attendance officer"),
    )
    without = StringField(
        _("But none of these"), [Length(max=500)], description=_("Such as: ballot, voter, election, absentee")
    )
    states = StringField(
        _("States"),
        [Length(max=200)],
        description=_("Codes separated by commas, such as MI, OH. Empty for all."),
    )


class TermForm(PolicyForm):
    """Who sits where, as staff knows it."""

    chamber = choice(_("Chamber"), {key: CHAMBERS[key] for key in ("lower", "upper", "legislature")})
    district = StringField(_("District"), [Length(max=60)])
    party = StringField(_("Party"), [Length(max=60)])
    starts_on = DateField(_("In office since"), [Optional()])
    ends_on = DateField(
        _("In office until"),
        [Optional()],
        description=_("Such as the day of a resignation. Empty while they sit."),
    )


class LegislatorForm(TermForm):
    custom_type = "policy_legislator"

    name = StringField(_("Name"), [DataRequired(_("Give the name.")), Length(max=200)])


class NewLegislatorForm(TermForm):
    custom_type = "policy_legislator"

    given = StringField(_("Given name"), [Length(max=100)])
    family = StringField(_("Family name"), [DataRequired(_("Give the family name.")), Length(max=100)])
    email = StringField(_("Email address"), [Optional(), Length(max=254)])
    state = states()


class CommitteeForm(PolicyForm):
    """A committee that no source has yet."""

    state = states()
    chamber = choice(
        _("Chamber"), {key: CHAMBERS[key] for key in ("lower", "upper", "legislature")}, _("Both")
    )
    name = StringField(_("Name"), [DataRequired(_("Give the committee its name.")), Length(max=200)])
    meets = StringField(_("Meets"), [_LINE], description=_("Such as: Tuesdays at 9, room 312."))
    url = StringField(_("Web page"), [Optional(), _LINK])


class SeatForm(PolicyForm):
    legislator_id = SelectField(_("Who"), coerce=_number)
    role = StringField(
        _("Role"), [Length(max=60)], description=_("Such as chair or vice chair. Empty for a member.")
    )


class OfficeForm(PolicyForm):
    kind = choice(
        _("Which office"),
        {
            "capitol": _("At the capitol"),
            "district": _("In the district"),
            "primary": _("Main office"),
            "home": _("At home"),
            "other": _("Another"),
        },
    )
    address = StringField(_("Address"), [Length(max=500)])
    voice = StringField(_("Phone"), [Length(max=60)])
    fax = StringField(_("Fax"), [Length(max=60)])


class ConstituencyForm(PolicyForm):
    state = states()
    school = StringField(
        _("School district"),
        [Length(max=120)],
        description=_(
            "Its NCES number, or its name. Its legislative districts follow, where a list of overlaps "
            "is here."
        ),
    )
    upper = StringField(_("Senate district"), [Length(max=60)], description=_("Only if you know better."))
    lower = StringField(_("House district"), [Length(max=60)])


class RelationshipForm(PolicyForm):
    relationship_user_id = UserField(_("Who knows them best"))


class ElementValueForm(PolicyForm):
    value = StringField(_("Value"), [Length(max=200)])
    standing = choice(_("Status"), ELEMENT_STATUSES)
    citation = StringField(_("Citation"), [_LINE], description=_("Such as: Conn. Gen. Stat. § 10-198c"))
    source_url = StringField(_("Source"), [Optional(), _LINK])
    as_of = DateField(_("As of"), [InputRequired(_("Say of which day this is."))])
    effective_on = DateField(_("In force from"), [Optional()])
    bill = StringField(
        _("Bill behind it"), [Length(max=60)], description=_("Such as: CT SB 12. Empty for none.")
    )
    note = TextAreaField(_("Note"))


class SourceForm(PolicyForm):
    provider = choice(_("Service"), {"legiscan": "LegiScan", "openstates": "Open States"})
    state = states()
    session = StringField(
        _("Session"),
        [Length(max=100)],
        description=_("As the service calls it. Empty for the one that runs now."),
    )
    bulk_url = StringField(
        _("Bulk file of the session (Open States)"),
        [Optional(), Length(max=1000), _LINK],
        description=_(
            "Fetched once before anything is asked for: sign in at open.pluralpolicy.com/data, and copy the "
            "address of the session’s CSV or JSON file. Without it the session comes page by page, twenty "
            "bills at a time."
        ),
    )


class FeedForm(PolicyForm):
    name = StringField(_("Name"), [DataRequired(_("Give the feed a name.")), Length(max=100)])
    query = SelectField(_("Which bills"), coerce=_text, default="")
    by_mail = BooleanField(
        _("Its changes by mail on Mondays, too"),
        description=_(
            "With the mail of the morning, for whoever gets it. Without any such list, all that we track."
        ),
    )
