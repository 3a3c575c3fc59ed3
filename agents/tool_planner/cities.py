"""Cities whose names the tz database does not hold, with the zone that their country keeps there.

The larger cities of the world and capitals, by general knowledge; English and Chinese names. Chosen for size
alone; names that as often mean something else (Cambridge, Florence, Nice) are left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Final

__all__ = ["cities"]

_ZONES: Final[Mapping[str, str]] = {
    "Asia/Tokyo": "Osaka 大阪, Kyoto 京都, Nagoya 名古屋, Yokohama 横滨, Sapporo 札幌, Fukuoka 福冈, Kobe 神户,"
    " Hiroshima 广岛, Sendai 仙台, Nara 奈良, Okinawa 冲绳",
    "Asia/Shanghai": "Beijing 北京, Guangzhou 广州, Shenzhen 深圳, Chengdu 成都, Hangzhou 杭州, Nanjing 南京,"
    " Wuhan 武汉, Xi'an 西安, Tianjin 天津, Suzhou 苏州, Qingdao 青岛, Dalian 大连, Xiamen 厦门, Kunming 昆明,"
    " Changsha 长沙, Shenyang 沈阳, Jinan 济南, Zhengzhou 郑州, Fuzhou 福州, Lhasa 拉萨",
    "Asia/Seoul": "Busan 釜山, Incheon 仁川, Daegu 大邱",
    "Asia/Taipei": "Kaohsiung 高雄, Taichung 台中, Tainan 台南",
    "Asia/Kolkata": "Mumbai 孟买, Delhi 德里, New Delhi 新德里, Bangalore 班加罗尔, Bengaluru, Chennai 金奈,"
    " Hyderabad 海得拉巴, Pune 浦那, Ahmedabad, Jaipur 斋浦尔",
    "Asia/Ho_Chi_Minh": "Hanoi 河内, Saigon 西贡, Da Nang 岘港",
    "Asia/Jakarta": "Bandung 万隆, Surabaya 泗水",
    "Asia/Makassar": "Bali 巴厘岛",
    "Asia/Bangkok": "Chiang Mai 清迈, Phuket 普吉",
    "Asia/Karachi": "Lahore 拉合尔, Islamabad 伊斯兰堡",
    "Asia/Dubai": "Abu Dhabi 阿布扎比",
    "Asia/Riyadh": "Jeddah 吉达, Mecca 麦加",
    "Asia/Jerusalem": "Tel Aviv 特拉维夫",
    "Asia/Manila": "Cebu 宿务",
    "Europe/Istanbul": "Ankara 安卡拉, Izmir 伊兹密尔",
    "Europe/London": "Manchester 曼彻斯特, Liverpool 利物浦, Edinburgh 爱丁堡, Glasgow 格拉斯哥,"
    " Leeds 利兹, Bristol 布里斯托, Cardiff 加的夫, Oxford 牛津",
    "Europe/Paris": "Lyon 里昂, Marseille 马赛, Toulouse 图卢兹, Bordeaux 波尔多, Strasbourg 斯特拉斯堡",
    "Europe/Berlin": "Munich 慕尼黑, Hamburg 汉堡, Frankfurt 法兰克福, Cologne 科隆, Stuttgart 斯图加特,"
    " Düsseldorf 杜塞尔多夫, Leipzig 莱比锡, Dresden 德累斯顿",
    "Europe/Rome": "Milan 米兰, Naples 那不勒斯, Venice 威尼斯, Turin 都灵, Bologna 博洛尼亚",
    "Europe/Madrid": "Barcelona 巴塞罗那, Seville 塞维利亚, Bilbao 毕尔巴鄂",
    "Europe/Lisbon": "Porto 波尔图",
    "Europe/Zurich": "Geneva 日内瓦, Basel 巴塞尔, Bern 伯尔尼",
    "Europe/Amsterdam": "Rotterdam 鹿特丹, The Hague 海牙, Eindhoven",
    "Europe/Brussels": "Antwerp 安特卫普, Ghent 根特",
    "Europe/Stockholm": "Gothenburg 哥德堡, Malmö 马尔默",
    "Europe/Oslo": "Bergen 卑尔根",
    "Europe/Warsaw": "Krakow 克拉科夫, Gdansk 格但斯克",
    "Europe/Moscow": "Saint Petersburg, St Petersburg 圣彼得堡",
    "Europe/Kyiv": "Odesa 敖德萨, Lviv",
    "Europe/Vienna": "Salzburg 萨尔茨堡",
    "Africa/Johannesburg": "Cape Town 开普敦, Durban 德班, Pretoria 比勒陀利亚",
    "Africa/Casablanca": "Marrakesh 马拉喀什, Rabat 拉巴特",
    "Africa/Lagos": "Abuja 阿布贾",
    "America/New_York": "Boston 波士顿, Philadelphia 费城, Miami 迈阿密, Atlanta 亚特兰大,"
    " Orlando 奥兰多, Pittsburgh 匹兹堡, Cleveland 克利夫兰, Baltimore 巴尔的摩",
    "America/Chicago": "Houston 休斯敦, Dallas 达拉斯, New Orleans 新奥尔良, Minneapolis, Memphis,"
    " Nashville 纳什维尔, San Antonio 圣安东尼奥",
    "America/Denver": "Salt Lake City 盐湖城",
    "America/Los_Angeles": "San Francisco 旧金山, Seattle 西雅图, San Diego 圣迭戈, Las Vegas 拉斯维加斯, Sacramento",
    "America/Toronto": "Montreal 蒙特利尔, Ottawa 渥太华, Quebec 魁北克",
    "America/Edmonton": "Calgary 卡尔加里",
    "America/Sao_Paulo": "Sao Paulo, São Paulo 圣保罗, Rio de Janeiro 里约热内卢, Brasilia 巴西利亚",
    "America/Mexico_City": "Guadalajara",
    "America/Bogota": "Medellin 麦德林",
    "Australia/Sydney": "Canberra 堪培拉",
    "Pacific/Auckland": "Wellington 惠灵顿, Christchurch",
}


@lru_cache(maxsize=1)
def cities() -> Mapping[str, str]:
    """Return zones by the names of cities: English ones in small letters, Chinese ones as they are."""
    found: dict[str, str] = {}
    for zone, listed in _ZONES.items():
        for one in listed.split(","):
            latin = "".join(char for char in one if not "\u4e00" <= char <= "\u9fff").strip()
            chinese = "".join(char for char in one if "\u4e00" <= char <= "\u9fff")
            found |= {name: zone for name in (latin.casefold(), chinese) if name}
    return found
