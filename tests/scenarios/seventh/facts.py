"""What the seventh world says to its questions, worked out from it by other means than the servers."""

from __future__ import annotations

import json
from datetime import date, timedelta
from decimal import Decimal

from tests.scenarios.world_facts import Fact, World, day, now_in, told, weekday, zone_time

MILE_KM = Decimal("1.609344")
YARD_M = Decimal("0.9144")


def full_years(start: date, end: date) -> int:
    return end.year - start.year - ((end.month, end.day) < (start.month, start.day))


def pump(world: World, field: str) -> str:
    return str(json.loads(world.text("files/plant/pump.json"))[field])


def amount(world: World, path: str, words: str) -> Decimal:
    """Return the one number among words that a file must hold."""
    [number] = [word for word in world.quote(path, words).split() if word[0].isdigit()]
    return Decimal(number)


FACTS: dict[str, Fact] = {
    "seventh-single-01": lambda w: w.one("select temperature_c from pools where pool = 'Paddling Pool'"),
    "seventh-single-02": lambda w: w.one("select pool from pools order by depth_m desc limit 1"),
    "seventh-single-03": lambda w: w.one("select coach from courses where course = 'Otters' and weekday = 'Wednesday'"),
    "seventh-single-04": lambda w: w.listed("select course from courses where taken >= places"),
    "seventh-single-05": lambda w: w.one("select fee from courses where course = 'Aqua Gym'"),
    "seventh-single-06": lambda w: w.one(
        "select person from team where role = 'lifeguard' order by certificate_until limit 1"
    ),
    "seventh-single-07": lambda w: w.one("select valid_until from members where member = 'Agatha Penrose'"),
    "seventh-single-08": lambda w: weekday("2031-05-21"),
    "seventh-single-09": lambda w: (day("2031-07-28") - day("2031-04-28")) // timedelta(weeks=1),
    "seventh-single-10": lambda w: now_in("Australia/Sydney"),
    "seventh-single-11": lambda w: 260 * 15 // 100,
    "seventh-single-12": lambda w: told(50 * YARD_M, "m"),
    "seventh-single-13": lambda w: 40 * 25 * 4,
    "seventh-single-14": lambda w: w.quote("files/gala/timetable.md", "11:35 butterfly"),
    "seventh-single-15": lambda w: w.quote("files/office/letter.txt", "have never met such cold hand dryers"),
    "seventh-single-16": lambda w: w.quote("documents/the-slide.md", "Nobody under 120 cm may use it"),
    "seventh-single-17": lambda w: w.quote("documents/lockers.md", "Whoever loses a key pays 18 pounds"),
    "seventh-single-18": lambda w: w.quote("documents/dumplings-zh.md", "18:30收摊"),
    "seventh-parallel-01": lambda w: told(
        w.quote("documents/parties.md", "Parties are arranged by Fergus Wildman"),
        w.quote("documents/lost-things.md", "Lost things are kept for 40 days by Ottoline Birch"),
    ),
    "seventh-parallel-02": lambda w: told(
        w.one("select town from team where person = 'Uche Nwosu'"),
        w.one("select role from team where person = 'Xu Ting'"),
    ),
    "seventh-parallel-03": lambda w: told(
        (day("2031-09-28") - day("2031-04-26")).days, day("2031-05-01") + timedelta(days=100)
    ),
    "seventh-parallel-04": lambda w: told(
        w.one("select in_stock from kiosk where article = 'goggles'"),
        w.one("select price from kiosk where article = 'towel'"),
    ),
    "seventh-parallel-05": lambda w: told(
        pump(w, "maker"), w.quote("files/office/insurance.txt", "Policy LD-20586 for Cressbrook Lido")
    ),
    "seventh-parallel-06": lambda w: told(Decimal("31.5") * 9 / 5 + 32, "F", 25 * YARD_M, "m"),
    "seventh-parallel-07": lambda w: told(
        w.quote("documents/tickets.md", "After 17:30 everybody pays half"),
        w.quote("documents/tickets.md", "A family ticket costs 16.50 pounds"),
    ),
    "seventh-parallel-08": lambda w: told(
        *w.rows("select person, hours_2030 from team where person like 'Rafe %' order by person")
    ),
    "seventh-parallel-09": lambda w: told(
        w.quote("documents/children-zh.md", "每逢星期六上午上课"), w.quote("documents/children-zh.md", "由罗静教练带班")
    ),
    "seventh-parallel-10": lambda w: told(
        zone_time("2031-03-08T14:15", "Australia/Sydney", "Europe/London"),
        zone_time("2031-03-08T14:15", "Australia/Sydney", "America/Los_Angeles"),
    ),
    "seventh-chained-01": lambda w: w.one(
        "select town from team join courses on coach = person where course = 'Pikes'"
    ),
    "seventh-chained-02": lambda w: full_years(
        day(w.one("select joined from team where person = 'Uche Nwosu'")), day("2031-05-01")
    ),
    "seventh-chained-03": lambda w: w.one("select 6 * price from kiosk where article = 'ice lolly'"),
    "seventh-chained-04": lambda w: told(
        amount(w, "files/kiosk/squash.txt", "1.6 litres syrup")
        * 150
        / amount(w, "files/kiosk/squash.txt", "makes 40 cups"),
        "litres",
    ),
    "seventh-chained-05": lambda w: told(1500 / int(pump(w, "moves_m3_per_hour")), "hours"),
    "seventh-chained-06": lambda w: (
        (day("2031-06-01") - day(w.quote("files/plant/filters.md", "Sand last changed: 2030-11-12").split()[-1])).days
    ),
    "seventh-chained-07": lambda w: w.one(
        "select sum(price * case article when 'lemonade' then 2 when 'hot chocolate' then 3 else 1 end)::decimal(6, 2) "
        "from kiosk where article in ('lemonade', 'hot chocolate', 'portion of chips')"
    ),
    "seventh-chained-08": lambda w: weekday(w.one("select valid_until from members where member = 'Zhou Yan'")),
    "seventh-chained-09": lambda w: w.one("select town from members join lockers using (member) where locker = 27"),
    "seventh-chained-10": lambda w: w.one(
        "select one.length_m - other.length_m from pools one, pools other "
        "where one.pool = 'Long Pool' and other.pool = 'Warm Pool'"
    ),
    "seventh-chained-11": lambda w: told(
        *w.rows(
            "select min_by(swimmer, seconds), (max(seconds) - min(seconds))::decimal(6, 1) from races "
            "where stroke = 'breaststroke' and metres = 100 and swimmer in ('Gwilym Hart', 'Nour Saleh')"
        )[0]
    ),
    "seventh-chained-12": lambda w: w.one(
        "select sum(price * case article when 'goggles' then 2 else 3 end)::decimal(6, 2) from kiosk "
        "where article in ('goggles', 'swimming cap')"
    ),
    "seventh-mixed-01": lambda w: (
        w.quote("documents/kingfishers.md", "founded on 9 September 1897")
        and w.quote("documents/cressbrook-lido.md", "opened on 21 May 1934")
        and full_years(day("1897-09-09"), day("1934-05-21"))
    ),
    "seventh-mixed-02": lambda w: told(
        weekday("2031-11-16"), w.quote("documents/icicles.md", "They go in on Sundays at 07:50")
    ),
    "seventh-mixed-03": lambda w: told(
        w.one("select pool from pools order by temperature_c limit 1"),
        w.quote("documents/plunge-tub.md", "The plunge tub was paid for by Erasmus Gilby"),
    ),
    "seventh-mixed-04": lambda w: (
        2 * amount(w, "documents/tickets.md", "An adult pays 6.40 pounds")
        + 3 * amount(w, "documents/tickets.md", "a child 3.60 pounds")
    ),
    "seventh-mixed-05": lambda w: 14 * amount(w, "documents/parties.md", "costs 11.50 pounds for each child"),
    "seventh-mixed-06": lambda w: told(w.quote("documents/dumplings-zh.md", "一盘三鲜饺子7.20镑"), 5 * Decimal("7.20")),
    "seventh-mixed-07": lambda w: told(
        w.one("select visits_2030 from members where member = 'Lionel Quaife'"),
        w.quote("documents/diving-tower.md", "Its top board is 7.5 metres above the water"),
    ),
    "seventh-mixed-08": lambda w: (
        w.quote("documents/leaving-a-course.md", "up to seven days before its first lesson gets the whole fee back")
        and day(w.one("select first_lesson from courses where course = 'Lifesaver Badge'")) - timedelta(days=7)
    ),
    "seventh-mixed-09": lambda w: (
        Decimal(w.one("select min(fee)::decimal(6, 2) from courses where course in ('Otters', 'Frogs')"))
        * (100 - amount(w, "documents/brothers-and-sisters.md", "the cheaper of the two costs 15 percent less"))
        / 100
    ),
    "seventh-mixed-10": lambda w: told(
        w.quote("documents/cressbrook-lido.md", "opened on 21 May 1934"), weekday("1934-05-21")
    ),
    "seventh-mixed-11": lambda w: told(
        w.quote("documents/summer-flyer.md", "ends at 23:00"), w.quote("files/gate/notice.txt", "ends at 22:15")
    ),
    "seventh-mixed-12": lambda w: told(
        w.quote("documents/getting-here.md", "The meadow car park costs 2.80 pounds for the day"),
        w.one("select person from team where role = 'head coach'"),
        round(Decimal("2.4") * MILE_KM, 3),
        "km",
    ),
    "seventh-impossible-06": lambda w: w.quote("documents/sauna.md", "The sauna holds 14 people"),
}
