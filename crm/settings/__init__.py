"""What administrators set in a page: the declared settings of features and plugins."""
