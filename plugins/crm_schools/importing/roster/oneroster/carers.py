"""Those who care for students, as an archive names them."""

from collections.abc import Iterator

from crm_schools.importing.roster import guardians
from crm_schools.importing.roster.oneroster.joined import Found, Joined
from crm_schools.importing.roster.oneroster.people import is_gone, listed, named


def carers(joined: Joined) -> Iterator[Found]:
    """Guardians, to be given after the students. Either side may name the other as its agent."""
    run = joined.database.execute
    columns = {row[1] for row in run("PRAGMA table_info(users)")} if "users" in joined.kinds else set()
    if "agentSourcedIds" not in columns:
        return
    _note_agents(joined)
    run("CREATE TABLE cares (guardian TEXT, student TEXT)")
    for user in run("SELECT * FROM users ORDER BY rowid"):
        if is_gone(user) or not joined.roles(user, columns) & guardians.ROLES:
            continue
        found = run("SELECT student FROM agent WHERE guardian = ?", (user["sourcedId"],)).fetchall()
        students = [*(row[0] for row in found), *listed(user["agentSourcedIds"])]
        if students:
            pairs = [(user["sourcedId"], each) for each in students]
            joined.database.executemany("INSERT INTO cares VALUES (?, ?)", pairs)
            record = guardians.record(user["sourcedId"], "", named(user, columns), students)
            yield joined.orgs.of(record, joined.orgs.only_district()), [], [user["sourcedId"]]


def _note_agents(joined: Joined) -> None:
    """Which agents students name, by the agent."""
    run = joined.database.execute
    run("CREATE TABLE agent (guardian TEXT, student TEXT)")
    rows = run("SELECT sourcedId, agentSourcedIds FROM users WHERE agentSourcedIds <> ''").fetchall()
    agents = ((agent, row[0]) for row in rows for agent in listed(row[1]))
    joined.database.executemany("INSERT INTO agent VALUES (?, ?)", agents)
    run("CREATE INDEX agent_key ON agent (guardian)")
