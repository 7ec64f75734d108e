"""Stage and disposition by the rules, whatever the order in which actions come."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_policy.stages import Case, Step, assess, progress_steps

DAY = date(2026, 2, 1)


def steps(*texts: str, chamber: str = "lower") -> list[Step]:
    """Actions on days that follow each other; `>` before the text means the other chamber."""
    other = {"lower": "upper", "upper": "lower"}[chamber]
    return [
        Step(DAY + timedelta(days=place), place, other if text.startswith(">") else chamber, text.lstrip(">"))
        for place, text in enumerate(texts)
    ]


COMMITTEE = (
    "Introduced By Representative X",
    "Referred To Committee On Education",
    "Reported With Recommendation",
)
PASSED = (
    *COMMITTEE,
    "Passed Roll Call # 1",
    ">Referred To Committee On Education",
    ">Reported Favorably",
    ">Passed Roll Call # 2",
)


@pytest.mark.parametrize(
    "texts, stage",
    [
        (COMMITTEE[:1], 2),
        (COMMITTEE[:2], 3),
        (COMMITTEE, 4),
        (PASSED[:4], 5),
        (PASSED[:5], 6),
        (PASSED[:6], 7),
        (PASSED, 8),
        ((*PASSED, "Presented To The Governor"), 9),
        ((*PASSED, "Presented To The Governor", "Approved By The Governor"), 10),
        ((*PASSED, "Referred To Committee On Rules"), 8),
    ],
)
def test_a_bill_is_as_far_as_it_ever_came(texts: tuple[str, ...], stage: int) -> None:
    assert assess(Case(steps=steps(*texts))).stage == stage


@pytest.mark.parametrize(
    "text, classes, stage",
    [
        ("Transmitted to the Governor", ("executive-signature",), 9),
        ("Signed by the Governor", ("executive-signature",), 10),
        ("Governor's recommendation adopted", ("executive-signature",), 8),
        ("Enrolled and ordered printed", ("executive-receipt",), 8),
    ],
)
def test_a_class_is_believed_only_as_far_as_its_words_go(
    text: str, classes: tuple[str, ...], stage: int
) -> None:
    last = Step(DAY + timedelta(days=30), 0, "", text, classes)
    assert assess(Case(steps=[*steps(*PASSED), last])).stage == stage


def test_what_becomes_of_a_bill() -> None:
    alive = assess(Case(steps=steps(*COMMITTEE)))
    assert alive.disposition == "live"
    over = assess(Case(steps=steps(*COMMITTEE), ended=True))
    assert (over.disposition, over.why) == ("died_at_session_end", "session_ended")
    assert assess(Case(steps=steps(*COMMITTEE), ended=True, carries_over=True)).disposition == "carried_over"
    assert assess(Case(steps=steps(*PASSED, "Vetoed By The Governor"), ended=True)).disposition == "vetoed"
    failed = assess(Case(steps=steps(*PASSED, "Vetoed By The Governor", "Motion To Override Veto Failed")))
    assert failed.disposition == "vetoed"
    waits = assess(Case(steps=steps(*PASSED, "Presented To The Governor"), ended=True, executive_open=True))
    assert (waits.stage, waits.disposition) == (9, "live")
    told = steps(*COMMITTEE, "Companion bill(s) passed, see CS/SB 1246")
    assert assess(Case(steps=told, ended=True)).disposition == "superseded"


@pytest.mark.parametrize(
    "text",
    [
        "Passed to third reading",
        "Passed to engrossment",
        "Passed 2nd Reading",
        "Senate Second Reading Passed with Amendments - Committee",
        "Passed Committee on Education",
        "House amendment passed",
        "Laid on Table, companion bill(s) passed, see CS/SB 1246",
    ],
)
def test_a_step_on_the_floor_is_no_passage(text: str) -> None:
    assert assess(Case(steps=steps(*COMMITTEE, text))).stage == 4


def test_the_other_words_of_a_passage_and_of_none() -> None:
    for text in ("Passed to be engrossed", "Passed committee substitute on third reading", "Final passage"):
        assert assess(Case(steps=steps(*COMMITTEE, text))).stage == 5, text
    for text in (
        "Amends Public Act 12 of 2009",
        "House amended: strike act no. 12",
        "Left in committee for study",
    ):
        assert assess(Case(steps=steps(*COMMITTEE, text))) == assess(Case(steps=steps(*COMMITTEE))), text


@pytest.mark.parametrize(
    "text",
    [
        "Passed by indefinitely in Education (12-Y 10-N)",
        "Left in Education",
        "Inexpedient to Legislate: Motion Adopted Voice Vote",
        "Indefinitely postponed and withdrawn from consideration",
        "Died in Education Committee",
        "Ought Not to Pass Pursuant To Joint Rule 310",
    ],
)
def test_states_have_their_own_words_for_the_end(text: str) -> None:
    verdict = assess(Case(steps=steps(*COMMITTEE[:2], text)))
    assert (verdict.stage, verdict.disposition) == (3, "failed")


@pytest.mark.parametrize(
    "text, classes",
    [
        ("Rep. Smith withdrawn as cosponsor", ()),
        ("House Floor Amendment No. 1 Withdrawn by Rep. Smith", ()),
        ("Amendment withdrawn", ("withdrawal",)),
        ("Motion To Postpone Indefinitely Failed", ()),
    ],
)
def test_what_a_part_suffers_does_not_end_the_bill(text: str, classes: tuple[str, ...]) -> None:
    told = [*steps(*COMMITTEE), Step(DAY + timedelta(days=30), 0, "lower", text, classes)]
    assert assess(Case(steps=told)).disposition == "live"


@pytest.mark.parametrize(
    "text", ["Withdrawn by Sponsor", "Bill withdrawn at the request of the author", "Withdrawn"]
)
def test_who_takes_a_bill_back_ends_it(text: str) -> None:
    assert assess(Case(steps=steps(*COMMITTEE, text))).disposition == "withdrawn"


def test_both_chambers_override_a_veto_or_it_stands() -> None:
    vetoed = (*PASSED, "Vetoed By The Governor")
    one = (*vetoed, "House overrides Governor's veto 70-30")
    assert _told(one) == (9, "vetoed")
    assert _told((*one, ">Senate failed to override veto")) == (9, "vetoed")
    assert _told((*one, ">Senate overrides Governor's veto 30-5")) == (10, "live")
    assert _told((*vetoed, "Veto sustained")) == (9, "vetoed")
    nebraska = Case(chamber="legislature", unicameral=True, steps=steps(*vetoed, "Veto overridden"))
    assert (assess(nebraska).stage, assess(nebraska).disposition) == (10, "live")


def _told(texts: tuple[str, ...]) -> tuple[int, str]:
    verdict = assess(Case(steps=steps(*texts)))
    return verdict.stage, verdict.disposition


def test_carried_into_the_second_year_is_not_carried_out_of_it() -> None:
    told = steps(*COMMITTEE, "Carried over, in the same posture, to the next regular session")
    second = Case(steps=told, ended=True, last_day=date(DAY.year + 1, 12, 31))
    assert assess(second).disposition == "died_at_session_end"
    only = Case(steps=told, ended=True, last_day=date(DAY.year, 12, 31))
    assert assess(only).disposition == "carried_over"


@pytest.mark.parametrize(
    "text, outcome",
    [
        ("Signed by Governor; sent to Secretary of State", (10, "live")),
        ("SIGNED CHAP.123", (10, "live")),
        ("Becomes law w/o Governor's signature", (10, "live")),
        ("Governor's veto message received", (9, "vetoed")),
        ("Public hearing cancelled", (8, "live")),
        ("Hearing withdrawn", (8, "live")),
        ("Filed without the Governor's signature", (10, "live")),
    ],
)
def test_words_of_the_executive(text: str, outcome: tuple[int, str]) -> None:
    assert _told((*PASSED, text)) == outcome


def test_a_constitutional_amendment_waits_for_the_people() -> None:
    over = assess(Case(kind="joint resolution", steps=steps(*PASSED), ended=True))
    assert (over.stage, over.disposition, over.why) == (8, "live", "with_voters")


def test_a_failed_bill_lives_when_it_advances_again() -> None:
    texts = (*COMMITTEE, "Defeated Roll Call # 3")
    assert assess(Case(steps=steps(*texts))).disposition == "failed"
    assert assess(Case(steps=steps(*texts, "Passed Roll Call # 4"))).disposition == "live"


def test_between_the_chambers_no_change_of_the_other_ends_a_bill() -> None:
    assert _told((*PASSED, "House Substitute (h-1) Nonconcurred In", "Defeated Roll Call # 212")) == (
        8,
        "live",
    )
    floor = (*PASSED[:6], ">Substitute (s-1) Concurred In", ">Placed On Order Of Third Reading")
    assert _told(floor) == (7, "live")


def test_one_chamber_has_no_crossing_over() -> None:
    unicameral = Case(chamber="legislature", unicameral=True)
    passed = [Step(DAY, 0, "legislature", "Passed on final reading with 40 votes", ("passage",))]
    assert assess(Case(**{**unicameral.__dict__, "steps": passed})).stage == 8


def test_nebraskas_rounds_are_no_passage() -> None:
    rounds = steps("Advanced to Enrollment and Review Initial", chamber="lower")
    told = [*rounds, *progress_steps([(DAY + timedelta(days=3), 2)])]
    assert assess(Case(chamber="legislature", unicameral=True, steps=told)).stage == 4


def test_a_bill_whose_twin_goes_on_is_replaced() -> None:
    assert _told((*COMMITTEE, "SUBSTITUTED BY S1234")) == (4, "superseded")
    assert _told((*COMMITTEE, "Substituted for A99")) == (4, "live")


def test_a_resolution_is_adopted_without_an_executive() -> None:
    told = [Step(DAY, 0, "lower", "Adopted")]
    assert assess(Case(kind="resolution", steps=told)).stage == 10
    assert assess(Case(kind="concurrent resolution", steps=told)).stage == 5


def test_progress_of_legiscan_counts_too() -> None:
    assert assess(Case(steps=progress_steps([(DAY, 1), (DAY, 9), (DAY + timedelta(days=3), 2)]))).stage == 5


TEXTS = st.sampled_from(
    [
        *PASSED,
        "Presented To The Governor",
        "Approved By The Governor",
        "Vetoed By The Governor",
        "Defeated Roll Call",
        "Withdrawn",
        "Carried over to next session",
        "Substitute Adopted",
        "Signed by the Governor",
        "Prefiled",
    ]
)
ANY_STEPS = st.lists(
    st.builds(
        Step,
        st.dates(DAY, DAY + timedelta(days=20)),
        st.integers(0, 3),
        st.sampled_from(["upper", "lower", ""]),
        TEXTS,
    ),
    max_size=12,
)


@given(ANY_STEPS, st.randoms(use_true_random=False), st.booleans())
def test_the_order_of_arrival_does_not_matter(found: list[Step], random: object, ended: bool) -> None:
    mixed = [*found, *found[:3]]
    random.shuffle(mixed)  # type: ignore[attr-defined]  # Hypothesis gives a random.Random.
    assert assess(Case(steps=mixed, ended=ended)) == assess(Case(steps=found, ended=ended))


@given(ANY_STEPS, st.integers(0, 12))
def test_more_actions_never_move_a_bill_back(found: list[Step], so_many: int) -> None:
    ordered = sorted(found)
    before, after = assess(Case(steps=ordered[:so_many])), assess(Case(steps=ordered))
    assert after.stage >= min(before.stage, 9)


@pytest.mark.parametrize(
    "text, end",
    [
        ("Withdrawn and re-referred to Judiciary", "live"),
        ("House Withdrawn, Recommitted", "live"),
        ("Reference to Finance withdrawn", "live"),
        ("Withdrawn from the files of the House.", "withdrawn"),
        ("Stricken at request of Patron in Education (20-Y 0-N)", "withdrawn"),
        ("ENACTING CLAUSE STRICKEN", "withdrawn"),
        ("Incorporated by Education (HB12-Smith)", "superseded"),
        ("Comp. became Pub. Ch. 123", "superseded"),
        ("(H) Died in Standing Committee", "failed"),
    ],
)
def test_what_ends_a_bill_and_what_only_sends_it_elsewhere(text: str, end: str) -> None:
    assert assess(Case(steps=steps(*COMMITTEE, text))).disposition == end


def test_a_withdrawal_that_its_source_calls_a_referral_too_is_none() -> None:
    moved = Step(
        date(2026, 2, 1), 9, "lower", "Withdrawn and re-referred", ("referral-committee", "withdrawal")
    )
    assert assess(Case(steps=[*steps(*COMMITTEE), moved])).disposition == "live"


def test_what_the_governor_strikes_in_part_is_law_without_that_part() -> None:
    found = [Step(date(2026, 3, day), day, chamber, text) for day, chamber, text in (
        (1, "lower", "Third reading, passed; yeas, 97"), (2, "upper", "Third reading, passed; yeas, 49"),
        (3, "", "Governor partially vetoed."), (4, "", "Chapter 12, 2026 Laws PV."),
    )]  # fmt: skip
    assert assess(Case(steps=found[:3])).disposition == "line_item_vetoed"
    verdict = assess(Case(steps=found))
    assert (verdict.stage, verdict.disposition) == (10, "line_item_vetoed")
