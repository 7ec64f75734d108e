"""The forms of media relations."""
