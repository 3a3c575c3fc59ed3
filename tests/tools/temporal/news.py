"""Dated passages of our own, in both languages, and the days that they tell."""

from __future__ import annotations

from datetime import date
from typing import Final

from questline.tools.temporal.searching import DatedPassage

__all__ = ["ENGLISH", "NEWS"]

NEWS: Final = (
    DatedPassage(id="bridge", text="2021年6月18日，清溪大桥正式通车，全长1200米，连接东西两岸。"),
    DatedPassage(id="flood", text="2020年7月9日，清溪县遭遇洪水，三个村庄被淹，居民转移到学校。"),
    DatedPassage(id="school", text="2021年6月18日，县教育局宣布青石小学迁入新校舍，可容纳八百名学生。"),
    DatedPassage(id="tea19", text="2019年4月12日，云岭茶园春茶开采，今年产量预计为三百吨。"),
    DatedPassage(id="tea22", text="2022年4月15日，云岭茶园春茶开采，今年产量预计为四百吨。"),
    DatedPassage(id="tea23", text="2023年4月11日，云岭茶园春茶开采，今年产量预计为五百吨。"),
    DatedPassage(id="museum", text="2022年11月3日，白塔博物馆重新开放，展出两百件陶器。"),
    DatedPassage(id="mayor", text="昨天，林远山当选白塔市市长。", published=date(2022, 11, 21)),
    DatedPassage(id="recipe", text="红烧豆腐的做法：先把豆腐切块，再用小火煎至两面金黄。"),
)
ENGLISH: Final = (
    DatedPassage(
        id="ferry", text="The Harbour ferry sank near Port Elsin on 4 March 2019; all passengers were rescued."
    ),
    DatedPassage(id="tower", text="The Quill Tower opened to visitors on 21 May 2021 after six years of building."),
    DatedPassage(id="strike", text="Bakers of Port Elsin went on strike on 21 May 2021 for higher wages."),
    DatedPassage(id="comet", text="Astronomers saw the comet Dorn for the first time in August 2020."),
)
