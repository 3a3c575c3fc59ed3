"""What the world says to the questions of `open.jsonl`, worked out from it by other means than the servers."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

from tests.scenarios.world_facts import Fact, day, now_in, told, weekday, zone_time

FACTS: dict[str, Fact] = {
    "single-01": lambda w: w.one("select passengers from ferries where ferry = 'Northern Light'"),
    "single-07": lambda w: w.listed("select distinct member from loans where returned_on > due_on order by 1"),
    "single-08": lambda w: w.one("select author from books where title = 'The Ploughman''s Silver'"),
    "single-09": lambda w: weekday("2031-07-14"),
    "single-11": lambda w: (day("2027-11-02") - day("2027-03-14")).days,
    "single-12": lambda w: weekday("2028-03-01"),
    "single-14": lambda w: now_in("Africa/Nairobi"),
    "single-16": lambda w: told(Fraction(19 * 1852, 1000) * 1.0, "km"),
    "single-17": lambda w: " and ".join(str(x) for x in range(-50, 50) if x * x - 11 * x + 24 == 0),
    "single-21": lambda w: w.quote("files/letters/grant.txt", "grant 250,000 crowns"),
    "single-24": lambda w: w.quote("documents/tallow-head-lighthouse.md", "designed by Edda Marchbank"),
    "single-25": lambda w: w.quote("documents/ferry-fares.md", "an adult return ticket costs 14.80 crowns"),
    "single-26": lambda w: w.quote("documents/tide-sound-teahouse.md", "店主是林晚秋"),
    "single-27": lambda w: w.quote("documents/gannet-hostel.md", "Gannet Hostel in Anstrey has 22 beds"),
    "single-28": lambda w: w.quote("documents/seal-sanctuary.md", "so that the staff do not grow too fond of them"),
    "single-29": lambda w: w.quote(
        "documents/time-on-the-isles.md", "The noon gun in Anstrey is fired at 12:00 island time"
    ),
    "parallel-01": lambda w: told(23**2, weekday("2027-12-24")),
    "parallel-03": lambda w: told(
        w.one("select salary from staff where name = 'Greta Pell'"),
        w.one("select pages from books where title = 'Lamps of the North'"),
    ),
    "parallel-05": lambda w: told(
        w.quote("documents/corra-observatory.md", "The director is Halvard Osei"),
        w.quote("documents/seal-sanctuary.md", "Rosalind Tew founded the seal sanctuary"),
    ),
    "parallel-07": lambda w: told(2**16, (day("2027-10-31") - day("2027-01-01")).days, 12 * 14 * 0.45359237, "kg"),
    "parallel-09": lambda w: told(Fraction(144, 9), weekday("2030-05-05")),
    "parallel-11": lambda w: w.listed("select salary from staff where name in ('Elin Sundqvist', 'Keiko Arai')"),
    "parallel-13": lambda w: told(
        w.quote("files/lamp.json", '"technician": "Odile Brandt"'), w.quote("files/harbour/pump.log", "fault E47")
    ),
    "parallel-15": lambda w: told(
        Decimal(1) + Decimal("0.35"), (day("2027-05-24") - day("2027-01-04")).days // 7, "weeks"
    ),
    "chained-01": lambda w: (
        abs(
            day(w.one("select joined from staff where name = 'Farid Nasser'"))
            - day(w.one("select joined from staff where name = 'Nuno Abreu'"))
        ).days
    ),
    "chained-05": lambda w: told(int(w.quote("files/recipes/fish-pie.txt", "640 g haddock").split()[0]) * 14 // 8, "g"),
    "chained-07": lambda w: (
        (day("2027-06-01") - day(w.quote("files/lamp.json", '"serviced": "2027-01-22"').split('"')[3])).days
    ),
    "chained-08": lambda w: w.one(
        "select author from books join loans on books.id = book_id where member = 'Yusuf Demir' and due_on < '2027-03'"
    ),
    "chained-10": lambda w: w.one(
        "select round(100 * carried / passengers, 2) from sailings join ferries using (ferry) where sailing = 'S17'"
    ),
    "chained-11": lambda w: (
        day(w.one("select ordered_on from orders where order_id = 5022")) + timedelta(days=45)
    ).isoformat(),
    "chained-12": lambda w: (day("2027-02-01") + timedelta(days=12 * 13)).isoformat(),
    "chained-14": lambda w: (
        int(w.quote("files/recipes/fish-pie.txt", "35 minutes at 190 degrees Celsius").split()[3]) * 9 // 5 + 32
    ),
    "chained-15": lambda w: (
        w.quote("files/harbour/berths.ini", "[south] length_m = 60")
        and w.listed("select ferry from ferries where length_m > 60")
    ),
    "mixed-03": lambda w: (
        w.quote("documents/founding-of-the-isles.md", "signed on 3 May 1783") and weekday("1783-05-03")
    ),
    "mixed-04": lambda w: (
        w.quote("documents/brill-causeway.md", "opened on 21 October 1969")
        and w.quote("documents/wind-farm.md", "switched on on 14 June 2016")
        and (day("2016-06-14") - day("1969-10-21")).days
    ),
    "mixed-05": lambda w: (
        w.quote("documents/ferry-fares.md", "adult single ticket costs 8.40 crowns")
        and w.quote("documents/ferry-fares.md", "30 percent off foot passenger tickets")
        and 4 * Decimal("8.40") * Decimal("0.7")
    ),
    "mixed-06": lambda w: (
        w.quote("documents/time-on-the-isles.md", "time zone Atlantic/Faroe")
        and zone_time("2027-01-20T09:15", "Atlantic/Faroe", "Africa/Nairobi")
    ),
    "mixed-08": lambda w: {"Storm Petrel": w.quote("documents/storm-petrel.md", "built by Holmvik Yard")}[
        w.one("select ferry from ferries order by passengers desc limit 1")
    ],
    "mixed-09": lambda w: {"Eider": w.quote("documents/eider.md", "named by the harbour master Finlay Roe")}[
        w.one("select ferry from ferries order by length_m limit 1")
    ],
    "mixed-12": lambda w: told(
        w.quote("documents/gannet-hostel.md", "A night costs 26 crowns"),
        w.quote("documents/kelp-bakery.md", "opens at 06:30"),
        w.one("select passengers from ferries where ferry = 'Kittiwake'"),
        weekday("2027-08-15"),
    ),
    "mixed-14": lambda w: told(
        w.quote("documents/wind-farm.md", "to protect the bearings and blades"), 25 * 3600 // 1000, "km/h"
    ),
    "mixed-15": lambda w: told(
        w.quote("documents/corra-observatory.md", "212 metres above the sea"),
        w.one("select name from staff order by salary desc limit 1"),
    ),
    "mixed-20": lambda w: told(w.quote("documents/tide-sound-teahouse.md", "2009年4月12日开业"), weekday("2009-04-12")),
    "impossible-12": lambda w: w.quote("documents/eider.md", "Her top speed is 9.5 knots"),
}
