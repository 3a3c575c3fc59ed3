"""What the fifth world says to its questions, worked out from it by other means than the servers."""

from __future__ import annotations

import json
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

from tests.scenarios.world_facts import Fact, World, day, now_in, told, weekday, zone_time

FIFTH = Path(__file__).parent
MILE_KM = Decimal("1.609344")
FOOT_M = Decimal("0.3048")
YARD_CM = Decimal("91.44")


def full_years(start: date, end: date) -> int:
    return end.year - start.year - ((end.month, end.day) < (start.month, start.day))


def boiler(world: World, field: str) -> str:
    return str(json.loads(world.text("files/office/boiler.json"))[field])


def second_word(world: World, path: str, words: str) -> Decimal:
    """Return the amount that is the second of the words which a file must hold."""
    return Decimal(world.quote(path, words).split()[1])


FACTS: dict[str, Fact] = {
    "fifth-single-01": lambda w: w.one("select director from shows where title = 'Seven Umbrellas'"),
    "fifth-single-02": lambda w: w.one(
        "select first_night from shows where author like '%Penhaligon' and month(first_night) = 4"
    ),
    "fifth-single-03": lambda w: w.one("select costume from costumes where size = 'L' order by weekly_fee limit 1"),
    "fifth-single-04": lambda w: w.one("select weekly_fee from costumes where costume = 'Tudor queen'"),
    "fifth-single-05": lambda w: w.one("select in_stock from bar where item like 'sparkling%'"),
    "fifth-single-06": lambda w: w.one("select minutes from shows where title = 'The Salt Queen'"),
    "fifth-single-07": lambda w: w.one("select volunteer from volunteers order by since limit 1"),
    "fifth-single-08": lambda w: weekday("2028-06-19"),
    "fifth-single-09": lambda w: (day("2028-05-04") - day("2028-03-05")).days,
    "fifth-single-10": lambda w: now_in("Asia/Shanghai"),
    "fifth-single-11": lambda w: 100 * Decimal("1.175"),
    "fifth-single-12": lambda w: told(round(31 * FOOT_M, 3), "m"),
    "fifth-single-13": lambda w: 14 * 9 - 5,
    "fifth-single-14": lambda w: w.quote("files/stage/lighting-cues.txt", "cue 22 blackout"),
    "fifth-single-15": lambda w: w.quote("files/office/found-note.txt", "row F: a green umbrella"),
    "fifth-single-16": lambda w: w.quote("documents/chandelier.md", "weighs 340 kilograms"),
    "fifth-single-17": lambda w: w.quote("documents/grey-usher.md", "because an iron pillar hides half of the stage"),
    "fifth-single-18": lambda w: w.quote("documents/peony-tea-room-zh.md", "星期三休息"),
    "fifth-parallel-01": lambda w: told(
        w.quote("documents/school-visits.md", "School visits are arranged by Delphine Amory"),
        w.quote("documents/access.md", "looked after by Rosalind Peake"),
    ),
    "fifth-parallel-02": lambda w: w.listed(
        "select price from bar where item in ('ginger beer', 'salted crisps') order by item"
    ),
    "fifth-parallel-03": lambda w: told(23 * 18, weekday("2028-11-09")),
    "fifth-parallel-04": lambda w: told(
        w.one("select since from volunteers where volunteer = 'Ned Sparrow'"),
        w.one("select duty from volunteers where volunteer = 'Wei Jun'"),
    ),
    "fifth-parallel-05": lambda w: told(
        boiler(w, "maker"), w.quote("files/office/licence.txt", "Premises licence WX-4471")
    ),
    "fifth-parallel-06": lambda w: told(round(Decimal((350 - 32) * 5) / 9, 2), "C", 3 * YARD_CM, "cm"),
    "fifth-parallel-07": lambda w: told(
        w.quote("documents/getting-here.md", "The last bus to Saltby, number 17, leaves at 22:40"),
        w.quote("documents/getting-here.md", "has room for 120 cars"),
    ),
    "fifth-parallel-08": lambda w: told(
        *w.rows("select volunteer, duty from volunteers where volunteer like 'Grace %' order by volunteer")
    ),
    "fifth-parallel-09": lambda w: told(
        w.quote("documents/kunqu-workshop-zh.md", "上午10:15开始"),
        w.quote("documents/kunqu-workshop-zh.md", "每人收费8镑"),
    ),
    "fifth-parallel-10": lambda w: told(
        zone_time("2028-04-13T19:30", "Europe/London", "Asia/Shanghai"),
        zone_time("2028-04-13T19:30", "Europe/London", "America/New_York"),
    ),
    "fifth-chained-01": lambda w: w.one(
        "select date_diff('day', booked_on::date, first_night) from bookings join shows using (title) "
        "where booker = 'Basil Hythe'"
    ),
    "fifth-chained-02": lambda w: w.one(
        "select director from shows join bookings using (title) where booker = 'Theo Marsh'"
    ),
    "fifth-chained-03": lambda w: w.one("select 3 * weekly_fee from costumes where costume = 'astronaut'"),
    "fifth-chained-04": lambda w: told(
        Decimal(w.quote("files/bar/punch-recipe.txt", "3.6 litres cider").split()[0])
        * 75
        / second_word(w, "files/bar/punch-recipe.txt", "makes 30 glasses"),
        "litres",
    ),
    "fifth-chained-05": lambda w: int(w.quote("files/office/licence.txt", "yearly fee is 312").split()[-1]) // 12,
    "fifth-chained-06": lambda w: (day("2028-05-01") - day(boiler(w, "last_serviced"))).days,
    "fifth-chained-07": lambda w: w.one(
        "select 2 * full_price + 3 * reduced_price from shows where title = 'Ash and Honey'"
    ),
    "fifth-chained-08": lambda w: weekday(
        w.one("select last_night from shows where title = 'Midnight at the Laundry'")
    ),
    "fifth-chained-09": lambda w: w.one(
        "select curtain from shows join parties using (title) where school = 'Saltby Grammar'"
    ),
    "fifth-chained-10": lambda w: w.one(
        "select one.hours_2027 - other.hours_2027 from volunteers one, volunteers other "
        "where one.volunteer = 'Hester Blythe' and other.volunteer = 'Arjun Sethi'"
    ),
    "fifth-chained-11": lambda w: told(
        *w.rows(
            "select max_by(costume, weekly_fee), max(weekly_fee) - min(weekly_fee) from costumes "
            "where costume in ('pirate captain', 'flapper dress')"
        )[0]
    ),
    "fifth-chained-12": lambda w: w.one(
        "select sum(price * case item when 'red wine' then 3 else 2 end) from bar where item in ('red wine', 'cider')"
    ),
    "fifth-mixed-01": lambda w: (
        w.quote("documents/the-company.md", "founded on 14 October 1958")
        and w.quote("documents/suzhou-partner.md", "Since 18 May 2016")
        and full_years(day("1958-10-14"), day("2016-05-18"))
    ),
    "fifth-mixed-02": lambda w: told(
        weekday("2028-03-14"), w.quote("documents/costume-store.md", "on Tuesdays from 15:00 to 18:30")
    ),
    "fifth-mixed-03": lambda w: told(
        w.one("select costume from costumes order by deposit desc limit 1"),
        w.quote("documents/dragon-story.md", "The dragon was made by Osric Vail"),
    ),
    "fifth-mixed-04": lambda w: (
        3
        * Decimal(w.quote("documents/prompt-corner.md", "a cheese toastie costs 4.50").split()[-1])
        * (100 - second_word(w, "documents/prompt-corner.md", "get 20 percent off everything"))
        / 100
    ),
    "fifth-mixed-05": lambda w: 34 * second_word(w, "documents/school-visits.md", "costs 7.50 pounds for each pupil"),
    "fifth-mixed-06": lambda w: told(
        w.quote("documents/peony-tea-room-zh.md", "一壶龙井茶5.60镑"), 3 * Decimal("5.60")
    ),
    "fifth-mixed-07": lambda w: told(
        w.one("select hours_2027 from volunteers where volunteer = 'Ruth Adeyemi'"),
        w.quote("documents/the-maltings.md", "The auditorium holds 212 people"),
    ),
    "fifth-mixed-08": lambda w: (
        w.quote("documents/ticket-terms.md", "up to three days before the one they were bought for")
        and day(w.one("select first_night from shows where title = 'Midnight at the Laundry'")) - timedelta(days=3)
    ),
    "fifth-mixed-09": lambda w: (
        second_word(w, "documents/hire-terms.md", "costs 6 pounds for each day")
        * (day("2028-03-12") - day("2028-03-07")).days
    ),
    "fifth-mixed-10": lambda w: told(
        w.quote("documents/suzhou-partner.md", "Since 18 May 2016"), weekday("2016-05-18")
    ),
    "fifth-mixed-11": lambda w: told(
        w.quote("documents/brochure-spring.md", "begins at 14:30"), w.quote("files/foyer/notice.txt", "begins at 14:00")
    ),
    "fifth-mixed-12": lambda w: told(
        w.quote("documents/getting-here.md", "costs 3.50 pounds for the evening"),
        w.one("select volunteer from volunteers where duty = 'sound'"),
        round(12 * MILE_KM, 3),
        "km",
    ),
    "fifth-impossible-06": lambda w: w.quote(
        "documents/friends-of-the-maltings.md", "The secretary of the Friends is Leonie Sturt"
    ),
}
