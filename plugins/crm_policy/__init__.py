"""State policy: bills, legislators, positions, hearings, and what each state has on the books."""
