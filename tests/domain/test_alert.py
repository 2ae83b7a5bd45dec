from __future__ import annotations

from datetime import UTC, datetime

from bot.domain.alert import Event, OpenAlert, messages, share_key

AT = datetime(2026, 11, 24, 12, tzinfo=UTC)


def an_alert(id_: int, event: Event, text: str = "text") -> OpenAlert:
    return OpenAlert(id_, event, f"key:{id_}", text, AT)


def test_alerts_of_one_event_are_one_message() -> None:
    alerts = [an_alert(1, Event.MISSED, "one"), an_alert(2, Event.SOURCE), an_alert(3, Event.MISSED, "two")]
    (message,) = messages(alerts, {"missed"})
    assert message.title == "Sharewire: 2 shares missed"
    assert message.body == "one\ntwo"
    assert [each.id for each in message.alerts] == [1, 3]


def test_each_event_is_a_message_of_its_own() -> None:
    alerts = [an_alert(1, Event.MISSED), an_alert(2, Event.SOURCE)]
    assert [each.title for each in messages(alerts, {"missed", "source"})] == [
        "Sharewire: 1 share missed",
        "Sharewire: a source needs you",
    ]


def test_what_is_not_wanted_is_not_told() -> None:
    assert messages([an_alert(1, Event.MISSED)], {"source"}) == ()


def test_a_long_message_ends_with_how_many_more_there_are() -> None:
    (message,) = messages([an_alert(n, Event.FAILED, f"line {n}") for n in range(25)], {"failed"})
    assert message.body.splitlines()[-2:] == ["line 19", "and 5 more"]
    assert len(message.alerts) == 25


def test_every_event_has_a_head() -> None:
    for event in Event:
        assert messages([an_alert(1, event)], {event})[0].title.startswith("Sharewire: ")


def test_a_shares_key_begins_with_its_number() -> None:
    assert share_key(41, Event.HELD) == "share:41:held"
