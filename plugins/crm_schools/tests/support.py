"""A small roster for tests."""

import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

from flask import Flask
from flask.testing import FlaskClient

from crm.jobs.inline import here
from crm.plugin_api import db

SAMPLES = Path(__file__).parents[4] / "shared" / "samples" / "attendance" / "edfi_grand_bend"

FILES = {
    "manifest.csv": (
        "propertyName,value\nmanifest.version,1.0\noneroster.version,1.1\nfile.orgs,bulk\nfile.users,bulk\n"
        "file.enrollments,bulk\nfile.academicSessions,bulk\nfile.demographics,bulk\nfile.classes,absent\n"
    ),
    "orgs.csv": (
        "sourcedId,status,dateLastModified,name,type,identifier,parentSourcedId\n"
        "d,,,Example District,district,D1,\ne,,,East School,school,E1,d\nw,,,West School,school,W1,d\n"
    ),
    "academicSessions.csv": (
        "sourcedId,status,dateLastModified,title,type,startDate,endDate,parentSourcedId,schoolYear\n"
        "y,,,Year,schoolYear,2024-09-02,2025-06-06,,2025\n"
    ),
    "users.csv": (
        "sourcedId,status,dateLastModified,enabledUser,orgSourcedIds,role,username,userIds,givenName,familyName,"
        "middleName,identifier,email,sms,phone,agentSourcedIds,grades,password\n"
        "u1,,,true,e,student,a,,Ana,Ibáñez,,0001,,,,,03,\nu2,,,true,e,student,b,,Ben,Oak,,0002,,,,,KG,\n"
        "u3,,,true,w,student,c,,Cleo,Ash,,0003,,,,,05,\nu4,,,true,w,student,d,,Dov,Elm,,0004,,,,,05,\n"
        "t1,,,true,e,teacher,t,,Tess,Yew,,T1,,,,,,\n"
    ),
    "enrollments.csv": (
        "sourcedId,status,dateLastModified,classSourcedId,schoolSourcedId,userSourcedId,role,primary,beginDate,endDate\n"
        "1,,,c1,e,u1,student,,2024-09-02,2025-01-17\n2,,,c2,e,u1,student,,2024-10-01,2025-06-06\n"
        "3,,,c1,e,u2,student,,2024-09-02,2025-06-06\n4,,,c3,w,u3,student,,2024-10-01,2025-06-06\n"
        "5,,,c1,e,u4,student,,2024-09-02,2024-10-31\n6,,,c3,w,u4,student,,2024-11-01,2024-11-15\n"
    ),
    "demographics.csv": (
        "sourcedId,status,dateLastModified,birthDate,sex,americanIndianOrAlaskaNative,asian,blackOrAfricanAmerican,"
        "nativeHawaiianOrOtherPacificIslander,white,demographicRaceTwoOrMoreRaces,hispanicOrLatinoEthnicity,"
        "countryOfBirthCode,stateOfBirthAbbreviation,cityOfBirth,publicSchoolResidenceStatus\n"
        "u1,,,2016-05-04,female,false,false,false,false,true,false,true,,,,\n"
        "u2,,,1700-01-01,male,false,true,false,false,true,false,false,,,,\n"
    ),
}


def roster_zip(path: Path, change: Callable[[dict[str, str]], Any] = lambda files: None) -> Path:
    """A OneRoster archive, with a change to its files."""
    files = dict(FILES)
    change(files)
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return path


def work_off(app: Flask, location: str) -> str:
    """Do the job to whose page somebody was led; how it ended."""
    with app.app_context(), here(app) as process:
        return process.run(int(location.rsplit("/", 1)[1])).status


def scalars(statement: Any) -> list[Any]:
    return list(db.session().execute(statement).scalars())


def upload(client: FlaskClient, kind: str, name: str, text: str) -> str:
    data = {"kind": kind, "file": (BytesIO(text.encode()), name)}
    sent = client.post("/imports/new", data=data, content_type="multipart/form-data")
    assert sent.status_code == 303, sent.text
    return str(sent.headers["Location"])
