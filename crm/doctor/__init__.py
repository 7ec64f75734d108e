"""The doctor: is this installation as it should be, and if not, what is to be done?

It changes nothing. Each check is a line: fine, worth knowing, or wrong.
"""

from crm.doctor.examine import examine
from crm.doctor.finding import Finding, Level

__all__ = ["Finding", "Level", "examine"]
