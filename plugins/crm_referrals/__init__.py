"""A directory of services, and referrals from schools to agencies that come back with an outcome."""
