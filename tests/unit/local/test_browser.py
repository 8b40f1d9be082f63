"""The person with the browser reads pages as a browser does."""

from __future__ import annotations

import httpx
import pytest

from local.browser import Browser, read_page
from local.errors import LocalError

CONSENT = """<form method="post" action="grant">
<input type="hidden" name="state" value="a&amp;b"><input name="note">
<button type="submit" name="decision" value="grant">Yes</button>
<button type="submit" name="decision" value="deny">No</button></form>"""


def visiting(answer):
    browser = Browser()
    browser._http = httpx.Client(transport=httpx.MockTransport(answer), follow_redirects=True)
    return browser


def test_hidden_fields_and_buttons_of_a_form_are_read():
    (form,) = read_page(CONSENT).forms
    assert (form.method, form.action) == ("post", "grant")
    assert form.fields == {"state": "a&b", "note": ""}
    assert form.buttons == [("decision", "grant"), ("decision", "deny")]


def test_text_is_found_by_its_id_even_inside_other_elements():
    assert read_page('<p id="all">Code: <code id="code"> ab-12 </code>.</p>').texts["code"] == "ab-12"


def test_granting_posts_the_form_with_its_first_button_and_follows_the_redirect():
    def answer(request):
        if request.url.path == "/authorize":
            return httpx.Response(200, html=CONSENT)
        if request.url.path == "/grant":
            assert request.content == b"state=a%26b&note=&decision=grant"
            return httpx.Response(302, headers={"location": "https://app.test/callback?code=c"})
        assert str(request.url) == "https://app.test/callback?code=c"
        return httpx.Response(200, html='<code id="code">one-time</code>')

    assert visiting(answer).allow("https://crm.test/authorize?state=s").texts == {"code": "one-time"}


def test_a_page_that_asks_for_nothing_is_said():
    with pytest.raises(LocalError, match="asks for no consent"):
        visiting(lambda _: httpx.Response(200, html="<h1>hello</h1>")).allow("https://crm.test/authorize")


def test_an_error_page_is_told_without_the_query_that_may_hold_a_code():
    with pytest.raises(LocalError, match="400: bad scope") as caught:
        visiting(lambda _: httpx.Response(400, text="bad scope")).allow("https://crm.test/a?code=secret")
    assert "secret" not in str(caught.value)
