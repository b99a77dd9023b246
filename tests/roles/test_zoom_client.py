"""The role zoom_client: single options, and only while the client is closed."""

import shutil
import subprocess

OPTIONS = "[General]\nGeoLocale=system\ncaptureHDCamera=false\n"


def test_single_options_are_set_and_the_rest_stays(site) -> None:
    file = site.home / ".config/zoomus.conf"
    file.parent.mkdir()
    file.write_text(OPTIONS)
    assert site.play("zoom_client", "--check").changed == 1
    assert file.read_text() == OPTIONS
    assert site.play("zoom_client").changed == 1
    assert file.read_text() == (
        "[General]\nGeoLocale=system\ncaptureHDCamera=true\nenableMiniWindow=false\n"
    )
    assert site.play("zoom_client").changed == 0


def test_nothing_is_changed_while_the_client_is_open(site) -> None:
    program = site.folder / "zoom-of-a-test"
    shutil.copy(shutil.which("sleep"), program)
    site.variables = {"zoom_client_command": str(program)}
    client = subprocess.Popen([program, "600"])
    try:
        held_back = site.play("zoom_client", "--skip-tags", "disrupts_session")
        assert (held_back.changed, held_back.failed) == (0, 0)
        refused = site.play("zoom_client")
        assert (refused.changed, refused.failed) == (0, 1)
        assert "zoom-of-a-test is open" in refused.output
        assert not (site.home / ".config/zoomus.conf").exists()
    finally:
        client.kill()
        client.wait()
    assert site.play("zoom_client").changed == 1
    client = subprocess.Popen([program, "600"])
    try:
        assert site.play("zoom_client").failed == 0  # nothing differs: it may stay open
    finally:
        client.kill()
        client.wait()
