"""The task `state` under the real ansible-playbook: in-process, under become, and elsewhere."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

TASKS = """\
---
- name: The room has its files
  state:
    items:
      - directory: "{{ demo_root }}/media"
        mode: "0750"
      - file: "{{ demo_root }}/greeting"
        template: greeting.j2
      - ini: "{{ demo_root }}/obs/global.ini"
        options:
          General:
            FirstRun: true
            Port: "{{ demo_port }}"
      - json: "{{ demo_root }}/obs/scene.json"
        holds:
          sources:
            - name: Camera
              muted: false
      - file: "{{ demo_root }}/token"
        content: "{{ demo_token }}"
        secret: true
"""
GREETING = """\
{% include 'head.j2' %}

{% for room in demo_rooms %}
Hello {{ room }}
{% endfor %}
"""
PLAY = """\
---
- name: A room
  hosts: all
  gather_facts: false
  roles:
    - role: demo
"""
ITEMS = 5


@pytest.fixture
def play(tmp_path: Path) -> Path:
    role = tmp_path / "roles/demo"
    (role / "tasks").mkdir(parents=True)
    (role / "templates").mkdir()
    (role / "tasks/main.yml").write_text(TASKS)
    (role / "templates/greeting.j2").write_text(GREETING)
    (role / "templates/head.j2").write_text("# {{ inventory_hostname }}\n")
    (tmp_path / "play.yml").write_text(PLAY)
    return tmp_path / "play.yml"


def ansible(
    play: Path, *words: str, variables: dict[str, object] | None = None
) -> subprocess.CompletedProcess[str]:
    given = {
        "demo_root": str(play.parent / "room"),
        "demo_port": 4455,
        "demo_token": "hunter2",
        "demo_rooms": ["A", "B"],
        "ansible_connection": "local",
        **(variables or {}),
    }
    environment = {
        **os.environ,
        "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"),
        "ANSIBLE_LOCAL_TEMP": str(play.parent / "tmp"),
        "ANSIBLE_REMOTE_TEMP": str(play.parent / "tmp"),
        "LC_ALL": "C.UTF-8",
    }
    command = [sys.executable, "-m", "ansible", "playbook", "-i", "room,", str(play)]
    return subprocess.run(
        [*command, "-e", json.dumps(given), *words],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def recap(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode == 0, done.stdout + done.stderr
    return "changed" if "changed=1" in done.stdout else "nothing changed"


# The second and third do not run in Ansible's own process but through the module.
WAYS = {
    "in-process": {},
    "become": {"ansible_become": True, "ansible_become_method": "su"},
    "elsewhere": {"ansible_connection": "elsewhere"},
}
ELSEWHERE = """\
from ansible.plugins.connection.local import DOCUMENTATION, Connection as Local

DOCUMENTATION = DOCUMENTATION.replace("name: local", "name: elsewhere")


class Connection(Local):
    transport = "elsewhere"
"""


@pytest.fixture(params=WAYS)
def way(request: pytest.FixtureRequest, play: Path, monkeypatch: pytest.MonkeyPatch) -> object:
    plugins = play.parent / "connections"
    plugins.mkdir()
    (plugins / "elsewhere.py").write_text(ELSEWHERE)
    monkeypatch.setenv("ANSIBLE_CONNECTION_PLUGINS", str(plugins))
    return WAYS[request.param]


def test_check_foretells_and_the_second_run_changes_nothing(
    play: Path, way: dict[str, object]
) -> None:
    room = play.parent / "room"
    check = ansible(play, "--check", "--diff", "-v", variables=way)
    assert recap(check) == "changed"
    assert not room.exists()
    assert "+Hello A\n+Hello B\n" in check.stdout
    assert "+FirstRun=true\n" in check.stdout

    first = ansible(play, "--diff", "-v", variables=way)
    assert recap(first) == "changed"
    assert (room / "greeting").read_text() == "# room\nHello A\nHello B\n"
    assert (room / "obs/global.ini").read_text() == "[General]\nFirstRun=true\nPort=4455\n"
    scene = json.loads((room / "obs/scene.json").read_text())
    assert scene == {"sources": [{"name": "Camera", "muted": False}]}
    assert (room / "token").read_text() == "hunter2"
    assert (room / "token").stat().st_mode & 0o777 == 0o600
    assert (room / "media").stat().st_mode & 0o777 == 0o750

    second = ansible(play, "--diff", "-v", variables=way)
    assert recap(second) == "nothing changed"
    assert second.stdout.count('"changed": false') == ITEMS + 1


def test_a_secret_stays_one_however_much_is_told(play: Path, way: dict[str, object]) -> None:
    # The variable itself is on the command line here, which -vvv does not repeat.
    done = ansible(play, "--diff", "-vvv", variables=way)
    assert recap(done) == "changed"
    assert ("modules/state.py" in done.stdout) == bool(way), "the way that was meant was taken"
    assert "hunter2" not in done.stdout + done.stderr


def test_an_error_names_the_item_and_the_remedy(play: Path, way: dict[str, object]) -> None:
    broken = play.parent / "room/obs/scene.json"
    broken.parent.mkdir(parents=True)
    broken.write_text("{")
    done = ansible(play, "-v", variables=way)
    assert done.returncode != 0
    assert f"json {broken}: {broken} is not readable as JSON" in " ".join(done.stdout.split())
    assert f'"id": "file {play.parent}/room/greeting"' in done.stdout, "what was done is told"
    assert "Traceback" not in done.stdout + done.stderr


def test_the_tasks_environment_reaches_the_engine(play: Path, way: dict[str, object]) -> None:
    (play.parent / "roles/demo/tasks/main.yml").write_text(
        "- name: A home\n"
        "  state:\n"
        "    items:\n"
        "      - directory: ~/Videos\n"
        "  environment:\n"
        '    HOME: "{{ demo_root }}"\n'
    )
    assert recap(ansible(play, variables=way)) == "changed"
    assert (play.parent / "room/Videos").is_dir()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("{}", "one argument: items"),
        ("{items: text}", "one argument: items"),
        ("{items: [{file: /x, template: none.j2}]}", "none.j2"),
        ("{items: [{file: /x, template: greeting.j2, content: y}]}", "not both"),
    ],
)
def test_wrong_arguments_are_told(play: Path, arguments: str, said: str) -> None:
    (play.parent / "roles/demo/tasks/main.yml").write_text(f"- name: X\n  state: {arguments}\n")
    done = ansible(play)
    assert done.returncode != 0
    assert said in done.stdout + done.stderr
