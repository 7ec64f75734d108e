"""The application for any WSGI server: `granian --interface wsgi wsgi:app`; `rollcall serve` needs it not."""

from crm import create_app

app = create_app()
