"""What the world says to the questions of `sealed.jsonl`, worked out from it by other means than the servers."""

from __future__ import annotations

import re
from decimal import Decimal
from fractions import Fraction

from tests.scenarios.world_facts import Fact, day, now_in, told, weekday, zone_time

FACTS: dict[str, Fact] = {
    "single-02": lambda w: w.one("select avg(salary) from staff where department = 'engine'"),
    "single-03": lambda w: w.one("select month from rainfall where station = 'Corra' order by rain_mm desc limit 1"),
    "single-04": lambda w: w.one("select count(*) from sailings where status = 'cancelled'"),
    "single-05": lambda w: w.one("select ferry from ferries order by cars desc limit 1"),
    "single-06": lambda w: sum(
        Decimal(q) * Decimal(str(p))
        for q, p in w.rows("select quantity, unit_price from orders where status = 'shipped'")
    ),
    "single-10": lambda w: zone_time("2027-02-03T15:30", "Asia/Tokyo", "Europe/London"),
    "single-13": lambda w: "W" + str(day("2027-01-01").isocalendar().week),
    "single-15": lambda w: Fraction("17.5") / 100 * 2640,
    "single-18": lambda w: (4**3 + 4**2) - (1**3 + 1**2),
    "single-19": lambda w: Decimal(100) - Decimal("37.45") - Decimal("18.20"),
    "single-20": lambda w: "11, 13 and 17" if 11 * 13 * 17 == 2431 else "",
    "single-22": lambda w: w.names("files/recipes"),
    "single-23": lambda w: w.quote("files/letters/strange.txt", "weighs 12.6 kg"),
    "single-30": lambda w: w.quote(
        "documents/library-rules.md", "The fine for a late book is 0.15 crowns for each day"
    ),
    "single-31": lambda w: w.quote(
        "documents/corra-observatory.md", "need about twenty minutes to get used to the dark"
    ),
    "single-32": lambda w: ", ".join(re.findall(r"- \[ \] (.+)", w.text("files/todo.md"))),
    "parallel-02": lambda w: told(
        w.one("select passengers from ferries where ferry = 'Eider'"), Fraction(15, 100) * 340
    ),
    "parallel-04": lambda w: told(
        zone_time("2027-07-01T13:00", "America/Halifax", "Africa/Nairobi"),
        zone_time("2027-07-01T13:00", "America/Halifax", "Asia/Kolkata"),
    ),
    "parallel-06": lambda w: told(
        w.quote("files/harbour/berths.ini", "length_m = 60 depth_m = 4.2"),
        w.one("select length_m from ferries where ferry = 'Guillemot'"),
    ),
    "parallel-08": lambda w: told(
        w.one("select sum(cast(rain_mm as decimal(9, 1))) from rainfall where station = 'Anstrey'"),
        w.one("select ferry from ferries order by length_m desc limit 1"),
        (day("2026-12-21") - day("2026-06-21")).days,
        42195 / 1609.344,
        "mi",
    ),
    "parallel-10": lambda w: told(weekday("2029-05-20"), (day("2029-12-25") - day("2029-05-20")).days),
    "parallel-12": lambda w: told(Fraction("3.5") * 24 * 60, 5.2 * 1609.344),
    "parallel-14": lambda w: told(now_in("Asia/Tokyo"), 1000 / 32),
    "parallel-16": lambda w: told(
        w.one("select avg(length_m) from ferries where home_port = 'Anstrey'"),
        w.one("select count(*) from orders where customer = 'Mei Zhang'"),
        w.one("select count(*) from books where subject = 'history'"),
    ),
    "chained-02": lambda w: weekday(w.one("select joined from staff where name = 'Ivy Tolland'")),
    "chained-03": lambda w: Fraction(12, 100) * int(w.one("select salary from staff where name = 'Dmitri Hale'")),
    "chained-04": lambda w: told(
        round(float(w.one("select length_m from ferries where ferry = 'Corra Maid'")) / 0.3048, 2), "ft"
    ),
    "chained-06": lambda w: (
        w.quote("files/minutes/2027-03-council.txt", "Next meeting: 13 April 2027") and weekday("2027-04-13")
    ),
    "chained-09": lambda w: w.one(
        "select cars from ferries where ferry = (select ferry from sailings order by carried desc limit 1)"
    ),
    "chained-13": lambda w: (day("2027-09-15") - day("2027-03-01")).days * 24,
    "chained-16": lambda w: w.quote("files/letters/grant.txt", "Ingrid Solheim, Northern Coasts Fund"),
    "chained-17": lambda w: Fraction(
        int(w.one("select sum(cars) from ferries")), int(w.one("select count(*) from staff"))
    ),
    "chained-18": lambda w: (
        100 + Decimal(w.one("select quantity * cast(unit_price as decimal(9, 2)) from orders where order_id = 5011"))
    ),
    "mixed-01": lambda w: told(
        w.quote("documents/tallow-head-lighthouse.md", "The last keeper, Ewan Strand"), 34 / 0.3048, "ft"
    ),
    "mixed-02": lambda w: told(weekday("2027-10-01"), w.quote("documents/fishing-cooperative.md", "社长是陈海生")),
    "mixed-07": lambda w: (
        w.quote("documents/offices-abroad.md", "Osaka (Asia/Tokyo)")
        and w.quote("documents/offices-abroad.md", "open at 09:00 local time")
        and zone_time("2027-06-10T09:00", "Asia/Tokyo", "Atlantic/Faroe")
    ),
    "mixed-10": lambda w: told(
        w.quote("documents/sea-thrift.md", "gives her 44 car spaces"),
        w.one("select cars from ferries where ferry = 'Sea Thrift'"),
    ),
    "mixed-11": lambda w: told(
        w.quote("files/minutes/2027-02-council.txt", "Cost agreed: 18,400 crowns"),
        w.quote("documents/council-charter.md", "decide when six of them are present"),
    ),
    "mixed-13": lambda w: told(
        w.quote("files/recipes/fish-pie.txt", "320 g smoked trout"),
        w.quote("documents/visitor-comments.md", "the hostel keeper's cat, Admiral"),
    ),
    "mixed-16": lambda w: told(
        w.quote("documents/brill-museum.md", "the Brill Hoard, 312 silver coins"),
        (day("2027-06-30") - day("2027-05-05")).days,
    ),
    "mixed-17": lambda w: told(
        w.quote("documents/heather-honey.md", "Wilma Stroud keeps 14 hives"), Fraction("7.5") * 16
    ),
    "mixed-18": lambda w: w.quote("documents/merrin-school.md", "has 164 pupils and 12 teachers") and f"{164 / 12:.1f}",
    "mixed-19": lambda w: told(
        w.quote("documents/storm-petrel.md", "named by the swimmer Carys Doyle. Her top speed is 17.5 knots"),
        w.one("select length_m from ferries where ferry = 'Storm Petrel'"),
    ),
    "impossible-11": lambda w: Fraction(18, 100) * 650,
}
