"""The page: a Mesa visualisation of `Worlds`, which is `sim.Opposition` with another beside it.

Mesa's own `ModelController` steps, plays and resets the model, and Mesa's `update_counter` tells
the drawings that a week has passed, as in any `SolaraViz`. So a Mesa user takes the page apart:

    import solara
    from mesa.visualization import SolaraViz
    from sim.view.app.page import Curve, Map, Numbers
    from sim.view.app.worlds import Worlds

    @solara.component
    def Page():
        model = solara.use_memo(lambda: Worlds("historical", rng=1), [])
        SolaraViz(model, components=[Curve, Map, Numbers])

The side bar of `SolaraViz` has no room for groups, sources and a second world, and its grid none
for a map, so the page lays these out itself and does without `ModelCreator`; `Session` makes
the models. Every visitor has a `Session` of their own, made when `Page` is first rendered.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import solara
import solara.lab
from mesa.visualization.solara_viz import ModelController
from mesa.visualization.utils import update_counter

from sim.scenario.loading import hash_of
from sim.view import killings
from sim.view.app import curve, guard, map, numbers
from sim.view.app.address import to_query
from sim.view.app.band import Band, band
from sim.view.app.session import Session
from sim.view.app.sidebar import Panel
from sim.view.app.svg import Size
from sim.view.app.widgets import Address, Picture, Tabs, Timeline
from sim.view.app.worlds import Worlds

PACES = {"slow": 400, "steady": 120, "fast": 1}
"""Milliseconds that Mesa's player waits between weeks."""

REST = 0.3
"""Seconds that a slider has to rest before the band behind the curve is computed again."""

NOTHING: frozenset[str] = frozenset()
SHOWS = {"places": "where they were", "statements": "signed", "quiet": "gone quiet"}
LATER = {"under_label": "in camps, all under the label"}
"""What the curve can show beside those holding out; and once there is anybody."""


@solara.component
def Layout(children: list[solara.Element] | None = None) -> solara.Element:  # noqa: N802
    """Give the page the whole window, without Solara's bars."""
    return solara.Div(children=children or [])


@solara.component
def Page() -> None:  # noqa: N802
    """One visitor's page."""
    router = solara.use_router()
    session = solara.use_memo(lambda: Session(router.search), [])
    solara.use_effect(lambda: session.leave, [])
    with solara.Div(classes=["midnight"]):
        solara.Title("Midnight")
        solara.Style(Path(__file__).with_name("app.css"))
        Body(session)


@solara.component
def Body(session: Session) -> None:  # noqa: N802
    """Lay out the bar, the figures and the panel."""
    worlds, message = session.model.value, session.message.value
    shows, set_shows = solara.use_state(NOTHING)
    pace, set_pace = solara.use_state("steady")
    interval = solara.use_reactive(PACES["steady"])

    def behind() -> Band | None:
        time.sleep(REST)
        return band(worlds.resolved) if found.is_current() else None

    found = solara.lab.use_task(
        behind, dependencies=[hash_of(worlds.resolved)], raise_error=False, prefer_threaded=True
    )

    def choose_pace(name: str) -> None:
        set_pace(name)
        interval.value = PACES[name]

    def toggle(name: str) -> None:
        set_shows(shows ^ {name})

    with solara.Div(classes=["sheet"]):
        with solara.v.Html(tag="header", class_="bar"):
            solara.v.Html(tag="h1", children=["Midnight"])
            with solara.Div(classes=["player"]):
                Player(session, interval, session.controller.value)
            Tabs(tabs=list(PACES), value=pace, event_opened=choose_pace)
            Where(session)
        if message:
            Alert(message, lambda *_: session.message.set(""))
        with solara.v.Html(tag="main", class_="figures"):
            with solara.Div(classes=["series"]):
                Curve(worlds, found.value if found.finished else None, shows, session.pace.drawn)
                Toggles(shows, toggle, worlds)
            Numbers(worlds)
            with solara.Div(classes=["maps"]):
                Map(worlds, 0, session.choose_place)
                if worlds.second is not None:
                    Map(worlds, 1, session.choose_place)
        Panel(session)


@solara.component
def Player(session: Session, interval: solara.Reactive[int], anew: int) -> None:  # noqa: N802
    """Show Mesa's own buttons; another number puts fresh ones, which know whether all is over."""
    ModelController(
        session.model,
        model_parameters=session.parameters,
        play_interval=interval,
        render_interval=solara.use_reactive(1),
        use_threads=solara.use_reactive(False),
    ).key(f"controller-{anew}")


@solara.component
def Alert(words: str, put_away: Callable[..., None] | None = None) -> None:  # noqa: N802
    """Tell what is wrong, until it is put away."""
    parts: list[Any] = [words]
    if put_away is not None:
        attributes = {"type": "button", "aria-label": "Dismiss"}
        button = solara.v.Html(tag="button", attributes=attributes, children=["×"])
        solara.v.use_event(button, "click", put_away)
        parts.append(button)
    solara.v.Html(tag="div", class_="alert", attributes={"role": "alert"}, children=parts)


@solara.component
def Toggles(shows: frozenset[str], toggle: Callable[[str], None], model: Worlds) -> None:  # noqa: N802
    """Let the curve show more."""
    update_counter.get()
    there = {name: words for name, words in LATER.items() if numbers.ever(model.frame, name)}
    with solara.Div(classes=["toggles"]):
        for name, words in (SHOWS | there).items():
            on = name in shows
            attributes = {"type": "button", "aria-pressed": str(on).lower()}
            button = solara.v.Html(tag="button", attributes=attributes, children=[words])
            solara.v.use_event(button, "click", lambda *_, name=name: toggle(name))


@solara.component
def Where(session: Session) -> None:  # noqa: N802
    """Show the day, keep the address, and tell when a world has failed."""
    update_counter.get()
    worlds = session.model.value
    frame = worlds.frame
    with solara.Div(classes=["where"]):
        Timeline(
            day=f"{frame.day.day} {frame.day:%B %Y}",
            week=frame.week,
            first=frame.first.scenario.calendar.first_week,
            weeks=frame.weeks,
            event_go=lambda week: session.wish(lambda: session.go(int(week))),
        )
        Address(query=to_query(replace(session.view.value, week=frame.week)))
        if worlds.failure:
            Alert(f"This world could not go on: {worlds.failure}")


def use_size(width: int, height: int) -> tuple[Size, Callable[[list[int]], None]]:
    """Return the size of a picture's place, and what the browser calls when it has changed."""
    size, set_size = solara.use_state(Size(width, height))
    return size, lambda found: set_size(Size(*found))


@solara.component
def Curve(  # noqa: N802
    model: Worlds,
    behind: Band | None = None,
    shows: frozenset[str] = NOTHING,
    drawn: Callable[[int], None] | None = None,
) -> None:
    """Draw those holding out, week by week, with what the sources say."""
    update_counter.get()
    frame = model.frame
    size, resized = use_size(900, 280)
    picture = guard.picture(curve.draw, frame, size, behind, shows)
    people = " and ".join(f"{world.counts[-1, 0]:,} in {world.name}" for world in frame.worlds)
    words = behind.says if behind is not None else "Computing the band ...."
    if len(frame.worlds) > 1:
        words = words.replace("Band", "Band (first world)", 1)
    words += " Red: what the sources say. Letters: dated acts."
    with solara.Div(classes=["curve"]):
        Picture(
            label=f"People holding out on {frame.day}: {people}",
            still=picture.still,
            moving=picture.moving,
            width=int(size.width),
            height=int(size.height),
            week=frame.week,
            world=str(id(model)),
            event_drawn=drawn,
            event_resized=resized,
        )
        solara.v.Html(tag="p", class_="said", attributes={"data-print": ""}, children=[words])


@solara.component
def Map(model: Worlds, k: int = 0, choose: Callable[[str], None] | None = None) -> None:  # noqa: N802
    """Draw the places of one of the worlds."""
    update_counter.get()
    world = model.frame.worlds[k]
    alone = len(model.frame.worlds) == 1
    size, resized = use_size(600, 300)
    key = ("colours", "shapes") if alone else (("colours",), ("shapes",))[k]
    picture = guard.picture(map.draw, world, size, key)

    def chosen(what: str) -> None:
        if choose is not None:
            choose(what.partition(":")[2])

    with solara.Div(classes=["map"]):
        if not alone:
            name = ("first", "second")[k]
            words = [solara.v.Html(tag="i"), world.name]
            solara.v.Html(tag="h2", class_=name, attributes={"data-print": ""}, children=words)
        Picture(
            label=f"Map of {world.name} on {model.frame.day}",
            still=picture.still,
            moving=picture.moving,
            width=int(size.width),
            height=int(size.height),
            week=model.frame.week,
            event_resized=resized,
            event_chosen=chosen,
        )


@solara.component
def Numbers(model: Worlds) -> None:  # noqa: N802
    """Show the numbers of the week."""
    update_counter.get()
    frame = model.frame
    solara.HTML(tag="div", unsafe_innerHTML=guard.html(numbers.table, frame), classes=["numbers"])
    if words := killings.said(*(world.scenario.calendar for world in frame.worlds)):
        solara.v.Html(tag="p", class_="killings", attributes={"data-print": ""}, children=[words])
