"""Artefacts that Lambda could not load are never called built."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from local.artefacts import wheels
from local.artefacts.elf import AARCH64, check_wheels, machine_of
from local.builds import check_artefacts
from local.errors import LocalError

X86_64 = 0x3E


def shared_object(path: Path, *, machine: int = AARCH64, big_endian: bool = False) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    order = "big" if big_endian else "little"
    ident = b"\x7fELF" + bytes([2, 2 if big_endian else 1, 1]) + bytes(9)
    path.write_bytes(ident + (3).to_bytes(2, order) + machine.to_bytes(2, order) + bytes(44))
    return path


def built(folder: Path) -> Path:
    """Lay out what ``sam build`` leaves."""
    for name in ("CrmApiFunction", "AddClaimsFunction"):
        (folder / name).mkdir(parents=True)
        (folder / name / "app.py").write_text("")
    library = folder / "CoreLayer" / "python" / "crmbridge"
    library.mkdir(parents=True)
    (library / "errors.py").write_text("")
    shared_object(folder / "DepsLayer" / "python" / "x" / "_x.cpython-313-aarch64-linux-gnu.so")
    return folder


@pytest.mark.parametrize("big_endian", [False, True])
def test_the_cpu_is_read_in_the_files_own_byte_order(tmp_path, big_endian):
    assert machine_of(shared_object(tmp_path / "a.so", big_endian=big_endian)) == AARCH64


@pytest.mark.parametrize("content", [b"", b"\x7fELF", b"MZ" + bytes(40)])
def test_what_is_no_shared_object_is_not_guessed_at(tmp_path, content):
    (tmp_path / "a.so").write_bytes(content)
    with pytest.raises(ValueError, match=r"a\.so is not a shared object"):
        machine_of(tmp_path / "a.so")


def test_machine_code_for_another_cpu_is_refused(tmp_path):
    shared_object(tmp_path / "x.cpython-313-aarch64-linux-gnu.so", machine=X86_64)
    with pytest.raises(ValueError, match="not for arm64"):
        check_wheels(tmp_path)


def test_machine_code_for_another_python_is_refused(tmp_path):
    shared_object(tmp_path / "x.cpython-311-aarch64-linux-gnu.so")
    with pytest.raises(ValueError, match="CPython 311"):
        check_wheels(tmp_path)


def test_a_stable_abi_object_is_accepted_for_any_python(tmp_path):
    shared_object(tmp_path / "_rust.abi3.so")
    shared_object(tmp_path / "lib" / "libssl.so.3")
    assert check_wheels(tmp_path) == 2


def test_a_whole_build_is_counted(tmp_path):
    assert check_artefacts(built(tmp_path)) == {"functions": 2, "modules": 1, "shared_objects": 1}


def test_a_build_without_a_handler_is_refused(tmp_path):
    (built(tmp_path) / "CrmApiFunction" / "app.py").unlink()
    with pytest.raises(LocalError, match="no handler in CrmApiFunction"):
        check_artefacts(tmp_path)


def test_a_build_with_this_machines_byte_code_is_refused(tmp_path):
    cache = built(tmp_path) / "CoreLayer" / "python" / "crmbridge" / "__pycache__"
    cache.mkdir()
    (cache / "errors.cpython-311.pyc").write_bytes(b"")
    with pytest.raises(LocalError, match="byte code"):
        check_artefacts(tmp_path)


def test_a_build_without_the_library_is_refused(tmp_path):
    (built(tmp_path) / "CoreLayer" / "python" / "crmbridge" / "errors.py").unlink()
    with pytest.raises(LocalError, match="library"):
        check_artefacts(tmp_path)


def test_a_build_whose_wheels_were_not_fetched_is_refused(tmp_path):
    next(built(tmp_path).rglob("*.so")).unlink()
    with pytest.raises(LocalError, match="no compiled wheel"):
        check_artefacts(tmp_path)


def test_a_build_for_another_cpu_is_refused(tmp_path):
    shared_object(next(built(tmp_path).rglob("*.so")), machine=X86_64)
    with pytest.raises(LocalError, match="not for arm64"):
        check_artefacts(tmp_path)


def test_a_changed_pin_or_target_is_another_folder(tmp_path, monkeypatch):
    names = set()
    for pins in (b"httpx==1", b"httpx==2"):
        monkeypatch.setattr(wheels, "REQUIREMENTS", tmp_path / "requirements.txt")
        wheels.REQUIREMENTS.write_bytes(pins)
        monkeypatch.setattr(wheels, "WHEELS", tmp_path)
        monkeypatch.setattr(wheels, "_install", lambda folder, target: folder.mkdir())
        names |= {wheels.fetch_wheels("host").name, wheels.fetch_wheels("lambda").name}
    assert len(names) == 4


def test_wheels_are_fetched_once(tmp_path, monkeypatch):
    fetched = []
    monkeypatch.setattr(wheels, "WHEELS", tmp_path)
    monkeypatch.setattr(wheels, "_install", lambda folder, target: (fetched.append(target), folder.mkdir()))
    assert wheels.fetch_wheels("host") == wheels.fetch_wheels("host")
    assert fetched == ["host"]


def test_wheels_that_lambda_cannot_load_are_not_kept(tmp_path, monkeypatch):
    monkeypatch.setattr(wheels, "WHEELS", tmp_path)
    monkeypatch.setattr(wheels, "_install", lambda folder, target: shared_object(folder / "x.so", machine=X86_64))
    with pytest.raises(ValueError, match="not for arm64"):
        wheels.fetch_wheels("lambda")
    assert list(tmp_path.iterdir()) == []


def test_pip_is_asked_for_lambdas_python_and_cpu_and_for_hashes(tmp_path, monkeypatch):
    asked = []

    def run(command, **_):
        asked.append(" ".join(command))
        Path(command[command.index("--target") + 1]).mkdir()

    monkeypatch.setattr(wheels, "WHEELS", tmp_path)
    monkeypatch.setattr(wheels.subprocess, "run", run)
    wheels.fetch_wheels("lambda")
    (command,) = asked
    for wanted in ("--require-hashes", "--only-binary=:all:", "--python-version 3.13", "manylinux2014_aarch64"):
        assert wanted in command


def test_the_local_layer_leads_python_to_the_wheels(tmp_path):
    wheel = tmp_path / "wheels"
    wheel.mkdir()
    (wheel / "only_in_the_layer.py").write_text("ANSWER = 42")
    wheels.point_at_wheels(tmp_path / "layer", wheels=wheel)
    site = next((tmp_path / "layer" / "python" / "lib").glob("python*/site-packages"))
    script = f"import site; site.addsitedir({str(site)!r}); import only_in_the_layer as x; print(x.ANSWER)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "42"
