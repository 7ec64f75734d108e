"""Messages to begin with; each coalition puts its own figures and sources beside them."""

from typing import Any, Final

_ABOUT: Final = (
    "absen*, attend*, truan*, school*, kindergarten*, student*, pupil*, class, classes, classroom*, "
    "ausen*, asisten*, escuela*, escolar*, kínder*, estudiante*, clase, clases"
)
"""A piece without any of these speaks of something else, however it puts it."""
STARTERS: Final[tuple[dict[str, Any], ...]] = (
    {
        "name": "Chronic absence is not truancy",
        "wording": "Chronic absence counts every missed day, excused or not. It tells us who needs help; "
        "truancy tells us who broke a rule.",
        "wording_es": "El ausentismo crónico cuenta todos los días perdidos, justificados o no. Nos dice "
        "quién necesita ayuda; el ausentismo injustificado dice quién incumplió una regla.",
        "proof": "Chronic absence is missing 10 percent of school for any reason.\n"
        "That is two days a month, or about 18 days a year.",
        "phrases": "not truancy, isn't truancy, the same as truancy, chronic absence is not, excused or un*, "
        "for any reason, any missed day, every missed day, no es ausentismo injustificado, "
        "no es lo mismo que faltar sin permiso, por cualquier motivo, cada día de ausencia",
        "also": _ABOUT,
        "do_words": "chronic absence, missing too much school, attendance",
        "dont_words": "truant, truancy, skipping school, playing hooky",
    },
    {
        "name": "It starts in kindergarten",
        "wording": "Absence starts early. Children who miss much of kindergarten read less well "
        "in third grade.",
        "wording_es": "Las faltas empiezan temprano. Quienes pierden mucho kínder leen peor en tercer grado.",
        "proof": "Kindergarten has about as much chronic absence as the first year of high school.",
        "phrases": "starts in kindergarten, as early as kindergarten, begins in kindergarten, "
        "absen* in kindergarten, "
        "kindergarten absen*, in kindergarten one, kindergarten attendance, attendance in kindergarten, "
        "attendance in preschool, preschool attendance, early grades, third grade read*, "
        "empieza* en el kínder*, desde el kínder*, as early as preschool",
        "also": _ABOUT,
        "do_words": "early grades, kindergarten",
        "dont_words": "just kindergarten, only babysitting",
    },
    {
        "name": "Families need help, not blame",
        "wording": "Most families want their children in school. What keeps them out is illness, a missed "
        "bus, worry or a move, and that can be mended together.",
        "wording_es": "La mayoría de las familias quiere que sus hijos vayan a la escuela. Lo que lo impide "
        "se puede resolver en conjunto.",
        "proof": "Health, housing, transport and safety are the reasons that families name most.",
        "phrases": "help not blame, help not punish*, support not blame, support not punish*, "
        "about barriers, named barriers, barriers to, barriers that, "
        "barriers families, work with famil*, partner* with famil*, root cause*, reach* out to famil*, "
        "ayuda no culpa*, ayuda no castigo*, apoyo no castigo*, trabajar con las familias",
        "also": _ABOUT,
        "do_words": "barriers, support, partnership",
        "dont_words": "negligent, bad parents, punish",
    },
    {
        "name": "Every day counts",
        "wording": "Two days a month add up: they are a tenth of the year.",
        "wording_es": "Dos días al mes se acumulan: son la décima parte del año.",
        "proof": "Missing two days a month is missing about 18 days a year.",
        "phrases": "two days a month, every day counts, days add up, they add up, absences add up, "
        "18 days a year, more than 18 days, 18 days of school, 10 percent of the school year, "
        "10 percent of the year, 10% of the school year, 10% of school days, tenth of the year, "
        "cada día cuenta, dos días al mes",
        "also": _ABOUT,
        "do_words": "two days a month",
        "dont_words": "perfect attendance",
    },
    {
        "name": "Schools cannot do it alone",
        "wording": "Attendance gets better where health, transport, housing and schools work as one.",
        "wording_es": "La asistencia mejora cuando salud, transporte, vivienda y escuelas trabajan juntos.",
        "proof": "",
        "phrases": "cannot do it alone, can't do it alone, cannot do this alone, can't do this alone, "
        "community partner*, whole community, across agencies, schools work* together, "
        "agencies work* together, no pueden solas, no pueden hacerlo solas, toda la comunidad",
        "also": _ABOUT,
        "do_words": "together, community",
        "dont_words": "the school's fault",
    },
)  # fmt: skip
