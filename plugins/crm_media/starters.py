"""Messages to begin with; each coalition puts its own figures and sources beside them."""

from typing import Any, Final

STARTERS: Final[tuple[dict[str, Any], ...]] = (
    {
        "name": "Chronic absence is not truancy",
        "wording": "Chronic absence counts every missed day, excused or not. It tells us who needs help; "
        "truancy tells us who broke a rule.",
        "wording_es": "El ausentismo crónico cuenta todos los días perdidos, justificados o no. Nos dice "
        "quién necesita ayuda; el ausentismo injustificado dice quién incumplió una regla.",
        "proof": "Chronic absence is missing 10 percent of school for any reason.\n"
        "That is two days a month, or about 18 days a year.",
        "phrases": "not truancy, chronic absence is not, excused or un*, any reason, any missed day, "
        "every missed day",
        "do_words": "chronic absence, missing too much school, attendance",
        "dont_words": "truant, truancy, skipping school, playing hooky",
    },
    {
        "name": "It starts in kindergarten",
        "wording": "Absence starts early. Children who miss much of kindergarten read less well "
        "in third grade.",
        "wording_es": "Las faltas empiezan temprano. Quienes pierden mucho kínder leen peor en tercer grado.",
        "proof": "Kindergarten has about as much chronic absence as the first year of high school.",
        "phrases": "kindergarten*, early grades, third grade read*, preschool",
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
        "phrases": "help not blame, barriers, work with famil*, partner* with famil*, root cause*, "
        "reach* out to famil*",
        "do_words": "barriers, support, partnership",
        "dont_words": "negligent, bad parents, punish",
    },
    {
        "name": "Every day counts",
        "wording": "Two days a month add up: they are a tenth of the year.",
        "wording_es": "Dos días al mes se acumulan: son la décima parte del año.",
        "proof": "Missing two days a month is missing about 18 days a year.",
        "phrases": "two days a month, every day counts, add* up, 18 days, 10 percent of",
        "do_words": "two days a month",
        "dont_words": "perfect attendance",
    },
    {
        "name": "Schools cannot do it alone",
        "wording": "Attendance gets better where health, transport, housing and schools work as one.",
        "wording_es": "La asistencia mejora cuando salud, transporte, vivienda y escuelas trabajan juntos.",
        "proof": "",
        "phrases": "cannot do it alone, can't do it alone, community partner*, whole community, "
        "across agencies, work* together",
        "do_words": "together, community",
        "dont_words": "the school's fault",
    },
)  # fmt: skip
