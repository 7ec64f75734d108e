"""What follows from the enrolments and attendance of a student in a year. No database but for the rules."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select

from crm.plugin_api import db, system
from crm_schools import settings, truancy
from crm_schools.bands import LETTERS, band_of, shown_band
from crm_schools.models import Attendance, Code, District, Year
from crm_schools.rating.meanings import Meanings
from crm_schools.rating.plain import Plain
from crm_schools.rating.reach import last_days, reached_in, through_of
from crm_schools.rating.shapes import ABSENT, ENROLLED, TIER, Judged, Known, Part, Span, Stay, Sum, digits
from crm_schools.stays import ended
from crm_schools.terms import Terms, around, month_index
from crm_schools.tiers import not_better, tier_of
from crm_schools.words import ABSENT_KINDS

WHOLE_DAY = 2


class Rater:
    """The rules, codes, terms and day reached of one district in one school year."""

    def __init__(self, district: District, year: Year, today: date) -> None:
        self.district_id, self.school_year = district.id, year.school_year
        self.terms = Terms(district.id, year)
        self.codes = _codes(district.id)
        self.through = through_of(year, today)
        self._came = reached_in(district.id, year.school_year)
        self._reached = last_days(year, today, self._came)
        self._daily: dict[int, bool] = {}
        self.begins, self.ends = year.begins_on, year.ends_on
        self._district = district
        self._rules: dict[int, tuple[int, str]] = {}
        self._stays: dict[Any, Stay] = {}
        self._meanings: dict[int, Meanings] = {}
        self._decided = settings.decided(district)
        general = settings.held(district, year.school_year, None, self._decided)
        self.minimum = general["minimum_days"].number
        self.apart = general["prekindergarten"].value == "apart"
        self.law = settings.truancy_of(district, general)
        self.plain = Plain(self)

    def until(self, day: date) -> None:
        """Count no day after this one, to tell how things stood on it."""
        self.through = self.through and min(self.through, day)
        self._reached = {school_id: min(last, day) for school_id, last in self._reached.items()}

    def rows(self, known: Known) -> list[tuple[Any, ...]]:
        """The rows of `Rating` that follow for one student."""
        row = self.plain.row(known)
        return self.judge(known)[1] if row is None else [row]

    def judge(self, known: Known) -> Judged:
        """The rows that follow for one student."""
        absences: list[tuple[Any, ...]] = []
        if self.through is None and not known.summaries:
            return absences, []
        sums = [self._sum(known, school_id, absences) for school_id in self._schools(known)]
        if not sums:
            return absences, []
        if len(sums) == 1:
            return absences, [self._row(known, "only", sums[0], absences)]
        whole = Sum(sums[0].school_id)
        for each in sums:
            whole.add(each)
        _count_days_once(whole, absences)
        rows = [self._row(known, "school", each, absences) for each in sums]
        of_all = self._row(known, "district", whole, absences)
        # Who goes to a school now is helped by all that they missed, also before they came there.
        rows[-1] = (*rows[-1][:TIER], *of_all[TIER : TIER + 2], *rows[-1][TIER + 2 :])
        return absences, [*rows, of_all]

    def _schools(self, known: Known) -> list[int]:
        """The schools of a student in order of when they went there last; before them those of which only
        attendance is known."""
        last: dict[int, Any] = {}
        for span in known.spans:
            this = ended(span.begins, span.ends, last=self.ends)
            last[span.school_id] = max(last.get(span.school_id, ()), this)
        others = dict.fromkeys(each for each in (*known.marks, *known.summaries) if each not in last)
        return [*others, *sorted(last, key=last.__getitem__)]

    def _sum(self, known: Known, school_id: int, absences: list[tuple[Any, ...]]) -> Sum:
        found, stay = Sum(school_id, through=self.through_at(school_id)), self.stay(known.spans, school_id)
        found.once = list(stay.months)
        if marks := known.marks.get(school_id):
            stay = self._count_marks_there(known, found, marks, absences)
        found.stay, found.months_enrolled, found.begun = stay, list(stay.months), set(stay.begun)
        found.grade, found.basis = stay.grade, stay.basis
        if not marks and school_id in known.summaries and not self._is_overtaken(school_id, known):
            enrolled, absent, excused, unexcused, _day = known.summaries[school_id]
            # The summary says how many days they were enrolled: those of the calendar are not added to them.
            found.months_enrolled, found.once = [0] * 12, [0] * 12
            found.summary = (enrolled, absent, excused or 0, unexcused or 0)
            found.basis, found.through = "summary", self._summary_day(school_id, known)
        # Who has just come, behind the last day that counts, has a grade, too.
        found.grade = found.grade or next((s.grade for s in known.spans if s.school_id == school_id), "")
        return found

    def _count_marks_there(
        self, known: Known, found: Sum, marks: str, absences: list[tuple[Any, ...]]
    ) -> Stay:
        """Count what a school reported on any day on which the student was enrolled there; the stay that is
        the school's own. Where it reports days that belong to another school, the student went to both."""
        stay = self.stay(known.spans, found.school_id)
        if len(known.spans) == 1:
            self._count_marks(known.student_id, found, marks, stay.parts, absences)
            return stay
        own = self.stay([span for span in known.spans if span.school_id == found.school_id], found.school_id)
        first = len(absences)
        self._count_marks(known.student_id, found, marks, own.parts, absences)
        days = (row[3] for row in absences[first:] if row[7])
        both = any(not any(begins <= day <= ends for begins, ends, _open in stay.parts) for day in days)
        return own if both else stay

    def _is_overtaken(self, school_id: int, known: Known) -> bool:
        """Whether daily attendance of a school came that reaches the day of a student's summary: then they
        missed no day since the files name only who did."""
        reached, day = self._came.get(school_id), self._summary_day(school_id, known)
        if reached is None or day is None or day > reached:
            return False
        if school_id not in self._daily:
            statement = select(Attendance.id).where(
                Attendance.school_id == school_id,
                Attendance.school_year == self.school_year,
                Attendance.marks != "",
            )
            with system("whether daily attendance of a school is known"):
                self._daily[school_id] = db.session().execute(statement.limit(1)).first() is not None
        return self._daily[school_id]

    def _summary_day(self, school_id: int, known: Known) -> date | None:
        """Up to when a student's summary counts: what its file said, else, where daily attendance of the
        school came, the day on which the student had been enrolled for as many days as it says."""
        enrolled, *_more, day = known.summaries[school_id]
        if day is not None or school_id not in self._came:
            return day
        left = (enrolled + 1) // 2
        for span in known.spans:
            if span.school_id != school_id:
                continue
            days = self.terms.of(school_id, span.grade).days
            last = min(span.ends or self.ends, self.ends)
            those = days[bisect_left(days, span.begins) : bisect_right(days, last)]
            if 0 < left <= len(those):
                return those[left - 1]
            left -= len(those)
        return self.begins if left <= 0 else self.ends

    def stay(self, spans: Sequence[Span], school_id: int) -> Stay:
        """When somebody was enrolled in a school. Of most students that is one span like many others'."""
        if len(spans) != 1:
            return self._make_stay(spans, school_id)
        key = school_id, spans[0].school_id, spans[0].grade, spans[0].begins, spans[0].ends
        if key not in self._stays:
            self._stays[key] = self._make_stay(spans, school_id)
        return self._stays[key]

    def _make_stay(self, spans: Sequence[Span], school_id: int) -> Stay:
        months, grade, bases, parts = [0] * 12, "", set[str](), []
        for span, begins, ends in self._spans(spans) if self.through is not None else ():
            if span.school_id != school_id:
                continue
            grade, term = span.grade, self.terms.of(school_id, span.grade)
            bases.add(term.basis)
            days = term.by_month(begins, ends)
            months = [halves + 2 * count for halves, count in zip(months, days, strict=True)]
            parts.append((begins, ends, term.open_days))
        if not bases:  # Who has not begun yet will be counted as the others are.
            bases = {
                self.terms.of(school_id, each.grade).basis for each in spans if each.school_id == school_id
            }
        begun = frozenset(month for month, halves in enumerate(months) if halves)
        basis = next((basis for basis in ("weekdays", "stated") if basis in bases), "calendar")
        return Stay(tuple(months), begun, grade, basis, parts)

    def through_at(self, school_id: int) -> date | None:
        """The last day that counts at a school; None where nothing came from it yet."""
        return self._reached.get(school_id) if self._reached else self.through

    def _spans(self, spans: Iterable[Span]) -> Iterator[tuple[Span, date, date]]:
        """The first and last days of parts of the spans that have passed, none of their days twice: where
        enrolments overlap, a day belongs to the one that began last, of two that began together to the newer
        one. Systems go on naming a school that a student has left until somebody ends a class there."""
        passed = [
            (span, min(self.ends, through, span.ends or self.ends))
            for span in spans
            if (through := self.through_at(span.school_id)) is not None
        ]
        parts = [
            (begins, ends, span)
            for place, (span, last) in enumerate(passed)
            for begins, ends in _parts(span, passed[place + 1 :], last)
        ]
        reached = self.begins - timedelta(1)
        for first, ends, span in sorted(parts, key=lambda part: part[0]):
            begins = max(first, reached + timedelta(1))
            if begins <= ends:
                reached = ends
                yield span, begins, ends

    def _count_marks(  # One loop over millions of days: calls would cost more than they explain.
        self,
        student_id: int,
        found: Sum,
        marks: str,
        stays: Sequence[Part],
        absences: list[tuple[Any, ...]],
    ) -> None:
        months, by_kind, weekdays = found.months_absent, found.by_kind, found.weekdays_absent
        meanings = self.meanings_at(found.school_id)
        school_id, year = found.school_id, self.school_year
        for token in marks.split():
            day, code_id, kind, halves, month, weekday = meanings[token]
            if kind == "present":
                continue
            # A code that has lost its meaning counts for nothing, and is shown as that.
            counted = False
            for begins, ends, open_days in stays:
                if begins <= day <= ends and day in open_days:
                    counted = kind != ""
                    break
            absences.append((student_id, school_id, year, day, code_id, kind, halves, counted))
            if not counted:
                found.uncounted += 1
            elif kind in ABSENT_KINDS:
                months[month] += halves
                weekdays[weekday] += halves
                by_kind[kind] = by_kind.get(kind, 0) + halves
                if kind == "unexcused":
                    found.unexcused_days.append((day, halves))
            else:
                found.tardies += 1
                found.long_tardies += kind == "tardy_long"

    def meanings_at(self, school_id: int) -> Meanings:
        """What packed marks mean at a school."""
        half = self.rules_of(school_id)[0]
        if half not in self._meanings:
            self._meanings[half] = Meanings(self.codes, self.school_year, half)
        return self._meanings[half]

    def rules_of(self, school_id: int) -> tuple[int, str]:
        """What exactly half a day counts as there, and the school's law of truancy."""
        if school_id not in self._rules:
            rules = settings.held(self._district, self.school_year, school_id, self._decided)
            half = {"half": 1, "absent": WHOLE_DAY, "present": 0}[rules["half_day"].value]
            self._rules[school_id] = half, settings.truancy_of(self._district, rules)
        return self._rules[school_id]

    def _is_not_better(
        self, known: Known, part: str, found: Sum, absences: Sequence[tuple[Any, ...]]
    ) -> bool:
        """Whether a student misses no less since help of tier 2 began, over equally many days enrolled."""
        if known.helped_on is None or found.through is None:
            return False
        schools = self._schools(known) if part == "district" else [found.school_id]
        stays = [found.stay or self.stay(known.spans, school_id) for school_id in schools]
        parts = [(begins, ends) for stay in stays for begins, ends, _open in stay.parts]
        days = {
            day
            for school_id, stay in zip(schools, stays, strict=True)
            for day in self.terms.of(school_id, stay.grade).days
            if any(begins <= day <= ends for begins, ends, _open in stay.parts)
        }
        compared = around(sorted(days), known.helped_on, sorted(parts))
        if compared is None:
            return False
        missed: dict[date, int] = {}
        for _student, school_id, _year, day, _code, _kind, halves, counted in absences:
            if counted and school_id in schools:
                missed[day] = max(halves, missed.get(day, 0))
        return not_better(*compared.missed(missed))

    def _row(
        self, known: Known, part: str, found: Sum, absences: Sequence[tuple[Any, ...]]
    ) -> tuple[Any, ...]:
        enrolled, absent = sum(found.months_enrolled), sum(found.months_absent)
        excused, unexcused = found.by_kind.get("excused", 0), found.by_kind.get("unexcused", 0)
        if found.summary is not None:
            enrolled, absent = enrolled + found.summary[0], absent + found.summary[1]
            excused, unexcused = excused + found.summary[2], unexcused + found.summary[3]
        band = band_of(absent, enrolled, self.minimum)
        tier, why = tier_of(band, known.last_band, absent, len(found.begun))
        shown = shown_band(band, found.grade, apart=self.apart)
        if tier == 2 and known.helped_on is not None and self._is_not_better(known, part, found, absences):
            tier, why = 3, "no_response"
        law = self.law if part == "district" else self.rules_of(found.school_id)[1]
        days = self.terms.of(found.school_id, found.grade).open_sorted if law == "sc" else ()
        without = sorted(found.unexcused_days)
        if law in truancy.AGES:
            without = truancy.of_age(law, without, known.born_on, found.grade)
        truant = truancy.reason(law, without, found.long_tardies, days)
        is_young = law in truancy.AGES and found.grade in truancy.YOUNG
        if found.summary is not None and not truant and not is_young:
            truant = truancy.of_total(law, found.summary[3])
        return (
            known.student_id, self.district_id, found.school_id, self.school_year, part, found.grade,
            enrolled,
            absent, excused, unexcused, found.by_kind.get("suspension", 0), found.by_kind.get("unstated", 0),
            found.tardies, found.uncounted, shown, shown in {"moderate", "severe"}, tier, why, bool(truant),
            truant,
            found.basis, found.through, digits(found.months_enrolled), digits(found.months_absent),
            self._bands_by_month(found), digits(found.weekdays_absent),
        )  # fmt: skip

    def band_of(self, row: Sequence[Any]) -> str:
        """The band by the days of a row alone, also of whom the row says that they stand in none."""
        return band_of(row[ABSENT], row[ENROLLED], self.minimum)

    def _bands_by_month(self, found: Sum) -> str:
        """The band at the end of each month, year to date; a dash where the student was not there yet, and
        for months that have not begun."""
        if found.basis == "summary" or found.through is None:
            return "-" * 12
        last = month_index(min(found.through, self.ends))
        letters, enrolled, absent = [], 0, 0
        for month in range(12):
            enrolled += found.months_enrolled[month]
            absent += found.months_absent[month]
            reached = month <= last and enrolled > 0
            band = shown_band(band_of(absent, enrolled, self.minimum), found.grade, apart=self.apart)
            letters.append(LETTERS[band] if reached else "-")
        return "".join(letters)


def _parts(span: Span, later: Sequence[tuple[Span, date]], last: date) -> list[tuple[date, date]]:
    """The first and last days of a stay up to the `last`, without those of stays that began later, each with
    its own last day."""
    parts, begins = [], span.begins
    for each, ends in later:
        if max(each.begins, begins) > min(ends, last):
            continue
        parts.append((begins, each.begins - timedelta(1)))
        begins = ends + timedelta(1)
    return [part for part in (*parts, (begins, last)) if part[0] <= part[1]]


def _count_days_once(whole: Sum, absences: Iterable[tuple[Any, ...]]) -> None:
    """Two schools may report the same day; for the district it is one, the longer absence."""
    seen: dict[date, tuple[str, int]] = {}
    twice = False
    for _student, _school, _year, day, _code, kind, halves, counted in absences:
        if not counted or kind not in ABSENT_KINDS:
            continue
        if day in seen:
            twice, less = True, min(halves, seen[day][1])
            lost = kind if halves <= seen[day][1] else seen[day][0]
            whole.months_absent[month_index(day)] -= less
            whole.weekdays_absent[day.weekday()] -= less
            whole.by_kind[lost] -= less
        if day not in seen or halves > seen[day][1]:
            seen[day] = kind, halves
    if twice:
        kept = sorted(seen.items())
        whole.unexcused_days = [(day, halves) for day, (kind, halves) in kept if kind == "unexcused"]
    # A day that one school reports may be none of school where the student belongs by the other stay.
    pairs = zip(whole.months_enrolled, whole.months_absent, strict=True)
    whole.months_enrolled = [max(enrolled, absent) for enrolled, absent in pairs]


def _codes(district_id: int) -> Mapping[int, tuple[str, int]]:
    statement = select(Code.id, Code.kind, Code.halves).where(Code.district_id == district_id)
    with system("codes mean the same for everybody"):
        return {row[0]: (row[1], row[2]) for row in db.session().execute(statement)}
