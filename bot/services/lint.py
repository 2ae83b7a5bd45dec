"""Tries every template on articles that are hard to tell, on every platform in use."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain
from typing import Literal

import regex

from bot.domain.digest import Digest
from bot.domain.errors import TemplateError, UserError
from bot.domain.labels import Disclosure
from bot.domain.text import urls
from bot.ports.newsroom import Account, Newsroom
from bot.ports.render import Brief, Rendering, TemplateSets
from bot.services.compose import brief, limits_of
from bot.services.edition import draft
from bot.services.trials import Trial, editions, trials

__all__ = ["Fault", "Findings", "lint"]

SAMPLE = Disclosure(("sample",), "Sponsored content")
"""The label of the labelled articles where the configuration has none."""
LEFTOVERS = (
    (r"\b(None|True|False|undefined)\b", "put what may be missing into {% if %} or {% maybe %}"),
    (r"&(?:amp|lt|gt|quot|#\d+);", "posts are plain text: leave out what escapes HTML"),
    (r"<(?:Macro '|function |built-in method |bound method \w+\.)(\w+)[^>]*>", "call it with ( )"),
    (r"\{ ?\{|\} ?\}|\{ ?%|% ?\}", "a tag is {{ … }} or {% … %}, without spaces between its braces"),
)
"""What templates print by mistake, and the cure."""
VARYING = regex.compile(r"\d+|'[^']*'|https?://\S+")
"""What differs in one fault from article to article."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a template: where, on which articles it shows, and what to do."""

    level: Literal["error", "warning"]
    file: str
    line: int
    platform: str
    account: str
    articles: tuple[str, ...]
    message: str


@dataclass(frozen=True, slots=True)
class Case:
    """A set on an account."""

    template: str
    account: Account
    route: str
    digest: Digest | None = None


@dataclass(frozen=True, slots=True)
class Findings:
    """What was tried, and every fault that was found."""

    sets: tuple[str, ...]
    accounts: int
    articles: int
    faults: tuple[Fault, ...]


def lint(newsroom: Newsroom, sets: TemplateSets, at: datetime, only: Sequence[str] = ()) -> Findings:
    """Every fault; those in one place and of one kind are told once, with all their articles.

    Raises:
        UserError: a set in `only` is not there.
    """
    cases = list(_cases(newsroom, sets, only))
    names = tuple(dict.fromkeys(case.template for case in cases))
    faults: list[Fault] = []
    for name in names:
        faults += [_compiled(error) for error in _mistakes(sets, name)]
    broken = {fault.file for fault in faults}
    for case in cases:
        faults += [fault for fault in _tried(newsroom, sets, case, at) if fault.file not in broken]
    tried = {trial.name for case in cases for trial in _trials(newsroom, case, at)}
    return Findings(names, len({case.account.id for case in cases}), len(tried), _merged(faults))


def _mistakes(sets: TemplateSets, name: str) -> Sequence[TemplateError]:
    try:
        return sets.mistakes(name)
    except TemplateError as error:
        return (error,)


def _cases(newsroom: Newsroom, sets: TemplateSets, only: Sequence[str]) -> Iterator[Case]:
    """Each set on each account that is told with it; the editors' own that nobody uses, on every account."""
    used: dict[tuple[str, str], Case] = {}
    for case in _ruled(newsroom):
        used.setdefault((case.template, case.account.id), case)
    named = {template for template, _ in used}
    for template in sets.own_sets():
        for account in newsroom.accounts.values() if template not in named else ():
            if _has(sets, template, account.platform):
                used[template, account.id] = Case(template, account, "")
    known = sorted({template for template, _ in used})
    for template in only:
        if template not in known:
            there = ", ".join(known)
            raise UserError(f"no account is told with a template set {template!r}: choose among {there}")
    yield from (case for case in used.values() if not only or case.template in only)


def _ruled(newsroom: Newsroom) -> Iterator[Case]:
    """What routes, evergreen rules and digests tell with."""
    for route in newsroom.routes:
        for name in route.accounts:
            account = newsroom.accounts[name]
            near = account.budget.near_template if account.budget else ""
            own = account.options.template or route.template
            for template in filter(None, (own, near, *(each.template for each in route.repeat))):
                yield Case(template, account, route.name)
    for rule in newsroom.evergreen:
        for name in rule.accounts if rule.template else ():
            yield Case(rule.template, newsroom.accounts[name], "")
    for digest in newsroom.digests:
        for name in digest.accounts:
            yield Case(digest.template, newsroom.accounts[name], digest.name, digest)


def _has(sets: TemplateSets, template: str, platform: str) -> bool:
    try:
        return bool(sets.variants(template, "", platform))
    except TemplateError:
        return False


def _tried(newsroom: Newsroom, sets: TemplateSets, case: Case, at: datetime) -> Iterator[Fault]:
    account = case.account
    limits, _ = limits_of(account)
    for trial in _trials(newsroom, case, at):
        article = trial.article
        asked = brief(newsroom, account, article, route=case.route, limits=limits)
        asked = replace(asked, template=case.template, disclosure=_label(newsroom, trial))
        sample = asked.disclosure is SAMPLE
        try:
            names = sets.variants(case.template, article.lang, account.platform)
        except TemplateError as error:
            yield _fault(error, account, trial)
            return
        for number in range(len(names)):
            turn = replace(asked, occasion=f"repeat:{number}")
            try:
                rendering = sets.render(article, turn, at)
            except TemplateError as error:
                yield _sample_fault(error, account, trial) if sample else _fault(error, account, trial)
                continue
            found = _looked_at(sets, turn, trial, rendering)
            if case.digest is not None:
                found = chain(found, _told(sets, case.digest, trial, rendering))
            for line, message, level in found:
                file = sets.shown(rendering.template)
                yield Fault(level, file, line, account.platform, account.id, (trial.name,), message)


def _trials(newsroom: Newsroom, case: Case, at: datetime) -> Iterator[Trial]:
    """What a case is tried on: hard articles, or hard editions of its digest."""
    if case.digest is None:
        return trials(newsroom.languages)
    return editions(draft(newsroom, case.digest, at), case.digest.most, case.digest.least)


def _told(sets: TemplateSets, digest: Digest, trial: Trial, rendering: Rendering) -> Iterator[Remark]:
    """Whether an edition tells its articles, each with its whole link."""
    said = [span.text for part in rendering.post.parts for span in urls(part)]
    told = sum(item.url in said for item in trial.article.items)
    line = sets.line_of(rendering.template, "item")
    if not told:
        yield line, "an edition tells none of its articles with its link: print {{ item.url }} whole", "error"
    elif told < digest.least:
        cure = "let its titles give way with `flex`, or make it a thread with a line ==="
        told_of = f"{told} of {len(trial.article.items)} articles"
        least = f"and [[digests]] {digest.name} asks for {digest.least}"
        yield line, f"an edition has room for {told_of}, {least}: {cure}", "warning"


def _label(newsroom: Newsroom, trial: Trial) -> Disclosure:
    """The longest label there is in the article's language."""
    if not trial.labelled:
        return Disclosure()
    texts = {each.name: each.text(trial.article.lang, newsroom.languages) for each in newsroom.labels}
    longest = max(texts, key=lambda name: len(texts[name]), default="")
    return Disclosure((longest,), texts[longest]) if longest else SAMPLE


Remark = tuple[int, str, Literal["error", "warning"]]


def _looked_at(sets: TemplateSets, asked: Brief, trial: Trial, rendering: Rendering) -> Iterator[Remark]:
    """What is wrong with a post that was rendered and fitted."""
    post, article = rendering.post, trial.article
    for part in post.parts:
        for measure in asked.limits.text:
            if (count := measure.count(part)) > measure.maximum:
                yield 1, f"is {count} {measure.unit} long, and {measure.maximum} is the most", "error"
    line = sets.reads(rendering.template, "url")
    alone = not article.items
    linked = any(post.link == span.text for part in post.parts for span in urls(part))
    if alone and post.link and not linked and post.card is None:
        if any(post.link in part for part in post.parts):
            yield line, "the link runs into what stands behind it: put a space or a new line there", "error"
        elif line:
            yield line, "the link is lost: print {{ url }} whole, outside of `truncate` and `if`", "error"
        else:
            yield 1, 'prints no link: add {{ url }}, or set `link = "none"` if that is meant', "warning"
    own = " ".join(f"{a.title} {a.summary} {a.content} {a.url}" for a in (article, *article.items))
    card = (post.card.title, post.card.description) if post.card else ()
    for said in (*post.parts, *card, post.warning, *(image.alt for image in post.images)):
        for pattern, cure in LEFTOVERS:
            found = regex.search(pattern, said)
            if found and found[0] not in own:
                where = found[1] if found.groups() else found[0]
                yield sets.line_of(rendering.template, where), f"prints {found[0][:24]!r}: {cure}", "error"


def _compiled(error: TemplateError) -> Fault:
    return Fault("error", error.file, error.line, "", "", (), error.message)


def _fault(error: TemplateError, account: Account, trial: Trial) -> Fault:
    return Fault("error", error.file, error.line, account.platform, account.id, (trial.name,), error.message)


def _sample_fault(error: TemplateError, account: Account, trial: Trial) -> Fault:
    """No label is configured yet, so that nothing is wrong yet."""
    message = f"once there are [[labels]]: {error.message}".replace(
        f", which label {SAMPLE.name} asks for", ""
    )
    return replace(_fault(error, account, trial), level="warning", message=message)


def _merged(faults: Sequence[Fault]) -> tuple[Fault, ...]:
    """One for each place, account and kind of fault, with all its articles; errors first."""
    kinds: dict[tuple[str, ...], Fault] = {}
    for fault in faults:
        kind = (fault.level, fault.file, str(fault.line), fault.account, VARYING.sub("", fault.message))
        first = kinds.setdefault(kind, fault)
        kinds[kind] = replace(first, articles=tuple(dict.fromkeys((*first.articles, *fault.articles))))
    ranked = sorted(kinds.values(), key=lambda each: (each.level, each.file, each.line, each.account))
    return tuple(ranked)
