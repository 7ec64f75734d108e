"""Work in the background that keeps ratings right."""

from collections.abc import Mapping

from sqlalchemy import select

from crm.plugin_api import JobRun, db, system
from crm_schools.keeping import recounting
from crm_schools.models import District, Year
from crm_schools.rating import settling


def rate(run: JobRun) -> bool:
    """The step of `schools.rate`: the next students of a district."""
    district_id = run.args["district_id"]
    with db.transaction(run.actor, "schools.rate"):
        run.cursor.setdefault("before", recounting.chronic_by_year(district_id))
        last = settling.settle_some(district_id, run.cursor.get("last", 0))
        run.cursor["last"] = last
        if last is None:
            settling.count_for_pages(district_id)
            run.result = {"summary": _outcome(run, recounting.chronic_by_year(district_id))}
    return last is None


def _outcome(run: JobRun, after: Mapping[int, int]) -> str:
    """What became of the years, for whoever sees all of their numbers."""
    before = {int(year): count for year, count in run.cursor["before"].items()}
    with system("whose numbers they are"):
        district = db.session().get_one(District, run.args["district_id"])
    return recounting.what_changed(before, after) if recounting.sees_all(district, run.actor) else ""


def nightly(run: JobRun) -> bool:
    """The step of `schools.nightly`: whose rating does not reach the last day, since a year ended or an
    import broke off. The cursor says how far it came, so that whoever has nothing to be rated by is looked at
    once."""
    with db.transaction(run.actor, "schools.nightly"), system("everybody is counted by night"):
        first = run.cursor.get("year", 0)
        years = select(Year).where(Year.through_on.is_not(None), Year.id >= first).order_by(Year.id)
        for year in db.session().scalars(years).all():
            after = run.cursor.get("last", 0) if year.id == first else 0
            behind = settling.behind(year, settling.CHUNK, after)
            if behind:
                settling.settle(behind)
                run.cursor.update(year=year.id, last=behind[-1])
                return False
            settling.count_for_pages(year.district_id)
    return True
