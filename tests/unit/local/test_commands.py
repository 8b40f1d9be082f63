"""The command line says what is wrong and changes nothing it should not."""

from __future__ import annotations

import json
import os
import signal

import pytest

from local import __main__ as commands
from local import deploy, run_file
from local.children import Children
from local.errors import LocalError
from local.front_door import request_headers
from local.run_file import Run, forget_run, only_platform, read_run, require_run, write_run
from local.simulated import available_crms, start_crm
from local.status import status_lines


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    monkeypatch.setattr(run_file, "RUN_FILE", tmp_path / "run.json")
    monkeypatch.setattr(run_file, "LOCK_FILE", tmp_path / "up.lock")


def a_run(pid):
    return Run(pid=pid, gateway_port=1, api="http://127.0.0.1:2", api_id="a", workspace="w")


def test_a_platform_that_is_up_is_found():
    write_run(a_run(os.getpid()))
    assert read_run() == a_run(os.getpid())


def test_what_a_dead_platform_left_is_not_believed():
    write_run(a_run(2**22 + 1))
    assert read_run() is None
    assert not run_file.RUN_FILE.exists()


@pytest.mark.parametrize("text", ["", "{", "[]", '{"pid": 1}'])
def test_a_broken_file_counts_as_nothing_up(text):
    run_file.RUN_FILE.write_text(text)
    assert read_run() is None


def test_a_platform_forgets_only_itself():
    write_run(a_run(os.getpid()))
    forget_run(pid=os.getpid() + 1)
    assert read_run() is not None


def test_a_second_platform_is_refused():
    with only_platform(), pytest.raises(LocalError, match="local down"), only_platform():
        pytest.fail("two platforms at once")


def test_commands_that_need_a_platform_say_how_to_start_one(capsys):
    with pytest.raises(LocalError, match="local up"):
        require_run()
    assert commands.main(["status"]) == 1
    assert "python -m local up" in capsys.readouterr().err


def test_down_without_a_platform_is_no_error(capsys):
    assert commands.main(["down"]) == 0
    assert capsys.readouterr().out == "nothing is up\n"


def test_an_unknown_command_is_refused(capsys):
    with pytest.raises(SystemExit) as ended:
        commands.main(["fly"])
    assert ended.value.code == 2
    assert "invalid choice" in capsys.readouterr().err


def test_an_unknown_crm_is_refused_with_those_there_are(tmp_path):
    with pytest.raises(LocalError, match=", ".join(available_crms())):
        start_crm(Children(), "siebel")
    assert {"hubspot", "salesforce"} <= set(available_crms())


def test_the_first_interrupt_is_the_last_that_counts():
    before = {number: signal.getsignal(number) for number in commands._ENDING}
    try:
        with pytest.raises(KeyboardInterrupt):
            commands._interrupt(signal.SIGINT, None)
        assert all(signal.getsignal(number) is signal.SIG_IGN for number in commands._ENDING)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def test_parameters_reach_sam_with_their_quotes():
    from samcli.cli.types import CfnParameterOverridesType

    wanted = json.dumps({"hubspot": "http://127.0.0.1:1", "note": "a b, c=d"})
    read = CfnParameterOverridesType().convert((f"CrmBaseUrls={deploy._quoted(wanted)}",), None, None)
    assert read == {"CrmBaseUrls": wanted}


def test_a_failing_sam_is_told_in_its_own_words(monkeypatch, tmp_path):
    monkeypatch.setattr(deploy, "ROOT", tmp_path)
    monkeypatch.setattr(deploy, "STATE", tmp_path)
    with pytest.raises(LocalError, match=r"sam build failed:\n(.|\n)*[Tt]emplate"):
        deploy.build_for_host()


def test_a_request_reaches_the_function_as_api_gateway_would_hand_it_over():
    environ = {
        "REQUEST_METHOD": "POST",
        "HTTP_HOST": "127.0.0.1:8000",
        "SERVER_PORT": "8000",
        "REMOTE_ADDR": "127.0.0.1",
        "CONTENT_TYPE": "application/json",
        "HTTP_X_HUBSPOT_SIGNATURE_V3": "abc=",
        "HTTP_CONNECTION": "keep-alive",
        "HTTP_X_FORWARDED_PROTO": "https",
        "HTTP_X_FORWARDED_FOR": "6.6.6.6",
        "wsgi.version": (1, 0),
    }
    headers = dict(request_headers(environ, body_length=3))
    assert headers == {
        "Host": "127.0.0.1:8000",
        "x-hubspot-signature-v3": "abc=",
        "content-type": "application/json",
        "content-length": "3",
        "x-forwarded-for": "127.0.0.1",
        "x-forwarded-proto": "http",
        "x-forwarded-port": "8000",
    }


def test_a_status_names_what_does_not_answer():
    status = {
        "api": "http://a",
        "api_answers": True,
        "workspace": "demo",
        "integrations": {"hubspot": "int_1"},
        "sandboxes": {"hubspot": {"url": "http://h", "control": "http://h/_sandbox", "answers": False}},
        "queues": {"changes": {"waiting": 3, "in_hand": 1, "delayed": 0}},
    }
    lines = status_lines(status)
    assert "http://h  DOES NOT ANSWER  int_1" in lines[2]
    assert "waiting 3  in hand 1  delayed 0" in lines[3]
