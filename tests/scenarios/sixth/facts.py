"""What the sixth world says to its questions, worked out from it by other means than the servers."""

from __future__ import annotations

import json
from datetime import date, timedelta
from decimal import Decimal

from tests.scenarios.world_facts import Fact, World, day, now_in, told, weekday, zone_time

MILE_KM = Decimal("1.609344")
POUND_KG = Decimal("0.45359237")
INCH_CM = Decimal("2.54")


def full_years(start: date, end: date) -> int:
    return end.year - start.year - ((end.month, end.day) < (start.month, start.day))


def mixer(world: World, field: str) -> str:
    return str(json.loads(world.text("files/office/mixer.json"))[field])


def amount(world: World, path: str, words: str) -> Decimal:
    """Return the one number among words that a file must hold."""
    [number] = [word for word in world.quote(path, words).split() if word[0].isdigit()]
    return Decimal(number)


FACTS: dict[str, Fact] = {
    "sixth-single-01": lambda w: w.one("select price from bakes where bake = 'crab pasty'"),
    "sixth-single-02": lambda w: w.one("select worker from staff order by started limit 1"),
    "sixth-single-03": lambda w: w.listed("select driver from routes where weekday = 'Tuesday'"),
    "sixth-single-04": lambda w: w.listed(
        "select ingredient from larder where supplier = 'Tidewell Mill' and in_store_kg < reorder_below_kg"
    ),
    "sixth-single-05": lambda w: w.one("select weight_g from bakes where bake = 'saffron bun'"),
    "sixth-single-06": lambda w: w.one("select bake from bakes order by price desc limit 1"),
    "sixth-single-07": lambda w: w.one("select use_by from larder where ingredient = 'butter'"),
    "sixth-single-08": lambda w: weekday("2029-03-30"),
    "sixth-single-09": lambda w: day("2029-02-09") + timedelta(days=75),
    "sixth-single-10": lambda w: now_in("Asia/Shanghai"),
    "sixth-single-11": lambda w: 85 * Decimal("0.88"),
    "sixth-single-12": lambda w: 220 * 9 // 5 + 32,
    "sixth-single-13": lambda w: 6 * 24 - 17 - 60,
    "sixth-single-14": lambda w: w.quote("files/bakehouse/oven.log", "03:12 smoke from the damper, chain came off"),
    "sixth-single-15": lambda w: w.quote("files/office/lost-note.txt", "a brass compass in a leather case"),
    "sixth-single-16": lambda w: w.quote("documents/old-nell.md", "Nell is fed every 9 hours"),
    "sixth-single-17": lambda w: w.quote("documents/dogs.md", "Dogs may sit with their people in the boat shed"),
    "sixth-single-18": lambda w: w.quote("documents/mooncakes-zh.md", "须提前6天预订"),
    "sixth-parallel-01": lambda w: told(
        w.quote("documents/bread-class.md", "The bread class is taught by Benedict Yeo"),
        w.quote("documents/wedding-cakes.md", "Wedding cakes are made by Corisande Hale"),
    ),
    "sixth-parallel-02": lambda w: told(
        w.one("select weekly_hours from staff where worker = 'Nerys Cole'"),
        w.one("select village from staff where worker = 'Jago Rees'"),
    ),
    "sixth-parallel-03": lambda w: told(weekday("2029-06-25"), 17 * 36),
    "sixth-parallel-04": lambda w: w.listed(
        "select price from bakes where bake in ('crab pasty', 'leek pasty') order by bake"
    ),
    "sixth-parallel-05": lambda w: told(
        mixer(w, "maker"), w.quote("files/office/lease.txt", "runs until 28 September 2034")
    ),
    "sixth-parallel-06": lambda w: told(round(14 * POUND_KG, 2), "kg", 20 * INCH_CM, "cm"),
    "sixth-parallel-07": lambda w: told(
        w.quote("documents/ferry.md", "The first boat to Gull Island leaves at 06:25"),
        w.quote("documents/ferry.md", "A bicycle costs 1.50 pounds"),
    ),
    "sixth-parallel-08": lambda w: told(
        *w.rows("select worker, hourly_wage from staff where worker like 'Tom %' order by worker")
    ),
    "sixth-parallel-09": lambda w: told(
        w.quote("documents/bao-stall-zh.md", "每逢星期四"), w.quote("documents/bao-stall-zh.md", "一个肉包2.30镑")
    ),
    "sixth-parallel-10": lambda w: told(
        zone_time("2029-11-05T16:30", "Europe/London", "Asia/Tokyo"),
        zone_time("2029-11-05T16:30", "Europe/London", "America/Toronto"),
    ),
    "sixth-chained-01": lambda w: w.one(
        "select driver from routes join accounts using (route) where customer = 'Anchor Inn'"
    ),
    "sixth-chained-02": lambda w: w.one(
        "select date_diff('day', ordered_on::date, wanted_on::date) from orders where customer = 'Sedge Choir'"
    ),
    "sixth-chained-03": lambda w: w.one("select 14 * price from bakes where bake = 'cheese scone'"),
    "sixth-chained-04": lambda w: (
        amount(w, "files/recipes/saffron-buns.txt", "160 g butter")
        * 45
        / amount(w, "files/recipes/saffron-buns.txt", "makes 18")
    ),
    "sixth-chained-05": lambda w: amount(w, "files/office/lease.txt", "quarterly rent is 2760 pounds") / 3,
    "sixth-chained-06": lambda w: day(mixer(w, "last_serviced")) + timedelta(days=int(mixer(w, "service_every_days"))),
    "sixth-chained-07": lambda w: w.one(
        "select sum(price * case bake when 'harbour loaf' then 3 when 'seeded rye' then 2 else 6 end) from bakes "
        "where bake in ('harbour loaf', 'seeded rye', 'fruit scone')"
    ),
    "sixth-chained-08": lambda w: weekday(w.one("select started from staff where worker = 'Nerys Cole'")),
    "sixth-chained-09": lambda w: w.one(
        "select weight_g from bakes join orders using (bake) where customer = 'Heron School'"
    ),
    "sixth-chained-10": lambda w: w.one(
        "select weekly_hours * hourly_wage::decimal(6, 2) from staff where worker = 'Dot Farrow'"
    ),
    "sixth-chained-11": lambda w: told(
        *w.rows(
            "select max_by(route, distance_km), max(distance_km) - min(distance_km) from routes "
            "where route in ('Hill', 'Marsh')"
        )[0]
    ),
    "sixth-chained-12": lambda w: w.one(
        "select sum(price * case bake when 'saffron bun' then 2 else 5 end) from bakes where kind = 'bun'"
    ),
    "sixth-mixed-01": lambda w: (
        w.quote("documents/founding.md", "founded on 12 June 1931")
        and w.quote("documents/old-nell.md", "started on 2 February 1962")
        and full_years(day("1931-06-12"), day("1962-02-02"))
    ),
    "sixth-mixed-02": lambda w: told(
        weekday("2029-05-17"),
        w.quote("documents/tea-room.md", "daily from 09:30 to 17:00, and on Thursdays until 20:15"),
    ),
    "sixth-mixed-03": lambda w: told(
        w.one("select vehicle from routes order by distance_km desc limit 1"),
        w.quote("documents/vehicles.md", "Clementine, the old diesel, was painted by Hattie Loom"),
    ),
    "sixth-mixed-04": lambda w: (
        2
        * amount(w, "documents/tea-room.md", "Afternoon tea costs 14.50 pounds for each person")
        * (100 - amount(w, "documents/crumb-club.md", "get 10 percent off everything in the tea room"))
        / 100
    ),
    "sixth-mixed-05": lambda w: 11 * amount(w, "documents/bread-class.md", "costs 38 pounds for each person"),
    "sixth-mixed-06": lambda w: told(w.quote("documents/mooncakes-zh.md", "一盒莲蓉月饼12.80镑"), 4 * Decimal("12.80")),
    "sixth-mixed-07": lambda w: told(
        w.one("select in_store_kg from larder where ingredient = 'currants'"),
        w.quote("documents/tea-room.md", "seats for 46 people"),
    ),
    "sixth-mixed-08": lambda w: (
        w.quote("documents/calling-off.md", "free of charge up to four days before the day for which it is wanted")
        and day(w.one("select wanted_on from orders where customer = 'Heron School'")) - timedelta(days=4)
    ),
    "sixth-mixed-09": lambda w: (
        w.quote("documents/delivery.md", "An order under 25 pounds pays")
        and Decimal(
            w.one(
                "select sum(price * case bake when 'harbour loaf' then 2 else 3 end)::decimal(6, 2) from bakes "
                "where bake in ('harbour loaf', 'leek pasty') having sum(price) < 25"
            )
        )
        + amount(w, "documents/delivery.md", "pays 3.20 pounds for delivery")
    ),
    "sixth-mixed-10": lambda w: told(
        w.quote("documents/founding.md", "founded on 12 June 1931"), weekday("1931-06-12")
    ),
    "sixth-mixed-11": lambda w: told(
        w.quote("documents/spring-leaflet.md", "the shop opens at 08:30"),
        w.quote("files/shop/notice.txt", "the shop opens at 10:00"),
    ),
    "sixth-mixed-12": lambda w: told(
        w.quote("documents/getting-here.md", "The car park at the landing costs 4.20 pounds for the day"),
        w.one("select worker from staff where post = 'head baker'"),
        round(9 * MILE_KM, 3),
        "km",
    ),
    "sixth-impossible-06": lambda w: w.quote("documents/wedding-cakes.md", "A tasting costs 15 pounds"),
}
