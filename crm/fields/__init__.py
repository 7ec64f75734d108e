"""The field registry and the one list component: columns, filters, saved lists, import and export read it."""
