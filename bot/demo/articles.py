"""What the demo's news site publishes, in the order it does."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["ARTICLES", "OLD", "Story"]


@dataclass(frozen=True, slots=True)
class Story:
    """One article of the demo site; `lead` is its first real paragraph."""

    slug: str
    title: str
    lead: str
    author: str
    categories: tuple[str, ...]
    lang: str = "en"
    excerpt: bool = True


OLD = (
    Story(
        "library-opens",
        "New public library opens its doors in Huye",
        "Readers queued before dawn for the first library cards.",
        "Aline Uwase",
        ("Culture",),
    ),
    Story(
        "marathon-route",
        "Marathon takes a new route along the lake",
        "Runners will follow the shore for the first time.",
        "Eric Mugisha",
        ("Sport",),
    ),
    Story(
        "rain-forecast",
        "Heavy rain expected in the west this weekend",
        "Farmers were told to clear their drains by Friday.",
        "Grace Ineza",
        ("Weather",),
    ),
)
"""There before the demo starts: met, and not shared."""

ARTICLES = (
    Story(
        "electric-buses",
        "Kigali orders 120 electric buses, and a depot to charge them under the sun",
        "The first forty will run on the line from Nyabugogo to Kimironko before the end of March, the city said on "
        "Tuesday. Solar panels on the depot's roof are to cover a third of what the fleet needs, and the rest comes "
        "from the grid at night, when demand is low.",
        "Aline Uwase",
        ("Transport", "Climate"),
    ),
    Story(
        "cafe-du-lac",
        "Café du lac\u202f: la récolte s’annonce la meilleure depuis dix ans",
        "Les coopératives du Kivu attendent huit mille tonnes de cerises, un quart de plus que l’an dernier. "
        "Les pluies sont venues tard, mais au bon moment.",
        "Benoît Habimana",
        ("Économie", "Café"),
        lang="fr",
    ),
    Story(
        "amashuri",
        "Abanyeshuri ibihumbi bitanu bahawe mudasobwa nshya mu turere dutatu",
        "Minisiteri y’uburezi yavuze ko izindi zizatangwa mu gihembwe gitaha, kandi abarimu bazahugurwa mbere.",
        "Grace Ineza",
        ("Uburezi",),
        lang="rw",
    ),
    Story(
        "mountain-gorillas",
        "Two gorilla families met on the volcano’s slope, and rangers saw something nobody had filmed before 🦍👨‍👩‍👧‍👦",
        "For eleven minutes the two silverbacks sat within arm’s reach of each other while the young ones played, "
        "the rangers told this paper. Researchers say that such a truce had been described once, in 1987, and never "
        "recorded.",
        "Eric Mugisha",
        ("Nature", "Volcanoes National Park"),
        excerpt=False,
    ),
    Story(
        "court-ruling",
        "Court: landlords must return deposits within 30 days",
        "The ruling ends a dispute that began with a tenant’s letter to the editor of this newspaper in 2023.",
        "Aline Uwase",
        ("Justice",),
    ),
    Story(
        "cyclisme",
        "Tour du Rwanda\u202f: une étape de montagne inédite entre Rubavu et Musanze",
        "Le peloton grimpera trois cols en cent vingt kilomètres. Le départ sera donné à neuf heures.",
        "Benoît Habimana",
        ("Sport", "Cyclisme"),
        lang="fr",
        excerpt=False,
    ),
)
"""Published one by one while the demo runs, again from the first (with another address) at the end."""
