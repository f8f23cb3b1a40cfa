"""The panel beside the figures: what happened, what can be changed, one person, and the words."""

from __future__ import annotations

from dataclasses import replace
from html import escape
from typing import Any

import solara
from mesa.visualization.utils import update_counter

from sim.model.places import gazetteer
from sim.scenario.files import counterfactuals, rivals
from sim.scenario.loading import hash_of, load
from sim.view.app import about, address, controls, downloads, events, guard, person
from sim.view.app.address import to_query
from sim.view.app.session import BY_HAND, NONE, Session
from sim.view.app.svg import Size
from sim.view.app.widgets import Fields, KeepPicture, Picture, Sliders, Tabs

TABS = ["Events", "Change", "Person", "Keep", "About"]
HAZARDS = (
    "A log hazard ratio of 0 has no effect; 0.7 doubles the weekly chance that somebody signs, "
    "2.3 makes it ten times as large; what holds people back lowers it as much."
)
SPANS = ("1928-32", "1928-36", "1928-38", "1926-38")
"""Years that are offered; the address takes any."""
LISTED = 200
"""People of a place that are listed, at most."""


def markup(html: str, *classes: str) -> None:
    """Put HTML of our own making on the page."""
    solara.HTML(tag="div", unsafe_innerHTML=html, classes=list(classes))


@solara.component
def Panel(session: Session) -> None:  # noqa: N802
    """Show the part that is open, and at the end of a run how it ended."""
    tab = session.tab.value
    with solara.v.Html(tag="aside", class_="panel"):
        Tabs(tabs=TABS, value=tab, event_opened=session.tab.set)
        with solara.Div(classes=["part"]):
            parts = {
                "Events": Events,
                "Change": Change,
                "Person": Person,
                "Keep": Keep,
                "About": About,
            }
            if tab == "Events":
                Closing(session)
            parts[tab](session)
            if tab != "Events":
                Closing(session)


@solara.component
def Closing(session: Session) -> None:  # noqa: N802
    """End with what became of them."""
    update_counter.get()
    frame = session.model.value.frame
    if frame.over:
        markup(guard.html(about.closing, frame), "closing")


@solara.component
def Events(session: Session) -> None:  # noqa: N802
    """List what has happened."""
    update_counter.get()
    frame = session.model.value.frame
    solara.v.Html(tag="h2", children=["What happened"])
    markup(guard.html(events.listed, frame))


@solara.component
def About(session: Session) -> None:  # noqa: N802
    """Say what one is looking at."""
    solara.v.Html(tag="h2", children=["What you are looking at"])
    markup(guard.html(about.seen, session.model.value.frame), "words")


@solara.component
def Change(session: Session) -> None:  # noqa: N802
    """Choose the worlds, and change them."""
    view = session.view.value

    def option(name: str) -> dict[str, str]:
        title, question = address.described(name)
        return {"value": name, "text": title, "title": question}

    kinds = {"Counterfactuals": counterfactuals(), "Rival explanations": rivals()}
    own = [name for name in address.offered() if not any(name in part for part in kinds.values())]
    parts = [{"label": "Worlds", "options": [option(name) for name in own]}]
    parts += [{"label": k, "options": [option(n) for n in part]} for k, part in kinds.items()]
    beside = [
        {"value": NONE, "text": "none", "title": ""},
        {"value": BY_HAND, "text": "the first one, changed by hand", "title": ""},
    ]
    spans = dict.fromkeys(filter(None, [*SPANS, view.span]))
    years = [{"value": "", "text": "those of the scenario"}]
    years += [{"value": each, "text": each} for each in spans]
    fields: list[dict[str, Any]] = [
        {
            "name": "first",
            "kind": "select",
            "label": "World",
            "value": view.scenario,
            "options": parts,
        },
        {
            "name": "second",
            "kind": "select",
            "label": "Beside it",
            "value": NONE if view.second is None else view.second,
            "options": [{"label": "", "options": beside}, *parts],
        },
        {
            "name": "seed",
            "kind": "text",
            "label": "Seed (people and luck)",
            "value": str(view.seed),
        },
        {
            "name": "span",
            "kind": "select",
            "label": "Years",
            "value": view.span,
            "options": [{"label": "", "options": years}],
        },
    ]
    if view.second is not None:
        which = [{"value": "first", "text": "first world"}, {"value": "second", "text": "second"}]
        fields.append(
            {
                "name": "target",
                "kind": "radio",
                "label": "The sliders change the",
                "value": session.target.value,
                "options": which,
            }
        )

    def given(field: dict[str, Any]) -> None:
        acts = {
            "first": session.choose_first,
            "second": session.choose_second,
            "seed": session.choose_seed,
            "span": session.choose_span,
            "target": session.target.set,
            "reset": lambda _: session.reset(),
        }
        session.wish(lambda: acts[field["name"]](field.get("value", "")))

    def changed(wish: dict[str, Any]) -> None:
        session.wish(lambda: session.change(wish["key"], wish["value"]))
        session.answered.value += 1

    solara.v.Html(tag="h2", children=["Change the world"])
    Fields(fields=fields, event_given=given)
    reset = solara.v.Html(
        tag="button",
        class_="reset",
        attributes={"type": "button"},
        children=["Reset to the scenario as it stands"],
    )
    solara.v.use_event(reset, "click", lambda *_: session.wish(session.reset))
    markup(f"<p>{HAZARDS}</p>")
    Sliders(
        groups=slider_groups(session),
        target=f"{session.target.value} {session.anew.value}",
        answered=session.answered.value,
        event_changed=changed,
    )


def slider_groups(session: Session) -> list[dict[str, Any]]:
    """Return the controls of the world that the sliders are for, as the browser takes them."""
    name, changes = session.changed
    groups = []
    for group, items in controls.controls(load(name)).items():
        cites = [{"id": c, "says": about.says(c)} for c in controls.claims(group)]
        rows = []
        for item in items:
            step = 1 if item.whole else "any"
            value = changes.get(item.key, item.value)
            short = "assumed" if "assumed" in item.source else "from claims"
            short = "fitted to the figures, within an assumed range" if item.fitted else short
            rows.append(
                vars(item)
                | {"step": step, "value": value, "changed": item.key in changes, "short": short}
            )
        title = group.replace("_", " ").capitalize()
        groups.append(
            {
                "name": group,
                "title": title,
                "about": controls.about(group),
                "claims": cites,
                "items": rows,
            }
        )
    return groups


@solara.component
def Person(session: Session) -> None:  # noqa: N802
    """Choose one person, and show their life in both worlds."""
    update_counter.get()
    worlds, view = session.model.value, session.view.value
    place = session.place.value
    there = person.people_at(worlds, place) if place else []
    listed = there[:LISTED]
    names = worlds.world.state.person["stance"]
    places = [{"value": "", "text": "a place ..."}]
    places += [{"value": each.id, "text": f"{each.name} ({each.kind})"} for each in gazetteer()]
    fields: list[dict[str, Any]] = [
        {
            "name": "person",
            "kind": "text",
            "label": "Number",
            "value": "" if view.person is None else str(view.person),
            "buttons": [
                {"value": "anybody", "text": "At random"},
                {"value": "somebody", "text": "Most events"},
            ],
        },
        {
            "name": "place",
            "kind": "select",
            "label": "Or from",
            "value": place,
            "options": [{"label": "", "options": places}],
        },
    ]
    if place:
        first = f"the first {LISTED} of " if len(there) > LISTED else ""
        words = f"{first}{len(there):,} people" if there else "nobody so far"
        people = [{"value": "", "text": words}]
        people += [
            {"value": str(i), "text": f"{i}: {person.STANCES_BY_CODE[names[i]]}"} for i in listed
        ]
        chosen = str(view.person) if view.person in listed else ""
        fields.append(
            {
                "name": "listed",
                "kind": "select",
                "label": "Person",
                "value": chosen,
                "options": [{"label": "", "options": people}],
            }
        )

    def given(field: dict[str, Any]) -> None:
        acts = {
            "anybody": lambda _: session.anybody(),
            "somebody": lambda _: session.somebody(),
            "person": session.choose_person,
            "listed": session.choose_person,
            "place": session.place.set,
        }
        session.wish(lambda: acts[field.get("button") or field["name"]](field.get("value", "")))

    solara.v.Html(tag="h2", children=["One person"])
    Fields(fields=fields, event_given=given)
    if view.person is None:
        markup("<p>Choose somebody: by number, at random, or from a place on the map.</p>")
    else:
        Life(session)


@solara.component
def Life(session: Session) -> None:  # noqa: N802
    """Show a life so far."""
    worlds, number = session.model.value, session.view.value.person
    size, set_size = solara.use_state(Size(340, 350))
    if number is None or number >= worlds.world.people.wing.size:
        return
    lives = person.lives(worlds, number)
    frame = worlds.frame
    picture = guard.picture(person.draw, lives, frame, size)
    who = f"An invented person, number {number} of seed {worlds.luck}. {person.about(lives[0])}"
    markup(f"<p>{escape(who)}</p>")
    markup(guard.html(person.told, lives, frame))
    with solara.Div(classes=["way"]):
        Picture(
            label=f"The way of person {number} to the breaking point",
            still=picture.still,
            moving=picture.moving,
            width=int(size.width),
            height=int(size.height),
            week=frame.week,
            event_resized=lambda found: set_size(Size(*found)),
        )


@solara.component
def Keep(session: Session) -> None:  # noqa: N802
    """Offer what can be taken along."""
    update_counter.get()
    worlds, view = session.model.value, session.view.value
    frame = worlds.frame
    stem = f"midnight-{frame.first.scenario.name}-{worlds.luck}"
    solara.v.Html(tag="h2", children=["Download"])
    with solara.Div(classes=["keeping"]):
        solara.FileDownload(
            lambda: downloads.series(worlds),
            f"{stem}.csv",
            label="The whole run, week by week (CSV)",
        )
        KeepPicture(name=f"{stem}-{frame.day}.png", words=printed(session))
        worlds_shown = [("first", view.scenario, worlds.changes[0])]
        if view.second is not None:
            worlds_shown.append(("second", view.second, worlds.changes[1]))
        calendar = frame.first.scenario.calendar
        for which, name, changes in worlds_shown:
            alone = len(worlds_shown) == 1
            label = (
                "Scenario file (TOML)" if alone else f"Scenario file of the {which} world (TOML)"
            )
            solara.FileDownload(
                lambda name=name, changes=changes: downloads.scenario_file(
                    name, changes, view.seed, calendar
                ),
                f"midnight-{which}.toml",
                label=label,
            )
    markup(
        "<p>A scenario file runs where what it extends is known: "
        f"<code>midnight run FILE.toml --seed {worlds.luck}</code>. The address of "
        "this page shows the same view to whomever you send it, where Midnight runs.</p>"
    )


def printed(session: Session) -> list[str]:
    """Return the lines that go under the picture."""
    worlds = session.model.value
    frame = worlds.frame
    hashes = ", ".join(f"{shown.name} [{hash_of(shown.scenario)}]" for shown in frame.worlds)
    first = (
        f"Midnight, a model; {hashes}; seed {worlds.luck}; {frame.day}. The persons are invented."
    )
    return [first, to_query(replace(session.view.value, week=frame.week))]
