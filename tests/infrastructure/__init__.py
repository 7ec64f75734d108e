"""What tests stand on: a database server, an application, a browser, and no network."""
