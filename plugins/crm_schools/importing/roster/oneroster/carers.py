"""Those who care for students, as an archive names them."""

from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import Any, Final

from crm.plugin_api.transfer import Problem
from crm_schools.importing.roster import guardians
from crm_schools.importing.roster.cells import says_nothing
from crm_schools.importing.roster.oneroster.joined import Joined
from crm_schools.importing.roster.oneroster.people import is_gone, listed, named
from crm_schools.importing.roster.oneroster.told import NUMBERED, Found, place_of
from crm_schools.importing.roster.records import folded

AT_ONCE: Final = 2000
LONGEST_KEY: Final = 150


def carers(joined: Joined) -> Iterator[Found]:
    """Guardians, to be given after the students. Either side may name the other as its agent."""
    run = joined.database.execute
    columns = {row[1] for row in run("PRAGMA table_info(users)")} if "users" in joined.kinds else set()
    if "agentSourcedIds" not in columns:
        return
    _note_agents(joined)
    _note_cares(joined, columns)
    rows = run("SELECT student, name FROM cares GROUP BY 1, 2 HAVING count(DISTINCT guardian) > 1")
    twice = {tuple(row) for row in rows}
    for user in run(f"{NUMBERED} users WHERE sourcedId IN (SELECT guardian FROM cares) ORDER BY _rowid_"):  # noqa: S608  # Names of ours.
        found = run("SELECT student, name FROM cares WHERE guardian = ?", (user["sourcedId"],)).fetchall()
        students = (row["student"] for row in found)
        record = guardians.record(_key(user["sourcedId"]), "", named(user, columns), students)
        record["apart"] = sorted(row["student"] for row in found if tuple(row) in twice)
        yield (
            joined.orgs.of(record, joined.orgs.only_district()),
            _nameless(record),
            [place_of("users", user), user["sourcedId"]],
        )


def _nameless(record: Mapping[str, Any]) -> list[Problem]:
    """Whom nobody names, as whatever stands in for a parent, nobody knows again."""
    fields = record["fields"]
    if all(says_nothing(fields.get(name, "")) for name in ("given_name", "family_name")):
        return [Problem("schools_no_guardian_name", "", record["key"], fatal=True)]
    return []


def _note_cares(joined: Joined, columns: set[str]) -> None:
    """For which students each guardian cares, and their folded name: two of a name at one student are
    two people."""
    run = joined.database.execute
    run("CREATE TABLE cares (guardian TEXT, student TEXT, name TEXT)")
    rows: list[tuple[str, str, str]] = []
    for user in run("SELECT * FROM users"):
        if is_gone(user) or not joined.roles(user, columns) & guardians.ROLES:
            continue
        found = run("SELECT student FROM agent WHERE guardian = ?", (user["sourcedId"],)).fetchall()
        students = {*(row[0] for row in found), *listed(user["agentSourcedIds"])}
        told = named(user, columns)
        name = folded(told.get("given_name", ""), told.get("family_name", ""))
        rows += [(user["sourcedId"], each, name) for each in students]
        if len(rows) >= AT_ONCE:
            joined.database.executemany("INSERT INTO cares VALUES (?, ?, ?)", rows)
            rows.clear()
    joined.database.executemany("INSERT INTO cares VALUES (?, ?, ?)", rows)
    run("CREATE INDEX cares_key ON cares (guardian)")


def _note_agents(joined: Joined) -> None:
    """Which agents students name, by the agent."""
    run = joined.database.execute
    run("CREATE TABLE agent (guardian TEXT, student TEXT)")
    rows = run("SELECT sourcedId, agentSourcedIds FROM users WHERE agentSourcedIds <> ''").fetchall()
    agents = ((agent, row[0]) for row in rows for agent in listed(row[1]))
    joined.database.executemany("INSERT INTO agent VALUES (?, ?)", agents)
    run("CREATE INDEX agent_key ON agent (guardian)")


def _key(source: str) -> str:
    """The number of a guardian; a contact's has no room for an id of any length."""
    return source if len(source) <= LONGEST_KEY else sha256(source.encode()).hexdigest()
