"""Rollcall: the CRM of an attendance coalition."""

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from crm.collecting import many_objects
from crm.config import Config, load
from crm.paths import resource_dir
from crm.routing import LazyRule, Number
from crm.templating import Environment

__all__ = ["create_app"]


def create_app(config: Config | None = None) -> Flask:
    """An application with its own engine, plugins and registries. Raises ConfigurationError when a
    setting or a plugin is wrong; never migrates and never writes."""
    config = config or load()
    app = Flask("crm", template_folder=str(resource_dir("templates")), static_folder=None)
    app.config.update(
        SECRET_KEY=config.secret_key,
        TESTING=config.testing,
        MAX_CONTENT_LENGTH=config.max_upload,
        MAX_FORM_MEMORY_SIZE=2 * 1024 * 1024,
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=False,
        TEMPLATES_AUTO_RELOAD=config.development,
        JSON_SORT_KEYS=False,
    )
    app.url_rule_class = LazyRule
    app.url_map.converters["int"] = Number
    app.jinja_environment = Environment
    app.jinja_options = {"trim_blocks": True, "lstrip_blocks": True}
    if config.trusted_proxies:
        hops = config.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, hops, hops, hops, hops)  # type: ignore[method-assign]  # Flask's documented way.
    with many_objects():
        _assemble(app, config)
    return app


def _assemble(app: Flask, config: Config) -> None:
    from crm import access, addresses, db, htmx, i18n, pages, security
    from crm.accounts import sessions
    from crm.plugin_host.boot import boot

    engine = db.make_engine(config)
    app.extensions["crm"] = boot(app, config, engine, db.sessions(engine))
    db.init_app(app)
    i18n.init_app(app)
    security.init_app(app)
    htmx.init_app(app)
    sessions.init_app(app, config)
    app.before_request(access.enforce)
    pages.init_app(app)
    addresses.init_app(app)
