"""What `many_objects` does to the process it is used in."""

import gc

from crm.collecting import OBJECTS_BEFORE_COLLECTING, many_objects


def test_the_process_gets_its_own_setting_back_and_only_when_the_last_is_through() -> None:
    before = gc.get_threshold()
    gc.set_threshold(1234, 5, 6)
    try:
        with many_objects():
            with many_objects():
                assert gc.get_threshold() == (OBJECTS_BEFORE_COLLECTING, 5, 6)
            assert gc.get_threshold() == (OBJECTS_BEFORE_COLLECTING, 5, 6)
        assert gc.get_threshold() == (1234, 5, 6)
    finally:
        gc.set_threshold(*before)
