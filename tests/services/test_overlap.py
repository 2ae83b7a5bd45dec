"""Two releases on one database, an account or a route wired in only one of them: nothing is lost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from bot.domain.routing import Route
from bot.ports.newsroom import Account
from bot.services.apply import apply
from bot.services.overlap import make_good
from tests.fakes.newsroom import Desk, account, entry
from tests.fakes.platform import FakePlatform

OLD = Route("everything", ("site",), ("fedi",))
NEW = Route("everything", ("site",), ("fedi", "sky"))


@dataclass
class Deploy:
    """The new release's desk, and the old one's, which knows no `sky`."""

    new: Desk
    old: Desk
    sky: FakePlatform

    def make_good(self, *, since: timedelta = timedelta(0)) -> int:
        now = self.new.clock.now()
        return make_good(self.new.store, self.new.newsroom, now + since, now)


@pytest.fixture
def deploy(desk_of: Callable[..., Desk], fedi: Account) -> Deploy:
    sky = FakePlatform()
    new = desk_of([fedi, account("sky", sky)], [NEW])
    old = replace(new, newsroom=replace(new.newsroom, accounts={"fedi": fedi}, routes=(OLD,)), worker="old")
    return Deploy(new, old, sky)


def test_what_the_old_release_decided_is_decided_for_the_new_account_too(deploy: Deploy) -> None:
    deploy.old.poll(entry(1))
    assert deploy.new.states() == ["fedi queued"]
    assert deploy.make_good() == 1
    assert deploy.new.states() == ["fedi queued", "sky queued"]
    assert deploy.make_good() == 0
    assert deploy.new.send_all() == ["published", "published"]


def test_an_article_from_before_the_account_was_wired_is_not_shared_there(deploy: Deploy) -> None:
    deploy.old.poll(entry(1))
    assert deploy.make_good(since=timedelta(seconds=1)) == 0


def test_what_was_published_before_you_started_stays_so(deploy: Deploy) -> None:
    deploy.old.poll(entry(1, published_at=deploy.old.clock.now() - timedelta(days=1)))
    assert deploy.make_good() == 0


def test_what_a_route_passed_over_on_purpose_is_not_decided_again(deploy: Deploy) -> None:
    deploy.new.newsroom = replace(deploy.new.newsroom, routes=(replace(OLD, stop=True), NEW))
    deploy.new.poll(entry(1))
    assert deploy.make_good() == 0
    assert deploy.new.states() == ["fedi queued"]


def test_shares_that_the_old_release_holds_for_want_of_the_account_go_on(deploy: Deploy) -> None:
    deploy.new.poll(entry(1))
    apply(deploy.old.store, deploy.old.newsroom, deploy.old.clock.now())
    assert deploy.new.states() == ["fedi queued", "sky held"]
    assert deploy.make_good() == 1
    assert deploy.new.send_all() == ["published", "published"]
    assert len(deploy.sky.sent) == 1


def test_the_old_release_sends_nothing_of_an_account_it_does_not_know(deploy: Deploy) -> None:
    deploy.new.poll(entry(1))
    assert deploy.old.send_all() == ["published"]
    assert deploy.new.states() == ["fedi published", "sky queued"]
