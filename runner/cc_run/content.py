"""Where playbooks, roles and templates are: in the checkout, else inside the installed package."""

from __future__ import annotations

from functools import cache
from pathlib import Path


@cache
def root() -> Path:
    """The folder that holds ``playbooks/``, ``roles/``, ``plugins/``, ``templates/``.

    A checkout comes first: an editable install may hold stale copies of forced-in files.
    """
    package = Path(__file__).parent
    checkout = package.parents[1]
    if (checkout / "pyproject.toml").is_file() and (checkout / "roles").is_dir():
        return checkout
    return package / "_content"


def playbooks() -> Path:
    """The folder of playbooks."""
    return root() / "playbooks"


def roles() -> Path:
    """The folder of roles."""
    return root() / "roles"


def plugins() -> Path:
    """The folder of Ansible plugins (``action/``, ``modules/``)."""
    return root() / "plugins"


def inventory() -> Path:
    """The folder of shipped inventories (``example/``, ``rehearsal/``)."""
    return root() / "inventory"


def templates() -> Path:
    """The folder of documents' templates."""
    return root() / "templates"
