"""Activities: what was done with somebody, what is to be done, and mail that is logged."""
