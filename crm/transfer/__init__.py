"""Import and export of contacts.

This half needs no database: `readers` opens a file, `mapping` turns its rows into `record.ContactRecord`s,
`cleaning` says what each value means, `layout` and `writers` go the other way, `vcard` does both.
"""
