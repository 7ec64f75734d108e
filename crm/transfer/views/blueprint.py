"""The blueprint of import and export."""

from flask import Blueprint

blueprint = Blueprint("transfer", __name__)
