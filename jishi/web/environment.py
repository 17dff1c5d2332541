"""One Jinja environment per language, made at start; a per-request overlay would throw compiled templates away."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from types import SimpleNamespace

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from jishi.web import formats
from jishi.web.assets import asset_url
from jishi.web.languages import LANGUAGE_NAMES, LANGUAGES, catalogue
from jishi.web.navigation import NAVIGATION, current_item, places_of
from jishi.web.sku import sku_axes, sku_data

TEMPLATES = Path(__file__).parent / "templates"


def create_environments(more_templates: tuple[Path, ...] = ()) -> dict[str, Environment]:
    """Make the environment of each language; further template folders (of a test, of a plugin) are searched last."""
    folders = [str(TEMPLATES), *map(str, more_templates)]
    return {language: _create_environment(language, folders) for language in LANGUAGES}


def _create_environment(language: str, folders: list[str]) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(folders),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        cache_size=-1,
        extensions=["jinja2.ext.i18n"],
    )
    words = catalogue(language)
    environment.install_gettext_callables(  # type: ignore[attr-defined]
        words.gettext, words.ngettext, newstyle=True, pgettext=words.pgettext, npgettext=words.npgettext
    )
    environment.policies["json.dumps_kwargs"] = {"ensure_ascii": False, "sort_keys": True}
    environment.filters.update(
        money=formats.money,
        money_parts=formats.money_parts,
        percent=formats.percent,
        when=formats.when,
        iso_time=formats.iso_time,
        until=partial(formats.until, gettext=words.gettext, ngettext=words.ngettext),
        clock_left=formats.clock_left,
        id=formats.short_id,
    )
    environment.globals.update(
        asset=asset_url,
        language=language,
        language_names=LANGUAGE_NAMES,
        navigation=NAVIGATION,
        current_item=current_item,
        places_of=places_of,
        sku_axes=sku_axes,
        sku_data=sku_data,
    )
    # A block rendered alone does not run its template's imports, so the components are one global.
    environment.globals["ui"] = _components(environment)
    return environment


def _components(environment: Environment) -> SimpleNamespace:
    """All macros of templates/ui under one name: `ui.button(...)`; a name defined twice is a fault."""
    components = SimpleNamespace()
    environment.globals["ui"] = components
    for file in sorted((TEMPLATES / "ui").glob("*.html")):
        for name, macro in vars(environment.get_template(f"ui/{file.name}").module).items():
            if name.startswith("_") or not callable(macro):
                continue
            if hasattr(components, name):
                raise RuntimeError(f"the component {name} is defined twice, the second time in {file.name}")
            setattr(components, name, macro)
    return components
