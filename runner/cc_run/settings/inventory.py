"""Loads a room's variables the way Ansible does: precedence, groups, vault, templates."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from cc_run import content
from cc_run.errors import OutsideFailure, SettingsFault
from cc_run.language import _
from cc_run.settings.models import Settings
from cc_run.settings.validation import build, is_secret, section_of


@dataclass(frozen=True)
class _Resolved:
    """Variables without templates; by key, why one could not be filled in."""

    values: dict[str, Any]
    faults: dict[str, str]


_PLACES = (Path("~/.config/cc-run/inventory"), Path("/etc/cc-run/inventory"))
# Where provisioning puts what opens the vault, for the operators' eyes.
_PASSWORD_PLACE = Path("/etc/cc-run/vault-password")
# Ansible's folder of one process: this, the process's number, and some letters.
_IMPORTED = "ansible-local-"
_RANDOM_LETTERS = 8


def load(
    inventory: Path | None = None,
    room: str | None = None,
    vault_password_file: Path | None = None,
) -> Settings:
    """The settings of one room.

    Args:
        inventory: An inventory's folder or file; else ``CC_RUN_INVENTORY``, else
            ``~/.config/cc-run/inventory`` or ``/etc/cc-run/inventory``.
        room: The room's host name; else ``CC_RUN_ROOM``, else the inventory's only host.
        vault_password_file: Else ``CC_RUN_VAULT_PASSWORD_FILE`` or Ansible's own variable.

    Raises:
        SettingsFault: no inventory, no such room, a wrong vault password, wrong variables.
    """
    source = _inventory_path(inventory)
    password_file = _password_file(vault_password_file)
    resolved, host = _read(source, room or os.environ.get("CC_RUN_ROOM"), password_file)
    return build(
        resolved.values,
        unresolved=resolved.faults,
        host=host,
        inventory=source,
        vault_password_file=password_file,
        locate=lambda key: _file_that_sets(key, source, host),
    )


def resolve(variables: Mapping[str, Any], loader: Any, only: Collection[str] = ()) -> Settings:
    """The settings behind a running play: ``variables`` are a task's, ``loader`` is Ansible's.

    The roles' defaults are put beneath, because a play knows only those of its own roles. Where
    ``only`` names sections, the others are neither read nor there, which saves most of the time.
    """
    # The roles that play have theirs among the variables; reading YAML again takes its time.
    playing = variables.get("ansible_play_role_names", ())
    whole = {**_role_defaults(loader, besides=playing, only=only), **variables}
    resolved = _templated(whole, loader, only)
    return build(
        resolved.values,
        unresolved=resolved.faults,
        host=str(variables.get("inventory_hostname", "localhost")),
        inventory=_optional_path(variables.get("inventory_file")),
        vault_password_file=_password_file(None),
        only=only,
    )


def _inventory_path(given: Path | None) -> Path:
    wished = given or _optional_path(os.environ.get("CC_RUN_INVENTORY"))
    if wished is None:
        wished = next((p.expanduser() for p in _PLACES if p.expanduser().exists()), None)
    if wished is None:
        raise SettingsFault(
            _("No inventory was found."),
            _(
                "Name one with --inventory or CC_RUN_INVENTORY; to begin, copy the example: "
                "mkdir -p ~/.config/cc-run && cp -r %(example)s ~/.config/cc-run/inventory"
            )
            % {"example": content.inventory() / "example"},
        )
    if not wished.exists():
        raise SettingsFault(
            _("There is no inventory at %(path)s.") % {"path": wished},
            _("Check --inventory or CC_RUN_INVENTORY."),
        )
    if not os.access(wished, os.R_OK):
        raise SettingsFault(
            _("You may not read the inventory at %(path)s.") % {"path": wished},
            _("Log in with the operators' account, or ask IT for the right to read it."),
        )
    return wished.resolve()


def _password_file(given: Path | None) -> Path | None:
    for wished in (
        given,
        os.environ.get("CC_RUN_VAULT_PASSWORD_FILE"),
        os.environ.get("ANSIBLE_VAULT_PASSWORD_FILE"),
    ):
        if wished:
            return Path(wished).expanduser().resolve()
    return _PASSWORD_PLACE if os.access(_PASSWORD_PLACE, os.R_OK) else None


def _read(source: Path, room: str | None, password_file: Path | None) -> tuple[_Resolved, str]:
    _make_ansibles_folder()
    from ansible.errors import AnsibleError
    from ansible.inventory.manager import InventoryManager
    from ansible.parsing.dataloader import DataLoader
    from ansible.vars.manager import VariableManager

    _know_plugins_by_full_name()
    loader = DataLoader()
    try:
        _unlock(loader, password_file)
        hosts = _hosts_file(source)
        if hosts is not None:
            loader.load_from_file(str(hosts))  # Ansible would only warn of what is wrong in it
        inventory = InventoryManager(loader=loader, sources=[str(hosts or source)])
        host = _chosen_host([str(name) for name in inventory.hosts], room, source)
        manager = VariableManager(loader=loader, inventory=inventory)
        variables = manager.get_vars(host=inventory.hosts[host], include_hostvars=False)
        return _templated({**_role_defaults(loader), **variables}, loader), host
    except AnsibleError as error:
        raise _explained(error, source, password_file) from error


@cache
def _make_ansibles_folder() -> None:
    """Ansible makes it as soon as it is imported, and would end with a traceback where it cannot.

    Raises:
        OutsideFailure: the home folder cannot be written.
    """
    home = Path(os.environ.get("ANSIBLE_HOME") or "~/.ansible")
    folder = Path(os.environ.get("ANSIBLE_LOCAL_TEMP") or home / "tmp").expanduser()
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _sweep(folder)
    except OSError as error:
        raise OutsideFailure(
            _("The folder %(path)s cannot be made: %(reason)s")
            % {"path": folder, "reason": error.strerror},
            _("Let HOME be a folder that this user can write to."),
        ) from error


def _sweep(folder: Path) -> None:
    """Ansible makes an empty folder in it at its import, which a killed program leaves behind."""
    for left in folder.glob(f"{_IMPORTED}*"):
        owner = left.name.removeprefix(_IMPORTED)[:-_RANDOM_LETTERS]
        if owner.isdigit() and not Path("/proc", owner).exists():
            with contextlib.suppress(OSError):  # not empty, so none of ours
                left.rmdir()


def _know_plugins_by_full_name() -> None:
    """Without this a variable could not say ``lookup('ansible.builtin.env', …)``."""
    from ansible.plugins.loader import init_plugin_loader

    init_plugin_loader()


def _hosts_file(source: Path) -> Path | None:
    """A folder's ``hosts.yml``, or the YAML file that was named as the inventory."""
    # Of a folder, Ansible would also parse the other files.
    hosts = source / "hosts.yml" if source.is_dir() else source
    return hosts if hosts.is_file() and hosts.suffix in (".yml", ".yaml") else None


def _unlock(loader: Any, password_file: Path | None) -> None:
    if password_file is None:
        return
    from ansible.parsing.vault import get_file_vault_secret

    if not password_file.is_file():
        raise SettingsFault(
            _("There is no vault password file at %(path)s.") % {"path": password_file},
            _("Check --vault-password-file or CC_RUN_VAULT_PASSWORD_FILE."),
        )
    secret = get_file_vault_secret(filename=str(password_file), loader=loader)
    secret.load()
    loader.set_vault_secrets([("default", secret)])


def _chosen_host(hosts: list[str], room: str | None, source: Path) -> str:
    if room is not None:
        if room in hosts:
            return room
        raise SettingsFault(
            _("The inventory %(path)s has no room %(room)s.") % {"path": source, "room": room},
            _("Its rooms: %(rooms)s.") % {"rooms": ", ".join(sorted(hosts)) or "–"},
        )
    if len(hosts) == 1:
        return hosts[0]
    if not hosts:
        raise SettingsFault(
            _("The inventory %(path)s has no room in it.") % {"path": source},
            _("Add the room as a host to hosts.yml, as in the example inventory."),
        )
    raise SettingsFault(
        _("The inventory has several rooms: %(rooms)s.") % {"rooms": ", ".join(sorted(hosts))},
        _("Say which one with --room or CC_RUN_ROOM."),
    )


def _role_defaults(
    loader: Any, *, besides: Collection[str] = (), only: Collection[str] = ()
) -> dict[str, Any]:
    defaults: dict[str, Any] = {}
    for path in sorted(content.roles().glob("*/defaults/main.yml")):
        role = path.parts[-3]
        if role not in besides and (not only or role in only):
            defaults.update(loader.load_from_file(str(path), trusted_as_template=True) or {})
    return defaults


def _templated(variables: Mapping[str, Any], loader: Any, only: Collection[str] = ()) -> _Resolved:
    from ansible.errors import AnsibleTemplateError
    from ansible.template import Templar

    templar = Templar(loader=loader, variables=dict(variables))
    resolved = _Resolved({}, {})
    for key in variables:
        owner = section_of(key)
        if owner is None or (only and owner[0] not in only):
            continue
        try:
            resolved.values[key] = _plain(templar.template(variables[key]))
        except AnsibleTemplateError as error:
            if _is_about_the_vault(error):
                raise
            resolved.faults[key] = _template_fault(key, error)
    return resolved


def _template_fault(key: str, error: Exception) -> str:
    from ansible.errors import AnsibleUndefinedVariable

    # What is wrong in a secret's template may be a piece of the secret; a name is none.
    if is_secret(key) and not isinstance(error, AnsibleUndefinedVariable):
        return _("its template cannot be filled in")
    return _first_line(error)


def _plain(value: Any) -> Any:
    """Ansible's tagged strings, lists and dicts as Python's own, which pydantic and JSON want."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, bool) or value is None:
        return value
    for kind in (str, int, float):
        if isinstance(value, kind):
            return kind(value)
    return value


def _explained(error: Exception, source: Path, password_file: Path | None) -> SettingsFault:
    if _is_about_the_vault(error):
        if password_file is None:
            return SettingsFault(
                _("The inventory's secrets are locked, and no vault password file was given."),
                _("Name it with --vault-password-file or CC_RUN_VAULT_PASSWORD_FILE."),
            )
        return SettingsFault(
            _("The vault password in %(path)s does not open the inventory's secrets.")
            % {"path": password_file},
            _("Ask IT for the right vault password file."),
        )
    return SettingsFault(
        _("The inventory %(path)s cannot be read: %(reason)s")
        % {"path": _origin(error) or source, "reason": _first_line(error)},
        _("Correct that file, then try again."),
    )


def _is_about_the_vault(error: Exception) -> bool:
    from ansible.parsing.vault import AnsibleVaultError

    return any(isinstance(cause, AnsibleVaultError) for cause in _causes(error))


def _origin(error: Exception) -> object:
    """The file, line and column that the error tells of; None where it tells none."""
    # Ansible has no public name for its origins; anything else here could be a secret's value.
    told = (getattr(cause, "obj", None) for cause in _causes(error))
    return next((place for place in told if type(place).__name__ == "Origin"), None)


def _causes(error: BaseException) -> Iterator[BaseException]:
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        cause = cause.__cause__ or cause.__context__


def _first_line(error: Exception) -> str:
    lines = str(error).splitlines()
    return lines[0] if lines else type(error).__name__


def _file_that_sets(key: str, source: Path, host: str) -> str:
    """The inventory's file and line in which a variable is set for the host, or nothing.

    Of several the last counts, as with Ansible: hosts come after groups, names by the alphabet.
    """
    folder = source if source.is_dir() else source.parent
    wanted = re.compile(rf"^\s*{re.escape(key)}\s*:")
    place = ""
    for path in sorted([*folder.rglob("*.yml"), *folder.rglob("*.yaml")]):
        inside = path.relative_to(folder)
        if inside.parts[0] == "host_vars" and host not in (path.stem, *inside.parts):
            continue  # of another room
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), start=1):
            if wanted.match(line):
                place = f"{inside}:{number}"
    return place


def _optional_path(value: object) -> Path | None:
    return Path(str(value)).expanduser() if value else None
