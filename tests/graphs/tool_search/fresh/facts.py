"""What the orchard says to its questions, worked out from it by other means than the servers."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from tests.scenarios.world_facts import Fact, World, day, told, weekday

FRESH = Path(__file__).parent
POUND_KG, MILE_KM, FOOT_M, INCH_CM = Decimal("0.45359237"), Decimal("1.609344"), Decimal("0.3048"), Decimal("2.54")


def said(world: World, path: str, words: str, place: int) -> Decimal:
    """Return a number among words that a file must hold: the word at a place, without marks."""
    return Decimal(world.quote(path, words).split()[place].strip(",.").replace(",", ""))


def days(world: World, since: str, until: str) -> int:
    return (day(until) - day(since)).days


FACTS: dict[str, Fact] = {
    "fresh-01-a": lambda w: w.one("select delivered - ordered from orders where customer = 'Tea Barn'"),
    "fresh-01-b": lambda w: w.one("select delivered - ordered from orders where order_id = 804"),
    "fresh-02-a": lambda w: w.one("select 7 * price from products where product = 'Midwinter'"),
    "fresh-02-b": lambda w: round(float(w.one("select 12 * price from products where product = 'Morning Dew'")), 2),
    "fresh-03-a": lambda w: round(
        float(w.one("select hourly_wage * hours_a_week from staff where name = 'Petra Vance'")), 2
    ),
    "fresh-03-b": lambda w: w.one("select hourly_wage * hours_a_week from staff where name = 'Tomas Reeve'"),
    "fresh-04-a": lambda w: w.one("select yield_kg / trees from varieties where variety = 'Bramley'"),
    "fresh-04-b": lambda w: w.one("select trees / rows from varieties where variety = 'Kingston'"),
    "fresh-05-a": lambda w: w.one(
        "select a.trees - b.trees from varieties a, varieties b where a.variety = 'Kingston' and b.variety = 'Foxwhelp'"
    ),
    "fresh-05-b": lambda w: round(
        float(
            w.one(
                "select a.price - b.price from products a, products b "
                "where a.product = 'Midwinter' and b.product = 'Old Hat'"
            )
        ),
        2,
    ),
    "fresh-06-a": lambda w: weekday(w.one("select started from staff where name = 'Bram Oduya'")),
    "fresh-06-b": lambda w: weekday(w.one("select planted from varieties where variety = 'Bramley'")),
    "fresh-07-a": lambda w: told(
        said(w, "files/recipes/jelly.txt", "900 g sugar", 0) * 20 / said(w, "files/recipes/jelly.txt", "makes 6", 1),
        "g",
    ),
    "fresh-07-b": lambda w: told(
        said(w, "files/recipes/cake.txt", "420 g flour", 0) * 30 / said(w, "files/recipes/cake.txt", "for 12", 1), "g"
    ),
    "fresh-08-a": lambda w: days(
        w, w.quote("files/machines/pump.json", '"last_serviced": "2027-02-09"').split('"')[3], "2027-06-01"
    ),
    "fresh-08-b": lambda w: (
        w.quote("files/letters/customs.txt", "inspect your still on 22 June 2027")
        and days(w, "2027-01-08", "2027-06-22")
    ),
    "fresh-09-a": lambda w: told(
        round(said(w, "files/machines/pump.json", '"weight_kg": 86', 1) / POUND_KG, 3), "pounds"
    ),
    "fresh-09-b": lambda w: told(
        round(said(w, "files/machines/mill.ini", "length_cm = 182", 2) / INCH_CM, 3), "inches"
    ),
    "fresh-10-a": lambda w: w.one("select sum(trees) from varieties where variety in ('Kingston', 'Redstreak')"),
    "fresh-10-b": lambda w: round(float(w.one("select 6 * price from products where product = 'Gold Leaf'")), 2),
    "fresh-11-a": lambda w: w.quote("documents/farm-shop.md", "opened on 7 May 1989") and weekday("1989-05-07"),
    "fresh-11-b": lambda w: w.quote("documents/cabin.md", "put in on 19 November 2003") and weekday("2003-11-19"),
    "fresh-12-a": lambda w: 6 * said(w, "documents/tours.md", "costs 9 pounds for adults", 1),
    "fresh-12-b": lambda w: 5 * said(w, "documents/cabin.md", "costs 16 pounds a head", 1),
    "fresh-13-a": lambda w: (
        4
        * said(w, "documents/farm-shop.md", "an apple cake 3.20 pounds", 3)
        * (100 - said(w, "documents/farm-shop.md", "get 15 percent off", 1))
        / 100
    ),
    "fresh-13-b": lambda w: (
        12
        * said(w, "documents/tours.md", "costs 9 pounds for adults", 1)
        * (100 - said(w, "documents/tours.md", "get 20 percent off", 1))
        / 100
    ),
    "fresh-14-a": lambda w: told(round(said(w, "documents/lane.md", "runs 6.4 kilometres", 1) / MILE_KM, 3), "miles"),
    "fresh-14-b": lambda w: told(round(said(w, "documents/cabin.md", "stands 245 metres", 1) / FOOT_M, 2), "feet"),
    "fresh-15-a": lambda w: told(
        w.one("select variety from varieties order by planted desc limit 1"),
        w.quote("documents/kingston.md", "Kingston was grafted by Wilhelmina Stroud"),
    ),
    "fresh-15-b": lambda w: told(
        w.one("select product from products order by price desc limit 1"),
        w.quote("documents/midwinter.md", "Midwinter was first made by Clara Benning"),
    ),
    "fresh-16-a": lambda w: (
        w.quote("documents/press-house.md", "until 12 October 1964")
        and w.quote("documents/press-house.md", "since 3 September 1965")
        and days(w, "1964-10-12", "1965-09-03")
    ),
    "fresh-16-b": lambda w: (
        w.quote("documents/farm-shop.md", "7 May 1989")
        and w.quote("documents/friends.md", "30 January 1998")
        and 1998 - 1989 - 1
    ),
    "fresh-17-a": lambda w: w.quote("documents/teahouse-zh.md", "2016年4月17日开业") and weekday("2016-04-17"),
    "fresh-17-b": lambda w: w.quote("documents/teahouse-zh.md", "一壶红茶5.50镑") and 3 * Decimal("5.50"),
    "fresh-18-a": lambda w: (
        w.quote("documents/bees-zh.md", "离果园大门1.2公里") and told(round(Decimal("1.2") / MILE_KM, 4), "miles")
    ),
    "fresh-18-b": lambda w: (
        w.quote("documents/bees-zh.md", "有18个蜂箱") and w.quote("documents/bees-zh.md", "收蜜540公斤") and 540 // 18
    ),
    "fresh-19-a": lambda w: (
        said(w, "documents/farm-shop.md", "costs 6.75 pounds", 1)
        + Decimal(w.one("select price from products where product = 'Old Hat'"))
    ),
    "fresh-19-b": lambda w: (
        said(w, "documents/farm-shop.md", "a pot of jelly 4.10 pounds", 4)
        + 2 * Decimal(w.one("select price from products where product = 'Quiet Lane'"))
    ),
}
