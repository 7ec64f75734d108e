"""How large a file may be. Every limit that is met gives a `BadFile` that names it."""

from dataclasses import dataclass
from typing import Final

MIB: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """Sizes in bytes or characters, for one file.

    A workbook of Excel's greatest length (1,048,576 rows, a dozen columns) unpacks to about 700 MiB and is
    compressed about fifteen times; `unpacked_bytes` and `ratio` leave room above that and stop what is
    made to explode. `ratio` is asked only of workbooks that unpack to more than `ratio_from`.
    """

    file_bytes: int = 400 * MIB
    columns: int = 2000
    rows: int = 5_000_000
    row_chars: int = 8 * MIB
    cell_chars: int = 131_072
    unpacked_bytes: int = 1024 * MIB
    ratio: int = 100
    ratio_from: int = 20 * MIB
    members: int = 10_000
    shared_text_bytes: int = 128 * MIB
    card_bytes: int = 16 * MIB
    photo_bytes: int = 5 * MIB
