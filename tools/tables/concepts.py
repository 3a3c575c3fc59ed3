"""What columns may be about: the words in their names, and the words of a question that speak of it.

Everyday words of English and Chinese, from general knowledge; the likelier concept of a word stands first.
"""

from __future__ import annotations

from typing import Final

__all__ = ["CONCEPTS"]

CONCEPTS: Final[dict[str, tuple[str, str, str]]] = {
    # concept: (words in names of columns, English cues, Chinese cues)
    "pay": (
        "salary wage pay income earnings 工资 薪水 薪资 薪金 月薪 年薪 收入 薪酬 remuneration stipend",
        "earn pay paid salary wage income remuneration",
        "挣 赚 薪水 工资 月薪 薪资 收入 多少钱",
    ),
    "price": (
        (
            "price cost fee fare rent rate 价格 单价 价钱 售价 费用 票价 价 租金 tariff charge deposit"
            " 费 租 收费 postage toll premium dues subscription"
        ),
        "cost price charge fare fee ticket pay paid spend spent worth hire rent rate",
        "多少钱 价格 价钱 售价 单价 卖 花 付 收费 租金 租 费用 花费 要价",
    ),
    "sum": (
        "total amount cost price 金额 总价 总额 bill",
        "cost worth total amount pay paid spend spent bill",
        "多少钱 金额 总价 付 花 付了 花了",
    ),
    "author": ("author writer 作者", "write author writer", "写 作者 著"),
    "director": ("director 导演", "direct director make", "导演 执导 拍"),
    "designer": ("architect designer 设计师 建筑师 设计者", "design build architect designer", "设计 建造"),
    "maker": (
        "maker builder manufacturer brand producer yard 制造商 品牌 厂家 factory make",
        "make build produce manufacture",
        "制造 生产",
    ),
    "composer": ("composer artist singer 作曲 歌手 艺术家", "compose sing paint perform artist", "作曲 唱"),
    "leader": (
        (
            "manager boss supervisor chief head leader captain 经理 主管 上司 领导 负责人 老板 guide"
            " coach responsible lead organiser organizer coordinator 队长 组长 教练 带队"
        ),
        ("manager boss supervisor manage supervise chief lead leader run captain coach guide organise organize"),
        "经理 主管 上司 领导 负责人 老板 带队 领队 带 负责 主持 管",
    ),
    "teacher": (
        "teacher instructor lecturer 老师 教师 coach trainer tutor",
        "teach teacher coach train tutor give",
        "教 老师 教师 授课",
    ),
    "owner": ("owner 所有者 主人 业主", "own owner belong", "拥有 主人"),
    "buyer": (
        "customer client buyer 客户 顾客 买家",
        "buy bought purchase order place buyer customer client",
        "买 购买 下单 订",
    ),
    "thing": ("item product article 商品 产品 part goods", "order buy bought purchase", "买 购买 订"),
    "borrower": ("member borrower reader 读者 借阅人 会员", "borrow member borrower reader", "借"),
    "room": (
        (
            "capacity passengers passenger seats seat places 容量 载客量 座位 座位数 床位 sleeps beds"
            " guests people persons 人数 可住"
        ),
        "take carry hold fit seat capacity passenger sleep accommodate stay guest bed",
        "坐 容纳 载 座位 住 能住 可住 睡",
    ),
    "length": ("length 长度 全长 长", "long length", "多长 长度"),
    "distance": (
        "distance 距离 路程 km miles mileage range",
        "far distance ride rode ridden cycle drive drove driven travel travelled cover walk run",
        "多远 距离 骑 走 跑 开 行驶 远 里程 公里数",
    ),
    "duration": (
        "duration runtime minutes hours days 时长 片长 分钟",
        "long run duration length runtime last take",
        "多长 时长",
    ),
    "height": ("height 高度 身高 株高 高", "tall high height grow", "多高 高度 身高"),
    "altitude": ("altitude elevation 海拔 climb ascent", "high lie altitude elevation", "多高 海拔"),
    "depth": ("depth 深度 水深 深", "deep depth", "多深 深度"),
    "width": ("width breadth 宽度 宽", "wide broad width", "多宽 宽度"),
    "weight": ("weight mass 重量 体重", "heavy weigh weight weighs", "多重 重量 重"),
    "area": ("area surface size 面积", "large big area size", "多大 面积"),
    "size": ("size population 规模 大小", "large big size", "多大 大小"),
    "population": ("population inhabitants 人口", "populous population inhabitant", "人口"),
    "age": ("age 年龄", "old age", "多大 年龄 几岁"),
    "birth": ("born birth birthday birthdate dob 生日 出生日期 出生", "bear born birth birthday", "出生 生日"),
    "speed": ("speed velocity 速度 时速", "fast quick speed", "多快 速度"),
    "heat": ("temperature temp 温度 气温", "hot warm cold temperature", "多热 多冷 温度 气温"),
    "rain": ("rain rainfall precipitation 降雨量 降水量 雨量", "rain wet rainfall rainy", "下雨 雨"),
    "sun": ("sun sunshine 日照", "sun sunny sunshine", "日照 晴"),
    "stock": (
        "stock inventory available 库存 存货 hand left remaining",
        "stock available inventory left shelf hand remain remaining",
        "库存 存货 还有 剩 剩下 剩余 还剩 现货 有货",
    ),
    "quantity": ("quantity qty stock count 数量 库存 amount units number pieces", "quantity", "数量"),
    "score": (
        "rating score stars mark marks grade 评分 分数 成绩 得分 等级 points",
        "rate rating score star point grade mark",
        "评分 分数 得分 成绩 分",
    ),
    "team": (
        "team department division unit 部门 团队 科室 group squad section faculty",
        "team department division work group squad section",
        "部门 团队 组 小组 班",
    ),
    "job": (
        "job role position title occupation profession 职位 职务 职业 duty function post",
        "job role position occupation duty post profession",
        "职位 职务 职业 工作 做什么 干什么 岗位 角色",
    ),
    "employer": ("employer company firm 公司 单位", "employer company work", "公司 单位"),
    "kind": (
        "genre kind type category class sort 类别 类型 种类 分类 品种",
        "genre kind type category sort",
        "类别 类型 种类 分类",
    ),
    "subject": ("subject topic theme genre 主题 科目 题材", "subject topic theme about", "主题 科目 题材"),
    "place": (
        (
            "town city place location address country region 城市 地址 地点 地区 国家 所在地 village"
            " hometown home residence county province district suburb base site venue neighbourhood"
            " island settlement 住址 省份 村 居住地 room hall street road studio building"
        ),
        "live reside base locate situate town city place location from home residence village",
        "住 位于 在哪里 在哪儿 工作 城市 地点 住在 家在 地址 所在 街",
    ),
    "origin": (
        "origin from country source port 产地 原产地 国家 籍贯 nationality home",
        "origin from come start begin leave depart",
        "产自 出产 产地 来自 哪里产 出自 产于",
    ),
    "goal": ("destination to arrival 目的地 终点 到达站", "destination go head", "目的地 终点 开往"),
    "harbour": ("port harbour harbor home 港口 母港", "port harbour harbor", "港口 母港"),
    "river": ("river 河流 河", "river cross span", "河 跨"),
    "start": (
        "started start joined hired entry begun 入职 入职日期 入职时间 开始日期 加入日期",
        "start join begin hire work come employ",
        "入职 加入 开始工作 来公司 来 开始 进来",
    ),
    "joining": (
        "joined since enrolled registered 加入日期 注册日期 入会日期 入会",
        "become join enrol register come sign",
        "加入 注册 入会 来 成为会员",
    ),
    "protection": ("protected 保护", "protect protection", "保护"),
    "opening": (
        "opened opening built completed 开通 建成 落成 开业",
        "open build complete inaugurate",
        "开通 建成 开业 通车",
    ),
    "building": ("built constructed year founded 建于 建成 建造", "build construct found establish", "建于 建成 建造"),
    "release": (
        "released release launched year published date 上映 出版 发行 推出 发布",
        "release launch come out publish appear",
        "上映 出版 发行 推出 发布",
    ),
    "publishing": ("published year 出版", "publish write appear", "出版"),
    "flowering": ("flowers bloom flowering 花期 开花", "flower bloom blossom", "开花 花期"),
    "sending": (
        "shipped sent dispatched delivered 发货 寄出 发货日期 posted mailed",
        "ship send dispatch post mail",
        "发货 寄",
    ),
    "delivery": (
        "delivered arrived arrival received 送达 到货 delivery landed",
        "deliver arrive delivery receive",
        "送达 到货 到达 送货 进货 到",
    ),
    "ordering": (
        "ordered order_date bought purchased 下单 订购 下单日期 acquired",
        "order buy bought purchase place acquire get got",
        "下单 订购 买 购买 购入 买入",
    ),
    "promise": ("promised due expected deadline 承诺 预计 约定", "promise expect", "承诺 预计 约定"),
    "lending": ("lent borrowed loaned taken issued 借出 借出日期", "lend borrow loan issue", "借出 借走 借"),
    "due": ("due deadline 到期 应还 截止 应还日期 到期日", "due deadline", "到期 应还 截止"),
    "return": ("returned back 归还 还书 归还日期", "return", "归还 还"),
    "leaving": ("departs departure departed leaves 出发 起飞 离开", "leave depart departure", "出发 起飞 离开"),
    "arriving": (
        "arrives arrival arrived admitted intake received 到达 抵达",
        "arrive arrival reach come",
        "到达 抵达 来 到",
    ),
    "state": ("status state 状态 condition", "status state condition", "状态"),
    "mail": ("email mail 邮箱 邮件", "email mail", "邮箱 邮件 电子邮件"),
    "phone": ("phone telephone tel mobile 电话 手机 number", "phone telephone call mobile ring", "电话 手机"),
    "person": ("name person customer member employee 姓名 名字", "name person people", "姓名 名字"),
    "cargo": ("carried passengers people 载客 人数", "carry board aboard", "载客"),
    "dates": ("day date 日期", "day date", "哪天 几号 日期"),
    "responsible": (
        (
            "leader carer keeper host manager supervisor head chief coach guide organiser organizer"
            " coordinator captain responsible caretaker warden contact handler 负责人 主管 经理 领队"
            " 教练 联系人"
        ),
        "responsible",
        "负责 照顾 照看 管理 主管",
    ),
    "care": (
        "carer caretaker keeper nurse warden handler sitter 饲养员 护理员",
        "care tend mind nurse",
        "照顾 照看 喂养 护理",
    ),
    "letting": ("host landlord owner letter agent 房东 业主", "host rent let", "出租 房东"),
    "seller": (
        ("vendor supplier seller dealer shop store merchant provider distributor wholesaler 供应商 卖家 商家 店"),
        "sell sold supply supplier vendor provide seller stock deliver buy",
        "供应商 供应 供货 卖 提供 进货",
    ),
    "ending": ("finished ended end completed closed until 结束 完成", "finish end complete close stop", "结束 完成"),
    "fault": (
        "fault problem issue defect complaint 故障 问题",
        "wrong problem fault issue matter broken",
        "故障 毛病 问题",
    ),
    "level": ("level tier class grade 等级 级别", "level tier", "级别 等级"),
    "attendance": (
        ("riders visitors attendance participants attendees members turnout spectators audience 人数 参加人数"),
        "attend participant visitor turnout attendance come came take",
        "参加 来了 人数 去",
    ),
    "wins": ("medals wins titles goals points 奖牌 胜场", "win won score", "赢 得 获得 拿"),
    "power": ("power watts horsepower hp 功率 马力", "powerful power", "功率 马力"),
    "climbing": ("climb ascent gain elevation 爬升", "climb ascend ascent", "爬升 爬"),
    "learning": ("student pupil learner 学生", "study learn attend", "学 上"),
    "carrying": (
        "courier carrier driver hauler 快递员 司机 承运人",
        "deliver carry bring transport drive",
        "送 送货 配送 运",
    ),
    "cooking": ("chef cook baker 厨师 厨子", "cook bake make prepare", "做 烧 烹饪 烤"),
    "holding": ("holder tenant keeper lessee", "hold held rent have", "租 持有"),
}
