"""Reading what others publish: addresses, pages, feeds, sentences. Nothing asks the network or a database."""
