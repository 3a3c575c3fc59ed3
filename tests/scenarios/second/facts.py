"""What the second world says to its questions, worked out from it by other means than the servers."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

from tests.scenarios.world_facts import Fact, day, now_in, told, weekday

SECOND = Path(__file__).parent
POUND_KG = Decimal("0.45359237")
MILE_KM = Decimal("1.609344")
FOOT_M = Decimal("0.3048")

FACTS: dict[str, Fact] = {
    "second-single-01": lambda w: w.one("select leader from rides where title like 'Moonlight%'"),
    "second-single-02": lambda w: w.one("select weight_kg from hire_bikes where bike = 'Otter'"),
    "second-single-03": lambda w: w.one("select part from stock order by in_stock limit 1"),
    "second-single-04": lambda w: w.one("select count(*) from members where village = 'Oakley'"),
    "second-single-05": lambda w: w.one("select joined from members where member = 'Kenji Mori'"),
    "second-single-06": lambda w: w.one("select price from repairs where owner = 'Farah Siddiqui'"),
    "second-single-07": lambda w: weekday("2027-06-09"),
    "second-single-08": lambda w: now_in("Asia/Tokyo"),
    "second-single-09": lambda w: (day("2027-12-25") - day("2027-03-09")).days,
    "second-single-10": lambda w: Fraction(15, 100) * 2480,
    "second-single-11": lambda w: told(round(145 / MILE_KM, 3), "miles"),
    "second-single-12": lambda w: 3 * 24 + 7,
    "second-single-13": lambda w: w.quote("files/rides/kit-list.txt", "driver Wendy Hobbs"),
    "second-single-14": lambda w: w.quote("files/letters/insurance.txt", "an excess of 150 pounds"),
    "second-single-15": lambda w: w.quote("documents/clubhouse.md", "The shed was built in 1908"),
    "second-single-16": lambda w: w.quote("documents/velodrome.md", "their brakes make sudden stops possible"),
    "second-single-17": lambda w: w.quote("documents/lantern-noodles.md", "老板叫周海棠"),
    "second-single-18": lambda w: w.quote("documents/hire-rules.md", "Being late costs 7 pounds for each hour begun"),
    "second-parallel-01": lambda w: told(
        w.quote("documents/museum-of-wheels.md", "The curator is Leopold Sandys"),
        w.quote("documents/youth-squad.md", "The coach is Imogen Tuck"),
    ),
    "second-parallel-02": lambda w: told(
        w.one("select day_rate from hire_bikes where bike = 'Mule'"),
        w.one("select gears from hire_bikes where bike = 'Swift'"),
    ),
    "second-parallel-03": lambda w: told(97 * 43, weekday("1921-04-23")),
    "second-parallel-04": lambda w: told(
        w.one("select city from suppliers where supplier = 'Nordgear'"),
        w.one("select bought from hire_bikes where bike = 'Swift'"),
    ),
    "second-parallel-05": lambda w: told(
        w.quote("files/shop/alarm.log", "code A19"), w.quote("files/shop/compressor.json", '"model": "BX-40"')
    ),
    "second-parallel-06": lambda w: told(160 * 9 // 5 + 32, round(450 / (POUND_KG * 1000 / 16), 3), "ounces"),
    "second-parallel-07": lambda w: told(
        w.quote("documents/beacon-hill.md", "487 metres above the sea"),
        w.quote("documents/velodrome.md", "333 metres long"),
    ),
    "second-parallel-08": lambda w: w.listed(
        "select riders from rides where title in ('Pancake Run', 'Snowdrop Dawdle') order by 1"
    ),
    "second-parallel-09": lambda w: told(
        w.quote("documents/canal-path-zh.md", "运河小道全长18公里"), w.quote("documents/canal-path-zh.md", "桥高4米")
    ),
    "second-parallel-10": lambda w: told(weekday("2027-09-30"), weekday("2028-01-31")),
    "second-chained-01": lambda w: w.one(
        "select date_diff('day', brought_in::date, finished::date) from repairs where owner = 'Farah Siddiqui'"
    ),
    "second-chained-02": lambda w: w.one(
        "select name from mechanics join repairs on mechanics.id = mechanic_id "
        "where owner = 'Lucy Ward' and fault = 'puncture'"
    ),
    "second-chained-03": lambda w: w.one("select 4 * day_rate from hire_bikes where bike = 'Badger'"),
    "second-chained-04": lambda w: told(
        int(w.quote("files/flapjacks.txt", "300 g butter").split()[0])
        * 60
        // int(w.quote("files/flapjacks.txt", "makes 24").split()[1]),
        "g",
    ),
    "second-chained-05": lambda w: (
        int(w.quote("files/letters/insurance.txt", "1,840 pounds, payable in four").split()[0].replace(",", "")) // 4
    ),
    "second-chained-06": lambda w: (
        (
            day("2027-05-20") - day(w.quote("files/shop/compressor.json", '"last_checked": "2027-01-18"').split('"')[3])
        ).days
    ),
    "second-chained-07": lambda w: w.one("select climb_m / distance_km from rides where title = 'Beacon Challenge'"),
    "second-chained-08": lambda w: weekday(w.one("select joined from members where member = 'Hilde Brandvold'")),
    "second-chained-09": lambda w: w.one(
        "select city from suppliers join stock using (supplier) where part = 'road tyre'"
    ),
    "second-chained-10": lambda w: w.one(
        "select one.km_2026 - other.km_2026 from members one, members other "
        "where one.member = 'Emil Novak' and other.member = 'Joan Ridley'"
    ),
    "second-chained-11": lambda w: (
        day("2027-04-05")
        + timedelta(days=int(w.one("select delivery_days from suppliers where supplier = 'Nordgear'")))
    ),
    "second-chained-12": lambda w: told(
        round(Decimal(w.one("select weight_kg from hire_bikes where bike = 'Comet'")) / POUND_KG, 3), "lb"
    ),
    "second-mixed-01": lambda w: (
        int(w.quote("documents/twin-club.md", "Since 6 October 2012").split()[-1])
        - int(w.quote("documents/founding.md", "founded on 23 April 1921").split()[-1])
    ),
    "second-mixed-02": lambda w: told(
        w.quote("documents/velodrome.md", "opened on 8 July 1934").split()[-1], weekday("1934-07-08")
    ),
    "second-mixed-03": lambda w: told(
        w.one("select bike from hire_bikes order by weight_kg desc limit 1"),
        w.quote("documents/cargo-bike-mule.md", "Mule was built by Dray and Daughter"),
    ),
    "second-mixed-04": lambda w: (
        3
        * Decimal(w.quote("documents/saddlers-cafe.md", "a cheese scone 3.40 pounds").split()[-2])
        * (100 - int(w.quote("documents/saddlers-cafe.md", "get 10 percent off").split()[1]))
        / 100
    ),
    "second-mixed-05": lambda w: 2 * int(w.quote("documents/membership-fees.md", "silver 42 pounds").split()[1]),
    "second-mixed-06": lambda w: told(w.quote("documents/lantern-noodles.md", "每碗9.50镑"), 4 * Decimal("9.50")),
    "second-mixed-07": lambda w: told(
        w.one("select km_2026 from members where member = 'Chidi Obi'"),
        w.quote("documents/clubhouse.md", "Up to 65 people may be inside at once"),
    ),
    "second-mixed-08": lambda w: told(
        round(int(w.quote("documents/beacon-hill.md", "487 metres above the sea").split()[0]) / FOOT_M, 2), "feet"
    ),
    "second-mixed-09": lambda w: told(
        w.one("select bike from hire_bikes order by bought limit 1"),
        w.quote("documents/tandem-twosome.md", "Twosome was built by Fenwick Frames"),
    ),
    "second-mixed-10": lambda w: told(
        w.quote("documents/chinese-friends.md", "在2018年3月11日创办"), weekday("2018-03-11")
    ),
    "second-mixed-11": lambda w: told(
        w.quote("files/letters/landlord.txt", "ends on 30 September 2027"),
        w.quote("documents/clubhouse.md", "ours since 17 May 1996"),
    ),
    "second-mixed-12": lambda w: told(
        w.quote("documents/saddlers-cafe.md", "A pot of tea costs 2.80 pounds"),
        w.one("select leader from rides where title = 'Abbey Tour'"),
        round(54 / MILE_KM, 3),
        "miles",
    ),
    "second-impossible-06": lambda w: w.quote("documents/heron-history.md", "Heron was built by Canal Street Cycles"),
}
