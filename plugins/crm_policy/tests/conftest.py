"""Nothing is needed beyond what every plugin's tests have; the checkout's own conftest brings it."""
