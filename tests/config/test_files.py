"""Files of settings and credentials: whole and private or not at all, in the folders of the platform."""

from __future__ import annotations

import multiprocessing
import os
import stat
from pathlib import Path

import pytest

from loyaltyctl.config import credentials, files, settings
from loyaltyctl.config.credentials import ApiKeyCredential
from loyaltyctl.config.paths import Paths
from loyaltyctl.errors import LoyaltyError, NotAllowed
from loyaltyctl.intake.secret import Secret
from tests.config.settings import ORIGIN, read
from tests.conftest import KEY, SITE


class TestFiles:
    """Files appear whole and private, or not at all."""

    @pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
    def test_what_is_written_is_private_whatever_the_umask(self, paths: Paths, umask: int) -> None:
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

        with files.changing(paths.credentials) as document:
            document["a"] = 1

        assert stat.S_IMODE(paths.credentials.stat().st_mode) == 0o600

    def test_a_file_that_others_can_read_is_refused(self, paths: Paths) -> None:
        credentials.save(paths, "shop", ApiKeyCredential(Secret(KEY, "key")), ORIGIN)
        paths.credentials.chmod(0o640)

        with pytest.raises(NotAllowed, match=r"can be read by others \(mode 0640\)"):
            credentials.load(paths, "shop")

    def test_an_error_in_between_leaves_the_file_as_it_was(self, paths: Paths) -> None:
        settings.store(paths, "output", "json", None)
        before = paths.config.read_text()

        with pytest.raises(KeyError), files.changing(paths.config) as document:
            document["output"] = "csv"
            raise KeyError

        assert paths.config.read_text() == before
        assert sorted(path.name for path in paths.config_dir.iterdir()) == [
            ".config.toml.lock",
            "config.toml",
        ]

    def test_a_link_is_replaced_and_its_target_left_alone(self, paths: Paths, tmp_path: Path) -> None:
        target = tmp_path / "elsewhere"
        target.write_text("precious = 1\n")
        paths.config_dir.mkdir()
        paths.config.symlink_to(target)

        settings.store(paths, "output", "json", None)

        assert target.read_text() == "precious = 1\n"
        assert not paths.config.is_symlink()

    def test_a_place_that_cannot_be_written_is_an_error_with_a_way_out(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("")

        with pytest.raises(LoyaltyError, match="cannot write") as refused:
            settings.store(Paths(tmp_path / "file" / "config", tmp_path), "output", "json", None)

        assert "LOYALTYCTL_CONFIG_DIR" in refused.value.hint

    def test_two_programs_change_one_file_one_after_the_other(self, paths: Paths) -> None:
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


def test_folders_are_the_platforms_own_unless_named(tmp_path: Path) -> None:
    named = Paths.of({"LOYALTYCTL_CONFIG_DIR": "relative", "LOYALTYCTL_DATA_DIR": str(tmp_path)})

    assert named.config == Path("relative").absolute() / "config.toml"
    assert named.sandbox == tmp_path / "sandbox.sqlite3"
    assert Paths.of({}).config_dir.name == "loyaltyctl"
