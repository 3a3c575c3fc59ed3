"""Everyday words that may stand for each other as names of rows, columns and plain values, English and Chinese.

General knowledge, not a list for any table: each line holds words for one thing, English ones first, Chinese ones
behind the bar. A word of a question stands for a name that holds another word of its line.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from questline.tools.text import stem

__all__ = ["SAME"]

_LINES: Final = """
member membership subscriber | 会员 成员 社员
volunteer helper | 志愿者 义工
employee worker staff colleague personnel | 员工 职员 雇员 工作人员 同事
customer client buyer shopper | 客户 顾客 买家 客人
guest visitor | 客人 访客 游客 来宾
student pupil learner | 学生 学员
teacher instructor tutor lecturer | 老师 教师 讲师
coach trainer | 教练
chef cook | 厨师 厨子
doctor physician | 医生 大夫
patient | 病人 患者
driver | 司机 驾驶员
author writer | 作者 作家
artist painter | 艺术家 画家
singer musician | 歌手 音乐家
player athlete sportsman | 球员 运动员 选手
captain skipper | 船长 队长
manager boss supervisor | 经理 主管 上司
leader guide | 领队 负责人 领导 向导
owner proprietor | 主人 业主 所有者
host landlord landlady | 房东 主人
neighbour neighbor | 邻居
person people name | 人员 人 姓名
mechanic technician repairer | 技师 修理工 技工
contact | 联系人
supplier vendor seller provider | 供应商 卖家 供货商
company firm business | 公司 企业
shop store | 商店 店 店铺
restaurant cafe | 餐厅 餐馆 饭店
hotel inn guesthouse | 酒店 宾馆 旅馆
cottage house home cabin lodge lodging villa | 房子 房屋 屋子 小屋 民宿 别墅
room chamber | 房间 客房
building | 建筑 楼 大楼
school college | 学校
university | 大学
hospital clinic | 医院 诊所
library | 图书馆
museum | 博物馆
station stop | 车站 站
airport | 机场
bridge | 桥 桥梁
road street route | 路 道路 街道 路线
river stream | 河 河流
lake | 湖 湖泊
mountain peak hill | 山 山峰
sea beach shore coast seaside ocean | 海 海滩 海边 沙滩
island | 岛 岛屿
country nation land | 国家
city town | 城市 城镇 市
village | 村 村庄 村子
region area district | 地区 区域 区
province state | 省 省份 州
address | 地址 住址
place location site venue | 地点 地方 位置 场地
garden park | 花园 公园
tree | 树
plant | 植物
flower | 花
animal pet creature | 动物 宠物
dog puppy hound | 狗 犬 小狗
cat kitten | 猫 小猫
rabbit bunny | 兔子 兔
horse pony | 马
cow cattle | 牛 奶牛
sheep | 羊 绵羊
pig | 猪
chicken hen | 鸡
duck | 鸭 鸭子
fish | 鱼
bird | 鸟
species breed | 物种 品种 种类
bike bicycle cycle | 自行车 单车 脚踏车
car automobile vehicle | 汽车 车 车辆 轿车
boat ship vessel | 船 船只
ferry | 渡轮 渡船
train | 火车 列车
bus coach | 公交车 巴士 客车
plane aircraft aeroplane | 飞机
flight | 航班
ride tour trip outing excursion | 骑行 活动 行程 旅行
journey travel | 旅程 旅途
race competition contest match | 比赛 竞赛
event | 活动 事件
course class lesson | 课程 课 上课
subject | 科目
exam test | 考试 测验
book title | 书 图书 书籍
film movie picture | 电影 影片
song track | 歌 歌曲
album | 专辑
chess | 国际象棋 象棋
game | 游戏 比赛
picture painting | 画 图片
photo photograph | 照片
item product article goods merchandise | 商品 产品 物品 货品 货物
part component spare | 零件 部件 配件
tool equipment | 工具 设备 器材
machine device | 机器 设备 装置
phone telephone mobile | 电话 手机
computer laptop | 电脑 计算机
desk | 桌子
chair seat | 椅子
lamp light | 灯
bed | 床
blanket | 毯子 毛毯
clothes clothing garment | 衣服 服装
shoe | 鞋 鞋子
bag | 包 袋子
food | 食物 食品
dish meal | 菜 菜品
drink beverage | 饮料
tea | 茶
coffee | 咖啡
milk | 牛奶
bread | 面包
rice | 米 大米
egg | 鸡蛋 蛋
meat | 肉
vegetable | 蔬菜
fruit | 水果
apple | 苹果
recipe | 食谱 菜谱
order purchase | 订单
invoice bill | 发票 账单
payment | 付款 支付
parcel package | 包裹 快递
delivery shipment | 送货 发货 交货
contract | 合同
project | 项目
task job | 任务
loan | 借阅 贷款
repair fix mend | 修理 维修 修
fault problem issue defect | 故障 问题 毛病
price cost fee charge rate | 价格 价钱 费用 单价 收费
rent hire | 租金 租 租用
salary wage pay income earnings | 工资 薪水 收入 薪资
discount reduction rebate | 折扣 优惠
deposit | 押金 定金
tax | 税 税率
amount sum total | 金额 总额 总价
quantity number count amount | 数量 个数
stock inventory | 库存 存货
minimum | 最低 最少
capacity | 容量
weight mass | 重量 体重
length | 长度
width breadth | 宽度
height | 高度 身高
depth | 深度
distance | 距离 路程 里程
speed | 速度 时速
area surface | 面积
size | 大小 尺寸 尺码
volume | 体积
temperature | 温度 气温
age | 年龄 岁数
weekday | 星期 星期几 周几 礼拜几
date day | 日期 日子 天
time | 时间 时刻
hour | 小时 钟头
minute | 分钟
week | 周 星期
month | 月份 月
year | 年份 年度
season | 季节
birthday birthdate | 生日 出生日期
duration | 时长 期限
start beginning | 开始
end finish | 结束
departure | 出发 发车
arrival | 到达 抵达
destination | 目的地 终点
origin | 产地 来源 起点
department division | 部门 科室
team squad group | 团队 队 小组
role position post job occupation | 职位 职务 岗位 职业 工作 角色
level grade tier | 等级 级别 档次
rank ranking | 排名 名次
rating score mark | 评分 分数 得分
kind type sort category genre | 类型 种类 类别 分类
colour color | 颜色
brand | 品牌 牌子
model | 型号 款式
material | 材料 材质
language tongue | 语言
email mail | 邮箱 邮件 电子邮件
website | 网站 网址
note remark comment | 备注 说明
status state condition | 状态 情况
reason cause | 原因
gear | 变速 档位 速别
seat place | 座位
ticket | 票 门票
medal award prize | 奖牌 奖 奖项
goal point | 进球 分
vote | 票数 选票
population inhabitant | 人口
visitor | 游客 参观人数
passenger | 乘客
rider cyclist | 骑手 骑行者 参加者
participant attendee | 参加者 参与者 参加人数
hobby interest | 爱好 兴趣
sport | 运动 体育项目
red | 红 红色
blue | 蓝 蓝色
green | 绿 绿色
white | 白 白色
black | 黑 黑色
yellow | 黄 黄色
gold golden | 金 金色 黄金
silver | 银 银色
bronze | 铜 青铜
wood wooden | 木 木头
metal | 金属
paper | 纸
"""


def _groups() -> Mapping[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for line in _LINES.strip().splitlines():
        english, _, chinese = line.partition("|")
        together = {*map(stem, english.split()), *chinese.split()}
        for word in together:
            found.setdefault(word, set()).update(together)
    return {word: frozenset(each - {word}) for word, each in found.items()}


SAME: Final = _groups()
"""Stem of an English word, or a Chinese word → stems and Chinese words that stand for the same."""
