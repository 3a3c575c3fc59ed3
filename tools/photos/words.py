"""Words of school mathematics, Chinese and English: what a reading of a question should not lose."""

from __future__ import annotations

from typing import Final

__all__ = ["WORDS"]

_CHINESE: Final = """
三角形 四边形 五边形 六边形 平行四边形 长方形 正方形 梯形 菱形 矩形 圆 圆柱 圆锥 圆心 半径 直径 弧 扇形 球 棱锥
棱柱 棱长 长方体 正方体 面积 周长 体积 表面积 边长 高 底 角 直角 锐角 钝角 平行 垂直 相交 中点 平分 对称 旋转
平移 折叠 展开图 坐标 坐标系 原点 轴 象限 函数 图象 图像 抛物线 双曲线 直线 线段 射线 方程 不等式 解析式
取值范围 最大值 最小值 顶点 交点 切线 斜率 向量 平面 二面角 正弦 余弦 正切 概率 统计 平均数 中位数 众数 方差
频率 表格 比例 分数 小数 百分 倍 和 差 积 商 余 如图 已知 求 证明 计算 填空 判断 选择 单位 厘米 分米 毫米 千米
米 平方 立方 千克 克 吨 升 毫升 元 角度 度 分钟 小时 秒 天 月 年 人 数
"""
_ENGLISH: Final = """
triangle square rectangle circle radius diameter area perimeter volume angle parallel perpendicular midpoint
function graph line segment equation inequality coordinate point axis origin maximum minimum find prove calculate
solve length height base prism pyramid cylinder cone sphere vertex probability mean median ratio figure given
"""
WORDS: Final = frozenset((_CHINESE + _ENGLISH).split())
