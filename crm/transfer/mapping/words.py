"""The headers that people and programs use, folded: without accents, case, spaces and signs."""

from typing import Final


def _table(lines: str) -> dict[str, str]:
    """`target: header header` lines as header → target."""
    found: dict[str, str] = {}
    for line in lines.strip().splitlines():
        target, _colon, headers = line.strip().partition(": ")
        found.update(dict.fromkeys(headers.split(), target))
    return found


HEADERS: Final = _table(
    """
    given_name: firstname first givenname given fname forename nombre nombres primernombre prenom vorname
    given_name: contactfirstname firstnames legalfirstname
    family_name: lastname last surname familyname family lname apellido apellidos primerapellido
    family_name: apellidopaterno apellidomaterno segundoapellido nachname nomdefamille
    family_name: contactlastname legallastname
    middle_name: middlename middle mi middleinitial middlenames segundonombre additionalname
    prefix: prefix nameprefix honorific honorificprefix salutation tratamiento individualprefix
    suffix: suffix namesuffix honorificsuffix sufijo individualsuffix generation
    nickname: nickname nick preferredname preferredfirstname goesby knownas apodo informalname
    full_name: name fullname displayname contactname nombrecompleto nombreyapellido nombreyapellidos
    full_name: membername contactperson personname completename volunteername primarycontact
    organization_name: organization organisation company companyname employer currentemployer accountname
    organization_name: organization1name affiliation workplace organizacion empresa agency employername
    organization_name: nombredelaempresa companyororganization organizationname
    organization_name: nombredelaorganizacion agencyname
    department: department dept departamento organization1department organizationdepartment
    job_title: jobtitle position occupation cargo puesto ocupacion organization1title organizationtitle
    role: role rol
    sector: sector
    birth_date: birthday birthdate dateofbirth dob born bornat birth bday fechadenacimiento nacimiento
    birth_date: cumpleanos fechanacimiento birthdatemmddyyyy dobmmddyyyy
    birth_date.dmy: birthdateddmmyyyy dobddmmyyyy
    birth_date.year: yob birthyear yearofbirth yearborn anodenacimiento
    birth_date.month: mob birthmonth monthofbirth mesdenacimiento
    birth_date.day: dayofbirth birthdayofmonth diadenacimiento
    language: language preferredlanguage primarylanguage homelanguage languagespoken idioma lengua
    language: languagepreference idiomapreferido locale
    pronouns: pronouns preferredpronouns pronoun pronombres
    note: note notes comment comments remarks memo nota notas comentario comentarios observaciones
    description: about bio biography description descripcion acercade aboutme
    tags: tags tag labels label categories groupmembership groups etiquetas taglist can2usertags keywords
    tags: categorias contacttags usertags activisttags
    kind: kind contacttype recordtype contactkind
    external_id: externalid id contactid personid vanid nationbuilderid memberid recordid recid uuid uid
    external_id: constituentid supporterid externalidentifier idexterno voterfilevanid myvoterfileid
    do_not: donotcontactby donotcontact nocontact nocontactar
    do_not.phone: donotcall donotphone phoneoptout nocall
    do_not.email: donotemail emailoptout optoutemail unsubscribed nobulkemailsuseroptout isoptout
    do_not.email: hasoptedoutofemail noemail
    do_not.text: donottext donotsms smsoptout textoptout optoutsms
    do_not.mail: donotmail mailoptout nomail
    emails.1.no_mail: emailnomail correonoenviar
    opt_in.email: emailoptin can2subscriptionstatus subscriptionstatus emailsubscribed emailsubscription
    opt_in.email: emailsubscriptionstatus
    opt_in.text: mobileoptin textoptin smsoptin can2smsstatus smsstatus smssubscriptionstatus
    ignore: yominame givennameyomi additionalnameyomi familynameyomi phoneticfirstname phoneticmiddlename
    ignore: phoneticlastname organization1yominame organization1symbol fileas initials maildisplayname
    ignore: emaildisplayname email2displayname email3displayname mileage priority private sensitivity
    ignore: whyitwasnotimported rowinthefile directoryserver
    ignore: internetfreebusy added changed ssn socialsecuritynumber socialsecurity socsecid
    """
)
# Titles of people, which make a column called “Title” one of prefixes.
TITLES: Final = frozenset(
    [
        "mr",
        "mrs",
        "ms",
        "miss",
        "mx",
        "dr",
        "prof",
        "rev",
        "hon",
        "sr",
        "sra",
        "srta",
        "fr",
        "sister",
        "father",
        "rabbi",
        "imam",
        "judge",
        "senator",
        "rep",
    ]
)
# Words that make a name one of an organization.
ORGANIZATION_WORDS: Final = frozenset(
    [
        "inc",
        "llc",
        "corp",
        "school",
        "schools",
        "district",
        "academy",
        "university",
        "college",
        "center",
        "centre",
        "foundation",
        "association",
        "church",
        "department",
        "council",
        "coalition",
        "society",
        "agency",
        "services",
        "service",
        "clinic",
        "hospital",
        "library",
        "ymca",
        "ywca",
        "club",
        "committee",
        "network",
        "institute",
        "office",
        "bank",
        "partnership",
        "alliance",
        "escuela",
        "distrito",
        "fundacion",
        "iglesia",
        "elementary",
        "middle",
        "high",
        "county",
        "city",
        "health",
        "housing",
        "project",
        "program",
    ]
)
KINDS: Final = dict.fromkeys(
    [
        "person",
        "individual",
        "people",
        "contact",
        "human",
        "persona",
        "individuo",
        "student",
        "parent",
        "volunteer",
    ],
    "person",
) | dict.fromkeys(
    [
        "organization",
        "organisation",
        "org",
        "company",
        "business",
        "agency",
        "institution",
        "household",
        "nonprofit",
        "organizacion",
        "empresa",
        "school",
        "district",
    ],
    "organization",
)

EMAIL_WORDS: Final = frozenset(["email", "emails", "mail", "correo", "courriel", "emailaddress"])
PHONE_WORDS: Final = frozenset(
    [
        "phone",
        "phones",
        "telephone",
        "tel",
        "telefono",
        "telefonos",
        "cell",
        "cellphone",
        "cellular",
        "mobile",
        "movil",
        "celular",
        "fax",
        "pager",
        "landline",
        "phonenumber",
        "telephonenumber",
        "isdn",
        "telex",
        "tty",
        "tdd",
    ]
)
LINK_WORDS: Final = frozenset(
    ["website", "web", "url", "homepage", "webpage", "site", "sitio", "facebook", "linkedin", "instagram"]
)
LABEL_WORDS: Final = {
    "home": "home",
    "personal": "home",
    "casa": "home",
    "hogar": "home",
    "residence": "home",
    "residential": "home",
    "particular": "home",
    "work": "work",
    "business": "work",
    "office": "work",
    "trabajo": "work",
    "oficina": "work",
    "laboral": "work",
    "mobile": "mobile",
    "cell": "mobile",
    "cellphone": "mobile",
    "cellular": "mobile",
    "movil": "mobile",
    "celular": "mobile",
    "fax": "fax",
    "pager": "pager",
    "other": "other",
    "otro": "other",
    "otra": "other",
    "mailing": "mailing",
    "billing": "billing",
    "school": "school",
    "company": "company",
    "assistant": "assistant",
    "car": "car",
    "callback": "callback",
    "radio": "radio",
    "isdn": "isdn",
    "telex": "telex",
    "tty": "tty",
    "tdd": "tty",
    "main": "main",
    "physical": "physical",
    "shipping": "shipping",
    "registered": "registered",
    "landline": "home",
    "emergency": "emergency",
    "facebook": "social",
    "linkedin": "social",
    "instagram": "social",
    "website": "website",
}
ADDRESS_WORDS: Final = {
    "street": "street",
    "calle": "street",
    "addr": "address",
    "address": "address",
    "direccion": "address",
    "domicilio": "address",
    "city": "city",
    "town": "city",
    "ciudad": "city",
    "municipio": "city",
    "suburb": "city",
    "localidad": "city",
    "state": "region",
    "province": "region",
    "region": "region",
    "estado": "region",
    "provincia": "region",
    "zip": "postal_code",
    "zipcode": "postal_code",
    "postal": "postal_code",
    "postcode": "postal_code",
    "postalcode": "postal_code",
    "country": "country",
    "pais": "country",
    "formatted": "full",
    "extended": "street2",
    "supplemental": "street2",
    "apt": "street2",
    "apartment": "street2",
    "unit": "street2",
    "suite": "street2",
    "apartamento": "street2",
}
# Words beside which a column is about something else than a way to reach somebody.
STRANGERS: Final = frozenset(
    [
        "ip",
        "mac",
        "status",
        "opt",
        "optin",
        "optout",
        "consent",
        "valid",
        "verified",
        "bounce",
        "bounced",
        "domain",
        "source",
        "date",
        "created",
        "updated",
        "count",
        "score",
        "rate",
        "last",
        "sent",
        "opened",
        "house",
        "senate",
        "legislative",
        "congressional",
        "ward",
        "precinct",
        "provider",
        "carrier",
        "latitude",
        "longitude",
        "lat",
        "lon",
        "lng",
        "check",
        "sub",
        "quality",
        "deliverable",
        "open",
        "click",
        "id",
        "display",
    ]
)
FILLERS: Final = frozenset(
    [
        "page",
        "e",
        "number",
        "no",
        "numero",
        "de",
        "del",
        "la",
        "el",
        "address",
        "primary",
        "preferred",
        "main",
        "principal",
        "s",
        "contact",
        "user",
        "can",
        "value",
        "type",
        "label",
        "abbreviated",
        "code",
        "codigo",
        "line",
        "electronico",
        "los",
        "las",
        "my",
        "their",
        "your",
        "full",
        "person",
        "student",
        "parent",
    ]
)
