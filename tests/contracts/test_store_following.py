"""How articles are followed, on both databases."""

from __future__ import annotations

from dataclasses import replace

from bot.domain.following import CALM, Followed
from tests.storage.desk import NOW, StoreDesk, later


def test_an_article_is_watched_once(desk: StoreDesk) -> None:
    id_ = desk.article()
    with desk.store.write() as tx:
        tx.following.watch(id_, later(minutes=1))
        tx.following.watch(id_, later(minutes=9))
        assert tx.following.get(id_) == Followed(id_, page_at=later(minutes=1))
        assert [each.article for each in tx.following.to_look(later(minutes=1), 9)] == [id_]
        assert tx.following.to_look(NOW, 9) == []
        assert [tx.articles.awaits(at).looking for at in (NOW, later(minutes=1))] == [False, True]


def test_only_what_may_have_been_shared_is_compared(desk: StoreDesk) -> None:
    shared, other = desk.article(), desk.article()
    desk.share(article=shared)
    with desk.store.write() as tx:
        tx.following.touch(shared, NOW)
        tx.following.touch(other, NOW)
        due = tx.following.to_check(NOW + CALM, 9)
        assert due == [Followed(shared, check_at=NOW + CALM, since=NOW)]
        assert tx.following.to_check(NOW, 9) == []


def test_what_is_put_is_what_is_got(desk: StoreDesk) -> None:
    id_ = desk.article()
    whole = Followed(id_, NOW, later(hours=1), later(hours=2), 3, later(hours=3), "page", "it is gone", True)
    whole = replace(whole, back_to="https://news.example/before/", back_at=NOW)
    with desk.store.write() as tx:
        tx.following.put(whole)
        tx.following.put(replace(whole, looks=4))
    with desk.store.read() as tx:
        assert tx.following.get(id_) == replace(whole, looks=4)


def test_missing_articles_are_counted_by_source_and_those_withdrawn_lately_with_them(desk: StoreDesk) -> None:
    ids = [desk.article(), desk.article(), desk.article(source="mirror")]
    with desk.store.write() as tx:
        for id_ in ids:
            tx.following.put(Followed(id_, missing_at=NOW))
        assert (tx.following.missing("site", NOW), tx.following.missing("mirror", NOW)) == (2, 1)
        tx.articles.withdraw(ids[0], NOW)
        assert [tx.following.missing("site", since) for since in (NOW, later(hours=1))] == [2, 1]


def test_new_content_takes_no_withdrawal_back(desk: StoreDesk) -> None:
    id_ = desk.article()
    with desk.store.write() as tx:
        before = tx.articles.get(id_)
        assert before is not None
        tx.articles.withdraw(id_, NOW)
        tx.articles.change(before, undecide=True)
        after = tx.articles.get(id_)
        assert after is not None
        assert after.withdrawn_at == NOW
        tx.articles.withdraw(id_, None)
        assert tx.articles.get(id_) == before


def test_what_is_held_of_a_source_is_found_until_it_is_decided(desk: StoreDesk) -> None:
    ids = [desk.article(), desk.article(), desk.article()]
    with desk.store.write() as tx:
        for number, id_ in enumerate(ids[:2]):
            tx.following.put(Followed(id_, by="page", held_at=later(minutes=-number)))
        assert [each.article for each in tx.following.held("site")] == [ids[1], ids[0]]
        assert tx.following.held("other") == []
        tx.following.put(Followed(ids[1]))
        assert [each.article for each in tx.following.held("site")] == [ids[0]]
