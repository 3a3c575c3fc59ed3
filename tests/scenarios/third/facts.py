"""What the third world says to its questions, worked out from it by other means than the servers."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

from tests.scenarios.world_facts import Fact, day, now_in, told, weekday

THIRD = Path(__file__).parent
MILE_KM = Decimal("1.609344")
FOOT_M = Decimal("0.3048")


def written(words: str) -> date:
    """Read the day that some words end with."""
    return datetime.strptime(" ".join(words.split()[-3:]), "%d %B %Y").date()  # noqa: DTZ007 because a day has no zone


def full_years(first: date, last: date) -> int:
    return last.year - first.year - ((last.month, last.day) < (first.month, first.day))


FACTS: dict[str, Fact] = {
    "third-single-01": lambda w: w.one("select price_per_night from rooms where room = 'Sage'"),
    "third-single-02": lambda w: w.one("select plant from plants order by height_cm desc limit 1"),
    "third-single-03": lambda w: w.one("select count(*) from rooms where outlook = 'sea'"),
    "third-single-04": lambda w: w.listed("select arrival from bookings where guest = 'Agnes Plumtree' order by 1"),
    "third-single-05": lambda w: w.one("select room from bookings where guest = 'Odile Renard'"),
    "third-single-06": lambda w: w.one("select places - booked from courses where title = 'Willow Baskets'"),
    "third-single-07": lambda w: weekday("2027-07-21"),
    "third-single-08": lambda w: now_in("Australia/Sydney"),
    "third-single-09": lambda w: (day("2027-10-03") - day("2027-08-28")).days,
    "third-single-10": lambda w: 100 - Fraction(18, 100) * 100,
    "third-single-11": lambda w: round(Decimal(85 - 32) * 5 / 9, 3),
    "third-single-12": lambda w: 26 * 15 - 48,
    "third-single-13": lambda w: w.quote("files/letters/licence.txt", "In force until 31 August 2028"),
    "third-single-14": lambda w: w.quote("files/office/lost-property.txt", "with $100 in it, found in Lovage"),
    "third-single-15": lambda w: w.quote("documents/palm-house.md", "The palm house was put up in 1891"),
    "third-single-16": lambda w: w.quote("documents/gull-cove.md", "a strong current runs off Maiden Rock"),
    "third-single-17": lambda w: w.quote("documents/tingyu-tea-house-zh.md", "茶师叫林秋雁"),
    "third-single-18": lambda w: w.quote(
        "documents/cancelling.md", "Between 14 and 4 days before, half of it is paid back"
    ),
    "third-parallel-01": lambda w: told(
        w.quote("documents/tea-room.md", "Olwen Pugh runs the Potting Shed"),
        w.quote("documents/corran-ferry.md", "The ferry is run by Gwen Tremlett"),
    ),
    "third-parallel-02": lambda w: told(
        w.one("select weekly_hours from staff where name = 'Petra Novotna'"),
        w.one("select sleeps from rooms where room = 'Yarrow'"),
    ),
    "third-parallel-03": lambda w: told(1248 // 16, weekday("1954-05-01")),
    "third-parallel-04": lambda w: told(
        w.one("select town from growers where grower = 'Quayside Seeds'"),
        w.one("select started from staff where name = 'Effie Grant'"),
    ),
    "third-parallel-05": lambda w: told(
        w.quote("files/cellar/boiler.json", '"model": "HX-210"'),
        w.quote("files/office/night.log", "fault in zone 4, code F62"),
    ),
    "third-parallel-06": lambda w: told(12 * FOOT_M, "m", 180 * 9 // 5 + 32),
    "third-parallel-07": lambda w: told(
        w.quote("documents/skerry-lighthouse.md", "31 metres high"),
        w.quote("documents/walking-guide.md", "The lighthouse there is 28 metres high"),
    ),
    "third-parallel-08": lambda w: told(
        w.one("select lead_days from growers where grower = 'Brackenhill'"),
        w.one("select contact from growers where grower = 'Osier Farm'"),
    ),
    "third-parallel-09": lambda w: told(
        w.quote("documents/elm-bonsai-zh.md", "老榆树盆景高68厘米"),
        w.quote("documents/elm-bonsai-zh.md", "它是陈柏年在1998年送给花园的"),
    ),
    "third-parallel-10": lambda w: told(weekday("2027-06-25"), weekday("2027-12-13")),
    "third-chained-01": lambda w: w.one(
        "select date_diff('day', arrival, departure) from bookings where guest = 'Odile Renard'"
    ),
    "third-chained-02": lambda w: w.one(
        "select name from tutors join courses on tutors.id = tutor_id where title like '%Moths'"
    ),
    "third-chained-03": lambda w: w.one("select 6 * price from plants where plant = 'Hidcote lavender'"),
    "third-chained-04": lambda w: told(
        Decimal(w.quote("files/kitchen/marmalade.txt", "2.7 kg sugar").split()[0])
        * 36
        / int(w.quote("files/kitchen/marmalade.txt", "makes 9 jars").split()[1]),
        "kg",
    ),
    "third-chained-05": lambda w: (
        int(w.quote("files/letters/bank.txt", "96 monthly payments").split()[0])
        * int(w.quote("files/letters/bank.txt", "monthly payments of 640 pounds each").split()[-3])
    ),
    "third-chained-06": lambda w: (
        (
            day("2027-07-01") - day(w.quote("files/cellar/boiler.json", '"last_service": "2027-01-25"').split('"')[3])
        ).days
    ),
    "third-chained-07": lambda w: w.one(
        "select date_diff('day', arrival, departure) * price_per_night from bookings join rooms using (room) "
        "where guest = 'Bronwen Pryce'"
    ),
    "third-chained-08": lambda w: weekday(w.one("select arrival from bookings where guest = 'Peter Blandy'")),
    "third-chained-09": lambda w: w.one(
        "select town from growers join plants using (grower) where plant = 'Bearded iris'"
    ),
    "third-chained-10": lambda w: w.one(
        "select one.weekly_hours * one.hourly_pay - other.weekly_hours * other.hourly_pay from staff one, staff other "
        "where one.name = 'Rosamund Vale' and other.name = 'Dafydd Lloyd'"
    ),
    "third-chained-11": lambda w: (
        day("2027-08-30") + timedelta(days=int(w.one("select lead_days from growers where grower = 'Van der Meer'")))
    ),
    "third-chained-12": lambda w: round(
        Decimal(w.one("select size_m2 from rooms where room = 'Lovage'")) / FOOT_M**2, 2
    ),
    "third-mixed-01": lambda w: full_years(
        written(w.quote("documents/house-history.md", "finished on 2 March 1873")),
        written(w.quote("documents/house-history.md", "It has taken guests since 1 May 1954")),
    ),
    "third-mixed-02": lambda w: (
        f"{written(w.quote('documents/skerry-lighthouse.md', 'first lit on 12 September 1857')):%A}"
    ),
    "third-mixed-03": lambda w: told(
        w.one("select plant from plants where kind = 'tree' order by price limit 1"),
        w.quote("documents/planting-plums.md", "Victoria plums are planted 4.5 metres apart"),
    ),
    "third-mixed-04": lambda w: (
        4
        * Decimal(w.one("select price from plants where plant = 'Lemon verbena' and kind <> 'tree'"))
        * (100 - int(w.quote("documents/green-card.md", "15 percent off every plant but the trees").split()[0]))
        / 100
    ),
    "third-mixed-05": lambda w: (
        2 * int(w.quote("documents/corran-ferry.md", "14 pounds for an adult").split()[0])
        + int(w.quote("documents/corran-ferry.md", "6 pounds for a child").split()[0])
    ),
    "third-mixed-06": lambda w: told(w.quote("documents/airport-car-zh.md", "每趟每车45镑"), 2 * 45),
    "third-mixed-07": lambda w: told(
        w.one("select weekly_hours from staff where name = 'Jin Park'"),
        w.quote("documents/palm-house-parties.md", "Up to 48 guests may be inside at a party"),
    ),
    "third-mixed-08": lambda w: told(
        round(Decimal(w.quote("documents/palm-house.md", "16.5 metres long").split()[0]) / FOOT_M, 2), "feet"
    ),
    "third-mixed-09": lambda w: (
        int(w.one("select date_diff('day', arrival, departure) from bookings where guest = 'Tobias Frank'"))
        * int(w.quote("documents/dogs-and-cats.md", "A dog costs 9 pounds a night").split()[3])
    ),
    "third-mixed-10": lambda w: told(
        w.quote("documents/tingyu-tea-house-zh.md", "2019年5月18日开张"), weekday("2019-05-18")
    ),
    "third-mixed-11": lambda w: told(
        w.quote("documents/breakfast.md", "Breakfast is served from 08:00"),
        w.quote("files/notices/breakfast.txt", "From 1 April 2027 breakfast is served from 07:15"),
    ),
    "third-mixed-12": lambda w: told(
        w.quote("documents/tea-room.md", "A cream tea costs 7.80 pounds"),
        w.one("select starts from courses where title = 'Ferns and Moss'"),
        round(Decimal("1.2") / MILE_KM, 4),
        "miles",
    ),
    "third-impossible-06": lambda w: w.quote("documents/queen-of-the-night.md", "brought to the house by Lemuel Ash"),
}
