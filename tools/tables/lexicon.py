"""What common words of English and Chinese questions have to do with common names of columns.

A concept is what a column may be about. Its names are words in names of columns; its cues are words of a question that
are about it: "earn" is about pay, and a column named ``wage`` is one of pay. Adjectives have a direction beside.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from questline.tools.text import stem

__all__ = [
    "ADJECTIVES",
    "CHINESE_ADJECTIVES",
    "CHINESE_CUES",
    "CUES",
    "NAMES",
    "PEOPLE",
    "PLACES",
    "QUANTITIES",
    "TIMES",
    "degrees",
]

_CONCEPTS: Final[dict[str, tuple[str, str, str]]] = {
    # concept: (words in names of columns, English cues, Chinese cues)
    "pay": (
        "salary wage pay income earnings 工资 薪水 薪资 薪金 月薪 年薪 收入 薪酬",
        "earn pay paid salary wage income",
        "挣 赚 薪水 工资 月薪 薪资 收入 多少钱",
    ),
    "price": (
        "price cost fee fare rent rate 价格 单价 价钱 售价 费用 票价 价 租金",
        "cost price charge fare fee ticket",
        "多少钱 价格 价钱 售价 单价 卖",
    ),
    "sum": ("total amount cost price 金额 总价 总额", "cost worth total amount", "多少钱 金额 总价"),
    "author": ("author writer 作者", "write author writer", "写 作者 著"),
    "director": ("director 导演", "direct director make", "导演 执导 拍"),
    "designer": ("architect designer 设计师 建筑师 设计者", "design build architect designer", "设计 建造"),
    "maker": (
        "maker builder manufacturer brand producer yard 制造商 品牌 厂家",
        "make build produce manufacture",
        "制造 生产",
    ),
    "composer": ("composer artist singer 作曲 歌手 艺术家", "compose sing paint perform artist", "作曲 唱"),
    "leader": (
        "manager boss supervisor chief head leader captain 经理 主管 上司 领导 负责人 老板",
        "manager boss supervisor manage supervise chief lead leader",
        "经理 主管 上司 领导 负责人 老板",
    ),
    "teacher": ("teacher instructor lecturer 老师 教师", "teach teacher", "教 老师 教师"),
    "owner": ("owner 所有者 主人 业主", "own owner belong", "拥有 主人"),
    "buyer": (
        "customer client buyer 客户 顾客 买家",
        "buy bought purchase order place buyer customer client",
        "买 购买 下单 订",
    ),
    "thing": ("item product article 商品 产品", "order buy bought purchase", "买 购买 订"),
    "borrower": ("member borrower reader 读者 借阅人 会员", "borrow member borrower reader", "借"),
    "room": (
        "capacity passengers passenger seats seat places 容量 载客量 座位 座位数 床位",
        "take carry hold fit seat capacity passenger",
        "坐 容纳 载 座位",
    ),
    "length": ("length 长度 全长 长", "long length", "多长 长度"),
    "distance": ("distance 距离 路程", "far distance", "多远 距离"),
    "duration": (
        "duration runtime minutes hours days 时长 片长 分钟",
        "long run duration length runtime",
        "多长 时长",
    ),
    "height": ("height 高度 身高 株高 高", "tall high height grow", "多高 高度 身高"),
    "altitude": ("altitude elevation 海拔", "high lie altitude elevation", "多高 海拔"),
    "depth": ("depth 深度 水深 深", "deep depth", "多深 深度"),
    "width": ("width breadth 宽度 宽", "wide broad width", "多宽 宽度"),
    "weight": ("weight mass 重量 体重", "heavy weigh weight", "多重 重量"),
    "area": ("area surface size 面积", "large big area size", "多大 面积"),
    "size": ("size population 规模 大小", "large big size", "多大 大小"),
    "population": ("population inhabitants 人口", "populous population inhabitant", "人口"),
    "age": ("age 年龄", "old age", "多大 年龄 几岁"),
    "birth": ("born birth birthday birthdate dob 生日 出生日期 出生", "bear born birth birthday", "出生 生日"),
    "speed": ("speed velocity 速度 时速", "fast quick speed", "多快 速度"),
    "heat": ("temperature temp 温度 气温", "hot warm cold temperature", "多热 多冷 温度 气温"),
    "rain": ("rain rainfall precipitation 降雨量 降水量 雨量", "rain wet rainfall rainy", "下雨 雨"),
    "sun": ("sun sunshine 日照", "sun sunny sunshine", "日照 晴"),
    "stock": ("stock inventory available 库存 存货", "stock available inventory left", "库存 存货 还有 剩"),
    "quantity": ("quantity qty stock count 数量 库存", "quantity", "数量"),
    "score": (
        "rating score stars mark marks grade 评分 分数 成绩 得分 等级",
        "rate rating score star",
        "评分 分数 得分 成绩",
    ),
    "team": ("team department division unit 部门 团队 科室", "team department division work", "部门 团队"),
    "job": (
        "job role position title occupation profession 职位 职务 职业",
        "job role position occupation",
        "职位 职务 职业",
    ),
    "employer": ("employer company firm 公司 单位", "employer company work", "公司 单位"),
    "kind": (
        "genre kind type category class sort 类别 类型 种类 分类 品种",
        "genre kind type category sort",
        "类别 类型 种类 分类",
    ),
    "subject": ("subject topic theme genre 主题 科目 题材", "subject topic theme about", "主题 科目 题材"),
    "place": (
        "town city place location address country region 城市 地址 地点 地区 国家 所在地",
        "live reside base locate situate town city place location from",
        "住 位于 在哪里 在哪儿 工作 城市 地点",
    ),
    "origin": (
        "origin country source port 产地 原产地 国家 籍贯",
        "origin from come start begin",
        "产自 出产 产地 来自 哪里产 出自 产于",
    ),
    "goal": ("destination to arrival 目的地 终点 到达站", "destination go head", "目的地 终点 开往"),
    "harbour": ("port harbour harbor home 港口 母港", "port harbour harbor", "港口 母港"),
    "river": ("river 河流 河", "river cross span", "河 跨"),
    "start": (
        "started start joined hired entry 入职日期 入职 入职时间 开始日期 加入日期",
        "start join begin hire work",
        "入职 加入 开始工作 来公司",
    ),
    "joining": ("joined since member_since enrolled 加入日期 注册日期", "become join enrol register", "加入 注册"),
    "protection": ("protected 保护", "protect protection", "保护"),
    "opening": (
        "opened opening built completed 开通 建成 落成 开业",
        "open build complete inaugurate",
        "开通 建成 开业 通车",
    ),
    "building": ("built constructed year founded 建于 建成 建造", "build construct found establish", "建于 建成 建造"),
    "release": (
        "released release launched year published date 上映 出版 发行",
        "release launch come out publish appear",
        "上映 出版 发行",
    ),
    "publishing": ("published year 出版", "publish write appear", "出版"),
    "flowering": ("flowers bloom flowering 花期 开花", "flower bloom blossom", "开花 花期"),
    "sending": ("shipped sent dispatched delivered 发货 寄出 发货日期", "ship send dispatch", "发货 寄"),
    "delivery": ("delivered arrived arrival received 送达 到货", "deliver arrive", "送达 到货 到达"),
    "ordering": (
        "ordered order_date bought purchased 下单 订购 下单日期",
        "order buy bought purchase place",
        "下单 订购",
    ),
    "promise": ("promised due expected deadline 承诺 预计 约定", "promise expect", "承诺 预计 约定"),
    "lending": ("lent borrowed loaned taken issued 借出 借出日期", "lend borrow loan issue", "借出 借走 借"),
    "due": ("due deadline 到期 应还 截止 应还日期 到期日", "due deadline", "到期 应还 截止"),
    "return": ("returned back 归还 还书 归还日期", "return", "归还 还"),
    "leaving": ("departs departure departed leaves 出发 起飞 离开", "leave depart departure", "出发 起飞 离开"),
    "arriving": ("arrives arrival arrived 到达 抵达", "arrive arrival reach", "到达 抵达"),
    "state": ("status state 状态", "status state", "状态"),
    "mail": ("email mail 邮箱 邮件", "email mail", "邮箱 邮件 电子邮件"),
    "phone": ("phone telephone tel mobile 电话 手机", "phone telephone call mobile", "电话 手机"),
    "person": ("name person customer member employee 姓名 名字", "name person people", "姓名 名字"),
    "cargo": ("carried passengers people 载客 人数", "carry board aboard", "载客"),
    "dates": ("day date 日期", "day date", "哪天 几号 日期"),
}


def _by_word(place: int) -> Mapping[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for concept, words in _CONCEPTS.items():
        for word in words[place].split():
            found.setdefault(stem(word), []).append(concept)
    return {word: tuple(concepts) for word, concepts in found.items()}


NAMES: Final[Mapping[str, frozenset[str]]] = {
    concept: frozenset(stem(word) for word in words[0].split()) for concept, words in _CONCEPTS.items()
}
"""Concept → stems of words in names of columns."""
CUES: Final = _by_word(1)
"""Stem of an English word → concepts."""
CHINESE_CUES: Final = _by_word(2)
"""Chinese word → concepts."""
ADJECTIVES: Final[dict[str, tuple[tuple[str, ...], int]]] = {
    "long": (("length", "duration", "distance", "start"), 1),
    "short": (("length", "duration", "height", "distance"), -1),
    "tall": (("height",), 1),
    "high": (("height", "altitude"), 1),
    "low": (("height", "altitude"), -1),
    "deep": (("depth",), 1),
    "shallow": (("depth",), -1),
    "wide": (("width",), 1),
    "broad": (("width",), 1),
    "narrow": (("width",), -1),
    "large": (("area", "size", "room"), 1),
    "big": (("area", "size", "room"), 1),
    "small": (("area", "size", "room"), -1),
    "heavy": (("weight",), 1),
    "light": (("weight",), -1),
    "old": (("age", "opening", "building", "release", "publishing", "birth"), 1),
    "young": (("age", "birth"), -1),
    "new": (("opening", "building", "release", "publishing", "start"), -1),
    "recent": (("opening", "building", "release", "publishing", "start", "ordering", "dates"), -1),
    "cheap": (("price", "sum"), -1),
    "inexpensive": (("price", "sum"), -1),
    "expensive": (("price", "sum"), 1),
    "dear": (("price", "sum"), 1),
    "costly": (("price", "sum"), 1),
    "pricey": (("price", "sum"), 1),
    "fast": (("speed",), 1),
    "quick": (("speed",), 1),
    "slow": (("speed",), -1),
    "hot": (("heat",), 1),
    "warm": (("heat",), 1),
    "cold": (("heat",), -1),
    "cool": (("heat",), -1),
    "wet": (("rain",), 1),
    "rainy": (("rain",), 1),
    "dry": (("rain",), -1),
    "sunny": (("sun",), 1),
    "good": (("score",), 1),
    "bad": (("score",), -1),
    "populous": (("population",), 1),
    "far": (("distance",), 1),
    "distant": (("distance",), 1),
    "near": (("distance",), -1),
}
"""Adjective → concepts, the likelier first, and whether more of it is more (1) or less (-1) of the column.

A date of what is older is the earlier one: concepts that mean dates turn the direction of ``old`` and ``new`` round."""
CHINESE_ADJECTIVES: Final[dict[str, tuple[tuple[str, ...], int]]] = {
    "便宜": (("price", "sum"), -1),
    "贵": (("price", "sum"), 1),
    "长": (("length", "duration"), 1),
    "短": (("length", "duration"), -1),
    "高": (("height", "altitude"), 1),
    "矮": (("height",), -1),
    "深": (("depth",), 1),
    "浅": (("depth",), -1),
    "宽": (("width",), 1),
    "窄": (("width",), -1),
    "重": (("weight",), 1),
    "轻": (("weight",), -1),
    "大": (("area", "size", "age"), 1),
    "小": (("area", "size", "age"), -1),
    "老": (("age", "opening", "building"), 1),
    "年轻": (("age", "birth"), -1),
    "新": (("opening", "building", "release", "publishing", "start"), -1),
    "快": (("speed",), 1),
    "慢": (("speed",), -1),
    "热": (("heat",), 1),
    "冷": (("heat",), -1),
    "远": (("distance",), 1),
    "近": (("distance",), -1),
}
_QUANTITIES_WORDS: Final = (
    "pay price sum room length distance duration height altitude depth width weight area size population age"
    " speed heat rain sun stock quantity score cargo"
)
TIMES: Final = (
    "release", "publishing", "opening", "building", "start", "joining", "ordering", "sending", "lending", "dates",
)  # fmt: skip
"""Concepts that the first and the last of something go by, the likelier first."""
QUANTITIES: Final = frozenset(_QUANTITIES_WORDS.split())
"""Concepts that only numbers are about."""
_AGENTS: Final = (
    "captain staff athlete player student pupil patient doctor nurse pilot driver guest visitor resident candidate user"
    " winner contact child parent speaker runner 学生 教练 选手 医生 司机"
)
PEOPLE: Final = (
    NAMES["person"] | NAMES["author"] | NAMES["director"] | NAMES["designer"] | NAMES["leader"] | NAMES["buyer"]
    | NAMES["borrower"] | NAMES["owner"] | NAMES["teacher"] | NAMES["composer"] | {
        stem(word)
        for word in _AGENTS.split()
    }
)  # fmt: skip
"""Stems of names of columns that hold people."""
PLACES: Final = NAMES["place"] | NAMES["origin"] | NAMES["harbour"] | {stem("station"), stem("state"), stem("route")}
"""Stems of names of columns that hold places."""
_IRREGULAR: Final = {
    "good": ("better", "best"),
    "bad": ("worse", "worst"),
    "far": ("farther", "farthest"),
    "big": ("bigger", "biggest"),
    "hot": ("hotter", "hottest"),
    "wet": ("wetter", "wettest"),
}


def degrees(adjective: str) -> tuple[str, str]:
    """Return comparative and superlative of an adjective of one or two syllables."""
    if adjective in _IRREGULAR:
        return _IRREGULAR[adjective]
    base = adjective[:-1] + "i" if adjective.endswith("y") else adjective.removesuffix("e")
    return f"{base}er", f"{base}est"
