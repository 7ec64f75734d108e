"""What the part for schools knows of school districts, where it is enabled: their federal (NCES) numbers, so
that nobody has to look them up."""

from collections.abc import Collection

from crm.plugin_api import enabled


def numbers_of(contact_ids: Collection[int]) -> dict[int, str]:
    """By contact the number of the school district that it is or that its school belongs to."""
    if not enabled("schools"):
        return {}
    from crm_schools.public import district_numbers

    return district_numbers(contact_ids)


def contacts_in(numbers: Collection[str]) -> dict[int, str]:
    """The organizations of the school districts with these numbers, and of their schools."""
    if not enabled("schools"):
        return {}
    from crm_schools.public import contacts_of_districts

    return contacts_of_districts(numbers)
