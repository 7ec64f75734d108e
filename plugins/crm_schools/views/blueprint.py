"""The blueprint of this plugin; its modules add the pages."""

from flask import Blueprint

blueprint = Blueprint(
    "schools", __name__, url_prefix="/schools", template_folder="../templates", static_folder="../static"
)
