"""Given names that are short for others, as people of the United States use them."""

from typing import Final

_GROUPS: Final = """
abigail abby|alejandro alex alec|alexander alex al xander|alexandra alex sandra|andrew andy drew|anthony tony
antonio tony tono|barbara barb|benjamin ben benny|catherine cathy cate kate katie|charles charlie chuck
christina chris tina|christopher chris topher|concepcion concha|daniel dan danny|david dave|deborah deb debbie
dolores lola|dorothy dot dottie|edward ed eddie ted ned|elizabeth liz beth betty lisa eliza bess
enrique quique
eugene gene|francisco paco pancho frank|francis frank|frederick fred freddy|gabriel gabe|george jorge
gerald gerry jerry|gregory greg|guadalupe lupe|guillermo memo|harold harry hal|henry hank harry
ignacio nacho|isabel isa chabela|jacob jake|james jim jimmy jamie|jeffrey jeff|jennifer jen jenny
jesus chuy|john jack johnny jon|jonathan jon|jose pepe joe|joseph joe joey|joshua josh|judith judy
katherine kathy kate katie kat|kenneth ken kenny|kimberly kim|lawrence larry|leonard len lenny|louis lou
luis lucho|manuel manolo manny|margaret maggie meg peggy marge|matthew matt|melissa mel|michael mike mickey
miguel mike|mercedes meche|nathaniel nathan nate nat|nicholas nick|pamela pam|patricia pat patty trish
patrick pat|pedro perico|peter pete|philip phil|rafael rafa|raymond ray|rebecca becky becca|richard rick dick
richard rich ricky
robert bob rob bobby robbie bert|roberto beto|ronald ron|rosario charo|samantha sam|samuel sam
sandra sandy|stephen steve|steven steve|susan sue susie|teresa tere|theodore ted theo|theresa terry
thomas tom tommy|timothy tim|victoria vicky tori|vincent vince|walter walt|william bill will billy willy liam
""".replace("\n", "|")
_SHORT: Final = frozenset(
    (words[0], short) for group in _GROUPS.split("|") if (words := group.split()) for short in words[1:]
)


def short_for(given: str) -> str:
    """A usual short form of a folded given name, always the same; empty when there is none."""
    return min((short for long, short in _SHORT if long == given), default="")


def may_be_called(one: str, other: str) -> bool:
    """Whether one given name is an initial, the beginning or a usual short form of the other."""
    short, long = sorted((one, other), key=len)
    return long.startswith(short) or (one, other) in _SHORT or (other, one) in _SHORT
