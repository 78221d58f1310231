"""Configuration files: atomic writes with private modes, in the folders of the platform."""

from __future__ import annotations

import multiprocessing
import os
import re
import stat
import tomllib
from pathlib import Path

import pytest

from loyaltyctl.config import credentials, settings, toml_files
from loyaltyctl.config.credentials import ApiKeyCredential
from loyaltyctl.config.paths import Paths
from loyaltyctl.errors import Conflict, LoyaltyError, NotAllowed
from loyaltyctl.intake.secret import Secret
from tests.config.settings import ORIGIN, read
from tests.conftest import KEY, SITE


class TestFiles:
    """Atomic writes with private modes."""

    @pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
    def test_a_written_file_is_private_whatever_the_umask(self, paths: Paths, umask: int) -> None:
        before = os.umask(umask)
        try:
            credentials.save(paths, "shop", ApiKeyCredential(Secret(KEY, "key")), ORIGIN)
        finally:
            os.umask(before)

        assert stat.S_IMODE(paths.credentials.stat().st_mode) == 0o600
        assert stat.S_IMODE(paths.config_dir.stat().st_mode) == 0o700

    def test_a_file_that_others_could_read_becomes_private(self, paths: Paths) -> None:
        paths.config_dir.mkdir()
        paths.credentials.write_text("")
        paths.credentials.chmod(0o644)

        with toml_files.editing_toml(paths.credentials) as document:
            document["a"] = 1

        assert stat.S_IMODE(paths.credentials.stat().st_mode) == 0o600

    def test_a_file_that_others_can_read_is_rejected(self, paths: Paths) -> None:
        credentials.save(paths, "shop", ApiKeyCredential(Secret(KEY, "key")), ORIGIN)
        paths.credentials.chmod(0o640)

        with pytest.raises(NotAllowed, match=r"can be read by others \(mode 0640\)"):
            credentials.load(paths, "shop")

    def test_an_error_while_writing_leaves_the_file_unchanged(self, paths: Paths) -> None:
        settings.store_setting(paths, "output", "json", None)
        before = paths.config.read_text()

        with pytest.raises(KeyError), toml_files.editing_toml(paths.config) as document:
            document["output"] = "csv"
            raise KeyError

        assert paths.config.read_text() == before
        assert sorted(path.name for path in paths.config_dir.iterdir()) == [
            ".config.toml.lock",
            "config.toml",
        ]

    def test_a_symlink_stays_and_its_target_is_written(self, paths: Paths, tmp_path: Path) -> None:
        target = tmp_path / "dotfiles.toml"
        target.write_text("# mine\ntimeout = 9\n")
        paths.config_dir.mkdir()
        paths.config.symlink_to(target)

        settings.store_setting(paths, "output", "json", None)

        assert target.read_text() == '# mine\ntimeout = 9\noutput = "json"\n'
        assert paths.config.is_symlink()

    def test_the_missing_target_of_a_symlink_is_created(self, paths: Paths, tmp_path: Path) -> None:
        paths.config_dir.mkdir()
        paths.config.symlink_to(tmp_path / "new.toml")

        settings.store_setting(paths, "output", "json", None)

        assert (tmp_path / "new.toml").read_text() == 'output = "json"\n'

    @pytest.mark.parametrize("text", [
        "# top\r\noutput = 'csv'  # why\r\n\r\n[profiles.shop] # one\r\nsite-id = '1'\r\n",
        "\ufeff# top\noutput = 'csv'  # why\n",
        "output='csv'# why",
        "profiles = {shop = {site-id = '1'}} # in braces\n",
        "[profiles.shop]\n# below\n[tokens]\n[profiles.other]\nsite-id = '1' # out of order\n",
    ])  # fmt: skip
    def test_comments_and_formatting_of_a_file_stay(self, paths: Paths, text: str) -> None:
        paths.config_dir.mkdir()
        paths.config.write_bytes(text.encode())
        before = tomllib.loads(text.removeprefix("\ufeff"))

        settings.store_setting(paths, "output", "json", None)
        settings.add_profile(paths, "new", {"site-id": SITE})

        after = paths.config.read_bytes().decode()
        expected = before | {"output": "json", "profile": "new"}
        expected["profiles"] = before.get("profiles", {}) | {"new": {"site-id": SITE}}
        assert tomllib.loads(after.removeprefix("\ufeff")) == expected
        assert after.startswith("\ufeff") == text.startswith("\ufeff")
        assert after.count("\n") == after.count("\r\n") or "\r" not in text
        assert [one for one in re.findall("# ?[a-z ]+", text) if one not in after] == []

    def test_nothing_is_written_that_would_parse_to_other_values(self, paths: Paths) -> None:
        # tomlkit inserts the new table before `output`, which would make it a setting of the profile.
        text = "profiles.shop.site-id = '1' # why\noutput = 'json'\n"
        paths.config_dir.mkdir()
        paths.config.write_text(text)

        with pytest.raises(LoyaltyError, match="its new text would have other values"):
            settings.add_profile(paths, "new", {"site-id": SITE})

        assert paths.config.read_text() == text

    def test_a_concurrent_edit_is_not_overwritten(self, paths: Paths) -> None:
        settings.store_setting(paths, "output", "json", None)

        with (
            pytest.raises(Conflict, match="was changed by another program"),
            toml_files.editing_toml(paths.config) as document,
        ):
            document["timeout"] = "5"
            paths.config.write_text("# an edit\n")

        assert paths.config.read_text() == "# an edit\n"
        assert sorted(path.name for path in paths.config_dir.iterdir()) == [
            ".config.toml.lock",
            "config.toml",
        ]

    def test_a_folder_that_is_not_writable_is_an_error_with_a_hint(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("")

        with pytest.raises(LoyaltyError, match="cannot write") as refused:
            settings.store_setting(Paths(tmp_path / "file" / "config", tmp_path), "output", "json", None)

        assert "LOYALTYCTL_CONFIG_DIR" in refused.value.hint

    def test_edits_of_two_processes_are_serialized(self, paths: Paths) -> None:
        context = multiprocessing.get_context("spawn")
        writers = [context.Process(target=_add_profiles, args=(paths, part)) for part in range(4)]
        for writer in writers:
            writer.start()
        for writer in writers:
            writer.join()

        assert len(read(paths).profiles()) == 4 * 5 + 1


def _add_profiles(paths: Paths, part: int) -> None:
    for i in range(5):
        settings.add_profile(paths, f"p{part}-{i}", {"site-id": SITE})


def test_the_default_folders_are_those_of_the_platform(tmp_path: Path) -> None:
    named = Paths.of({"LOYALTYCTL_CONFIG_DIR": "relative", "LOYALTYCTL_DATA_DIR": str(tmp_path)})

    assert named.config == Path("relative").absolute() / "config.toml"
    assert named.sandbox == tmp_path / "sandbox.sqlite3"
    assert Paths.of({}).config_dir.name == "loyaltyctl"
