"""What the states have on the books: elements of policy, and the value of each in each state."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from crm.plugin_api import Base, now
from crm.plugin_api import lazy_gettext as _
from crm_policy.shipped import shown


class Element(Base):
    """A question that each state answers, such as how it defines chronic absence. `choices` are [value,
    words, points] for kind `choice`; `weight` is how much it counts in the scorecard."""

    __tablename__ = "policy_element"
    __journaled__ = True
    __journal_label__ = _("Policy element")

    key: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str]
    question: Mapped[str] = mapped_column(default="")
    kind: Mapped[str] = mapped_column(String(8), default="choice")
    choices: Mapped[list[Any]] = mapped_column(default=list)
    weight: Mapped[int] = mapped_column(default=1)
    position: Mapped[int] = mapped_column(default=0)

    @property
    def title(self) -> str:
        """The name in the reader's language, where it came with Rollcall."""
        return shown(self.name)

    @property
    def asks(self) -> str:
        return shown(self.question)

    @property
    def answers(self) -> list[tuple[str, str, int]]:
        """Value, words and points of each choice."""
        return [(each[0], shown(str(each[1])), int(each[2])) for each in self.choices]


class ElementValue(Base):
    """What a state has, since when it is known, and how we know. A new value ends the one before it
    (`replaced_at`), so that history stays."""

    __tablename__ = "policy_element_value"
    __journaled__ = True
    __journal_subject__ = ("policy_element", "element_id")
    __journal_label__ = _("Value of a policy element")
    __table_args__ = (
        CheckConstraint("status in ('none', 'proposed', 'enacted', 'effective', 'repealed')", name="status"),
        Index(None, "element_id", "state", "as_of"),
        Index(None, "bill_id"),
    )

    element_id: Mapped[int] = mapped_column(ForeignKey("policy_element.id"))
    state: Mapped[str] = mapped_column(String(2))
    value: Mapped[str] = mapped_column(default="")
    status: Mapped[str] = mapped_column(String(10))
    citation: Mapped[str] = mapped_column(default="")
    source_url: Mapped[str] = mapped_column(default="")
    as_of: Mapped[date]
    effective_on: Mapped[date | None]
    bill_id: Mapped[int | None] = mapped_column(ForeignKey("policy_bill.id"))
    note: Mapped[str] = mapped_column(default="")
    replaced_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=now)
