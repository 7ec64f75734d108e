"""The blueprint of open letters."""

from flask import Blueprint

blueprint = Blueprint("signons", __name__)
