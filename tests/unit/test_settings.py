from __future__ import annotations

import pytest

from crmbridge.errors import ConfigurationError
from crmbridge.settings import VARIABLES, Settings
from tests.house.template import document, functions

READERS = {
    "STAGE": lambda settings: settings.stage,
    "CRM": lambda settings: settings.crm,
    "RECORDS_TABLE": lambda settings: settings.records_table,
    "CONTROL_TABLE": lambda settings: settings.control_table,
    "CHANGES_QUEUE_URL": lambda settings: settings.queue_url("changes"),
    "SYNC_QUEUE_URL": lambda settings: settings.queue_url("sync"),
    "PUSH_QUEUE_URL": lambda settings: settings.queue_url("push"),
    "WAKE_QUEUE_URL": lambda settings: settings.queue_url("wake"),
    "TOKEN_KEY_ID": lambda settings: settings.token_key_id,
    "APP_SECRET_PREFIX": lambda settings: settings.app_secret_prefix,
    "OUTBOX_QUEUE_URL": lambda settings: settings.queue_url("outbox"),
    "NOTICE_TOPIC_ARN": lambda settings: settings.notice_topic_arn,
    "EVENT_BUS_NAME": lambda settings: settings.event_bus_name,
    "ARCHIVE_BUCKET": lambda settings: settings.archive_bucket,
    "BUS_EVENTS_QUEUE_ARN": lambda settings: settings.bus_events_queue_arn,
}
OPTIONAL = {"CRM_BASE_URLS", "WORKER_TIMEOUT_S", "ATTEMPTS", "DEAD_LETTER_QUEUES"}


@pytest.mark.parametrize("name", READERS)
def test_a_setting_is_read_from_its_own_variable(name):
    assert READERS[name](Settings.from_environment({name: "value-1"})) == "value-1"


@pytest.mark.parametrize("name", READERS)
@pytest.mark.parametrize("environ", [{}, "empty"])
def test_a_missing_variable_is_named_with_the_place_to_set_it(name, environ):
    settings = Settings.from_environment({name: ""} if environ == "empty" else environ)
    with pytest.raises(ConfigurationError, match=rf"{name} .*template\.yaml"):
        READERS[name](settings)


def test_the_dead_letter_queues_are_read_by_name():
    settings = Settings.from_environment({"DEAD_LETTER_QUEUES": '{"changes": "https://sqs.test/changes-dlq"}'})
    assert settings.dead_letter_urls == {"changes": "https://sqs.test/changes-dlq"}
    with pytest.raises(ConfigurationError, match="DEAD_LETTER_QUEUES"):
        _ = Settings.from_environment({}).dead_letter_urls


def test_every_variable_has_a_reader():
    assert set(VARIABLES) == {*READERS, *OPTIONAL}


def test_the_process_environment_is_read_once_and_nothing_else_of_it_is_kept(monkeypatch):
    monkeypatch.setenv("STAGE", "local")
    settings = Settings.from_environment()
    monkeypatch.setenv("STAGE", "prod")
    assert settings.stage == "local"
    assert "AWS_SECRET_ACCESS_KEY" not in settings.values


@pytest.mark.parametrize("environ", [{}, {"CRM_BASE_URLS": ""}, {"CRM_BASE_URLS": "{}"}])
def test_production_has_no_simulated_crms(environ):
    assert Settings.from_environment(environ).crm_base_urls == {}


def test_simulated_crms_are_found_by_connector():
    environ = {"CRM_BASE_URLS": '{"hubspot": "http://127.0.0.1:8101/", "salesforce": "https://127.0.0.1:8102"}'}
    expected = {"hubspot": "http://127.0.0.1:8101", "salesforce": "https://127.0.0.1:8102"}
    assert Settings.from_environment(environ).crm_base_urls == expected


@pytest.mark.parametrize("text", ["{", "[]", '"http://127.0.0.1"', '{"hubspot": 1}', '{"hubspot": "ftp://127.0.0.1"}'])
def test_base_urls_of_another_form_are_refused(text):
    with pytest.raises(ConfigurationError, match=r"CRM_BASE_URLS .*CrmBaseUrls"):
        _ = Settings.from_environment({"CRM_BASE_URLS": text}).crm_base_urls


def test_a_lease_outlives_the_worker_that_holds_it():
    assert Settings.from_environment({"WORKER_TIMEOUT_S": "10"}).lease_s > 10
    assert Settings.from_environment({}).lease_s > 60


@pytest.mark.parametrize("text", ["ten", "-1", "1.5"])
def test_a_worker_timeout_that_is_no_number_is_refused(text):
    with pytest.raises(ConfigurationError, match="WORKER_TIMEOUT_S"):
        _ = Settings.from_environment({"WORKER_TIMEOUT_S": text}).lease_s


def test_the_template_sets_every_variable():
    everywhere = document()["Globals"]["Function"]["Environment"]["Variables"]
    somewhere = {name for each in functions().values() for name in each["Environment"]["Variables"]}
    assert set(VARIABLES) <= {*everywhere, *somewhere}
    assert {name for name in everywhere if not name.startswith("POWERTOOLS_")} <= set(VARIABLES)


def test_a_call_is_held_back_for_a_sixth_of_a_workers_time():
    assert Settings.from_environment({"WORKER_TIMEOUT_S": "60"}).patience_s == 10


def test_a_crm_is_left_alone_after_three_failures_unless_told_otherwise():
    assert Settings.from_environment({}).attempts == 3
    assert Settings.from_environment({"ATTEMPTS": "5"}).attempts == 5


@pytest.mark.parametrize("text", ["many", "0", "-1"])
def test_attempts_that_are_no_number_are_refused_in_words(text):
    with pytest.raises(ConfigurationError, match="ATTEMPTS"):
        _ = Settings.from_environment({"ATTEMPTS": text}).attempts
