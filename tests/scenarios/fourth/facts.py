"""What the fourth world says to its questions, worked out from it by other means than the servers."""

from __future__ import annotations

import json
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

from tests.scenarios.world_facts import Fact, World, day, now_in, told, weekday

FOURTH = Path(__file__).parent
POUND_KG = Decimal("0.45359237")


def number(text: str, place: int) -> Decimal:
    """Return one word of a quotation as a number."""
    return Decimal(text.split()[place])


def next_service(w: World) -> str:
    """Return the day of a month so many months after the last service."""
    machine = json.loads(w.text("files/equipment/xray.json"))
    last, months = day(machine["last_serviced"]), int(machine["service_every_months"])
    years, month = divmod(last.month - 1 + months, 12)
    return last.replace(year=last.year + years, month=month + 1).isoformat()


def full_years(start: str, end: str) -> int:
    """Return the years between two days that are over."""
    first, last = day(start), day(end)
    return last.year - first.year - ((last.month, last.day) < (first.month, first.day))


def shared_pen(w: World) -> Decimal:
    """Return what two dogs of one family pay for four nights."""
    w.quote("documents/kennel-rules.md", "the second dog pays half the nightly rate")
    return 4 * Decimal(w.one("select nightly_rate from pens where pen = 'Hazel'")) * Decimal("1.5")


FACTS: dict[str, Fact] = {
    "fourth-single-01": lambda w: w.one("select weight_kg from patients where patient = 'Duke'"),
    "fourth-single-02": lambda w: w.one(
        "select booster_due from patients where patient = 'Bella' and breed = 'beagle'"
    ),
    "fourth-single-03": lambda w: w.one(
        "select pen from pens where guest = 'dog' and heated order by nightly_rate limit 1"
    ),
    "fourth-single-04": lambda w: w.one("select count(*) from patients where species = 'cat'"),
    "fourth-single-05": lambda w: w.one("select price from price_list where treatment = 'cat vaccination'"),
    "fourth-single-06": lambda w: w.one("select weight_kg from patients where patient = '团团'"),
    "fourth-single-07": lambda w: weekday("2028-02-14"),
    "fourth-single-08": lambda w: now_in("Australia/Adelaide"),
    "fourth-single-09": lambda w: (day("2027-08-21") - day("2027-04-03")) / timedelta(weeks=1),
    "fourth-single-10": lambda w: 100 - Decimal("17.5"),
    "fourth-single-11": lambda w: told(round(Decimal("4.1") / POUND_KG, 3), "磅"),
    "fourth-single-12": lambda w: Fraction(1500, 50),
    "fourth-single-13": lambda w: w.quote("files/desk/contacts.txt", "Burglar alarm: Desmond Fry"),
    "fourth-single-14": lambda w: w.quote("files/desk/fridge.log", "lot K442 thrown away"),
    "fourth-single-15": lambda w: w.quote(
        "documents/insurance-claims.md", "Dilys Roper in the office fills in insurance claims"
    ),
    "fourth-single-16": lambda w: w.quote("documents/before-an-operation.md", "their gut has to keep moving"),
    "fourth-single-17": lambda w: w.quote("documents/students-zh.md", "凭学生证看诊打九折"),
    "fourth-single-18": lambda w: w.quote("documents/opening-hours.md", "on Saturdays from 09:00 to 13:00"),
    "fourth-parallel-01": lambda w: told(
        w.quote("documents/puppy-classes.md", "Rosa Quill teaches the puppy class"),
        w.quote("documents/hydro-pool.md", "Anneke Vos is in charge of the pool"),
    ),
    "fourth-parallel-02": lambda w: told(
        *w.rows("select packs, pack_price from medicines where medicine = 'Wormex paste'")[0]
    ),
    "fourth-parallel-03": lambda w: told(38 * 19, weekday("1954-05-03")),
    "fourth-parallel-04": lambda w: told(
        json.loads(w.text("files/equipment/xray.json"))["model"],
        json.loads(w.text("files/equipment/scales.json"))["serial"],
    ),
    "fourth-parallel-05": lambda w: told(
        w.one("select town from owners where owner = 'Tim Hargreaves'"),
        w.one("select price from price_list where treatment = 'nail clipping'"),
    ),
    "fourth-parallel-06": lambda w: told(
        Decimal("39.2") * 9 / 5 + 32, "and", round(12 * POUND_KG * 1000 / 16, 2), "grams"
    ),
    "fourth-parallel-07": lambda w: told(
        w.quote("documents/neutering-zh.md", "伊丽莎白圈8天"), w.quote("documents/neutering-zh.md", "第13天回诊所拆线")
    ),
    "fourth-parallel-08": lambda w: told(
        (day("2027-06-01") - day("2027-03-05")).days, "and", day("2027-02-10") + timedelta(days=45)
    ),
    "fourth-parallel-09": lambda w: told(weekday("2028-02-29"), now_in("Asia/Shanghai")),
    "fourth-parallel-10": lambda w: told(
        w.quote("documents/parking.md", "14 parking spaces"),
        w.quote("documents/parking.md", "The gate is locked at 19:30"),
    ),
    "fourth-chained-01": lambda w: told(
        w.one("select pen from pens where pen in ('Gorse', 'Hazel') order by area_m2 desc limit 1"),
        w.one("select round(max(area_m2) - min(area_m2), 2) from pens where pen in ('Gorse', 'Hazel')"),
    ),
    "fourth-chained-02": lambda w: w.one(
        "select 2 * one.nightly_rate + 3 * other.nightly_rate from pens one, pens other "
        "where one.pen = 'Gorse' and other.pen = 'Cedar'"
    ),
    "fourth-chained-03": lambda w: w.one(
        "select name from staff join visits on staff.id = staff_id "
        "where patient = 'Saffron' and reason like '%hair tie%'"
    ),
    "fourth-chained-04": lambda w: weekday(w.one("select booster_due from patients where patient = 'Mochi'")),
    "fourth-chained-05": lambda w: (
        (day(w.one("select booster_due from patients where patient = 'Monty'")) - day("2027-03-01")).days
    ),
    "fourth-chained-06": lambda w: (
        20 * number(w.quote("files/broth.txt", "600 g chicken"), 0) / number(w.quote("files/broth.txt", "makes 8"), 1)
    ),
    "fourth-chained-07": next_service,
    "fourth-chained-08": lambda w: w.one(
        "select town from owners join patients using (owner) where breed = 'great dane'"
    ),
    "fourth-chained-09": lambda w: w.one(
        "select sum(case treatment when 'x-ray' then 2 else 1 end * price) from price_list "
        "where treatment in ('x-ray', 'blood test')"
    ),
    "fourth-chained-10": lambda w: w.one(
        "select round(max(weight_kg) - min(weight_kg), 2) from patients where patient in ('Mochi', 'Saffron')"
    ),
    "fourth-chained-11": lambda w: full_years(
        w.one("select client_since from owners where owner = 'Chen Yutong'"), "2027-09-25"
    ),
    "fourth-chained-12": lambda w: told(
        round(Decimal(w.one("select weight_kg from patients where patient = 'Rufus'")) / POUND_KG, 3), "lb"
    ),
    "fourth-mixed-01": lambda w: told(
        w.quote("documents/kennel-history.md", "opened on 21 June 1997"), weekday("1997-06-21")
    ),
    "fourth-mixed-02": shared_pen,
    "fourth-mixed-03": lambda w: w.quote(
        "documents/ordering-medicines.md",
        w.one("select supplier from medicines where used_for = 'stiff joints'") + " delivers in 4 days",
    ),
    "fourth-mixed-04": lambda w: (
        3 * number(w.quote("documents/hydro-pool.md", "25 minutes costs 38 pounds"), 3)
        + number(w.quote("documents/puppy-classes.md", "six evenings costs 72 pounds"), 3)
    ),
    "fourth-mixed-05": lambda w: (
        Decimal(w.one("select nightly_rate from pens where pen = 'Gorse'"))
        - number(w.quote("documents/leaflet-2021.md", "24 pounds for a large dog"), 0)
    ),
    "fourth-mixed-06": lambda w: (
        day("2027-04-06")
        + timedelta(days=int(number(w.quote("documents/travelling-abroad.md", "at least 21 days before"), 2)))
    ),
    "fourth-mixed-07": lambda w: told(
        w.quote("documents/kennel-rules.md", "must be fetched by 16:30; after that another night is charged"),
        w.one("select street from owners where owner = 'Aisha Rahman'"),
    ),
    "fourth-mixed-08": lambda w: number(w.quote("documents/hydro-pool.md", "29 degrees Celsius"), 0) * 9 / 5 + 32,
    "fourth-mixed-09": lambda w: told(
        w.quote("files/letters/lab.txt", "contact from now on is Priscilla Vane"),
        w.quote("documents/visitor-book.md", "The first patient of the practice was Jess"),
    ),
    "fourth-mixed-10": lambda w: (
        6 * Decimal(w.quote("documents/boarding-zh.md", "每天加收2.50镑").removeprefix("每天加收").removesuffix("镑"))
    ),
    "fourth-mixed-11": lambda w: told(
        w.quote("documents/wechat-zh.md", "微信群由方静怡管理"),
        w.one("select breed from patients where patient = 'Mochi'"),
    ),
    "fourth-mixed-12": lambda w: told(
        w.quote("documents/night-emergencies.md", "240 pounds after midnight"),
        w.one("select booster_due from patients where patient = 'Duke'"),
        "and",
        round(25 / POUND_KG, 3),
        "lb",
    ),
    "fourth-impossible-06": lambda w: w.quote("documents/puppy-classes.md", "Rosa Quill teaches the puppy class"),
}
