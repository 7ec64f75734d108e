"""A made-up coalition to look at, to learn with and to measure on."""
