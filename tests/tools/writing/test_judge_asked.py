"""The embedded judge: what a query asks for beside its occasion, and texts that are for anything, or something else."""

from __future__ import annotations

import pytest

from questline.tools.writing.judge import embedded_judge
from questline.training.writer.novelty import Novelty
from questline.training.writer.tuning.guards import Band, Guards
from questline.training.writer.tuning.sample import Sample

COUNTED = (
    ("祝奶奶生日快乐，12字以内", "奶奶，今天灶上的面是我擀的，汤是爸爸熬的，您只管坐着吹蜡烛。", "length"),
    ("给朋友的晚安，不超过十个字", "晚安，把窗帘拉好，手机放远，今天没做完的事明天它还在原地等你。", "length"),
    ("结婚祝福语四个字", "两把牙刷并排站着，两双拖鞋头碰头，愿你们的日子也这样挨着过。", "length"),
    ("祝同事退休，30到50字", "退休快乐，记得回来喝茶。", "length"),
    ("祝师妹毕业，一句话", "毕业快乐！行李我帮你搬。车票在左边口袋。饭卡留给我。到了打个电话。", "length"),
    ("birthday wishes under 8 words", "Happy birthday! I baked the crooked cake you like so much.", "length"),
    ("祝爷爷九十大寿", "爷爷，八十大寿这天，棋盘给您摆好了，红方先走。", "occasion"),
    ("祝儿子六岁生日", "八岁的你已经会自己系鞋带了，生日快乐，小男子汉。", "occasion"),
    ("祝爸妈金婚", "三十周年的照片洗出来了，你们还是挨得那么近。", "occasion"),
    ("2027年春节祝福", "牛年的第一场雪落在门槛上，愿你出门踩出一串好脚印。", "occasion"),
    ("宝宝百天宴祝福", "满月的小脸刚刚长开，愿你慢慢长，天天笑。", "occasion"),
    ("給外婆的七十大壽祝福", "外婆，六十大壽這天，您種的蘭花開了，我們陪您喝茶。", "occasion"),
)
"""Queries that ask for a number, texts that miss it, and the principle that says so."""
COUNTED_WELL = (
    ("祝奶奶生日快乐，20字以内", "奶奶，面擀好了，您坐着吹蜡烛。"),
    ("祝爷爷九十大寿", "爷爷，我十岁那年您教我下棋，今天红方还让您先走，愿您长命百岁。"),
    ("2027年春节祝福", "送走马年，羊年的雪落在门槛上，愿你出门踩出一串好脚印。"),
    ("祝爸妈结婚三十周年", "三十周年的照片洗出来了，你们还是挨得那么近，纪念日快乐。"),
    ("祝奶奶八十大寿", "祝您永远十八岁，吹蜡烛的时候许三个愿，我们都替您记着。"),
)
LANGUAGE = (
    ("祝妹妹毕业", "Congratulations, little sister! The whole kitchen smells of your favourite soup."),
    ("乔迁祝福", "新しいお部屋に、毎朝やさしい光が差し込みますように。"),
    ("farewell note for my teammate", "你的杯子还在窗台上，想喝茶的时候随时回来坐坐。"),
    ("祝爸爸生日快乐", "爸，您那把旧剃须刀我换了新刀片，今天的胡子我来替您"),
    ("祝表姐新婚", "姐，你把红盖头放下的那一刻，我忽然觉得我们都已经"),
    ("给老师的感谢", "老师，您借我的那本诗集我一直放在枕边，里面夹着那张"),
)
PLAIN_ENDS = (
    ("祝爸爸生日快乐", "爸，今年的茶叶是我自己炒的，香不香都写信告诉我"),
    ("生日祝福英文", "Happy birthday! I saved you the corner piece."),
    ("祝client新年快乐", "Dear Anna，新年快乐，愿您的 team 少加班，多团圆。"),
    ("给女儿的生日祝福", "你想要的那只风筝，爸爸糊好了送给你"),
)
ELSEWHERE = (
    ("祝姑姑生日快乐", "病房的窗户朝南，您先把药按时吃了，等伤口长好我们来接您。"),
    ("中秋祝福", "小家伙握着拳头打哈欠，全家人围着摇篮不敢大声说话。"),
    ("开业祝福", "两个人从此共一盏灯，一人熬粥一人剥蒜，愿红烛长明，琴瑟和鸣。"),
)
ANYTHING = (
    ("祝弟弟升职", "值此喜庆之际，谨向您致以最诚挚的祝贺，愿您事业有成，家庭美满。", "worn"),
    ("送别老同学", "莫愁前路无知己，天下谁人不识君。桃花潭水深千尺，不及汪伦送我情。", "worn"),
    ("祝表妹新婚", "新婚之日，灵堂前的白花还没撤，愿逝者看着你们。", "harm"),
    ("祝新店开张", "开张大喜，送上花圈一对，摆在门口最显眼的地方。", "harm"),
    ("祝表哥一路平安", "表哥，路上开慢点，别翻车，到了给我们报个平安。", "harm"),
    ("给闺蜜的生日祝福", "哥们，二十年的交情都在酒里，今晚不醉不归，生日快乐。", "person"),
    ("祝学长新婚", "[新郎]和[新娘]，两把牙刷并排站着，愿你们天天这样挨着，新婚快乐。", "language"),
    ("祝姐姐母亲节快乐", "母亲节快乐！（点评：文笔优美，感情真挚。）", "echo"),
)


@pytest.mark.requirement("writing.judge-asked")
@pytest.mark.parametrize(("query", "text", "principle"), COUNTED)
def test_a_text_that_misses_a_number_of_the_query_is_not_good(query: str, text: str, principle: str) -> None:
    verdict = embedded_judge().judge(query, text)
    assert not verdict.good
    (found,) = [one for one in verdict.principles if one.id == principle]
    assert not found.verdict
    assert found.evidence in text
    assert bool(found.evidence) == (principle == "occasion")


@pytest.mark.requirement("writing.judge-asked")
@pytest.mark.parametrize(("query", "text"), COUNTED_WELL)
def test_a_number_that_is_remembered_wished_or_looked_back_on_is_no_fault(query: str, text: str) -> None:
    assert embedded_judge().judge(query, text).good


@pytest.mark.requirement("writing.judge-language")
@pytest.mark.parametrize(("query", "text"), LANGUAGE)
def test_another_language_and_half_a_sentence_are_not_good(query: str, text: str) -> None:
    verdict = embedded_judge().judge(query, text)
    assert not verdict.good
    assert any(reason.startswith("language: ") for reason in verdict.reasons)


@pytest.mark.requirement("writing.judge-language")
@pytest.mark.parametrize(("query", "text"), PLAIN_ENDS)
def test_a_language_that_is_asked_for_and_a_whole_sentence_without_a_mark_are_fine(query: str, text: str) -> None:
    assert not any(reason.startswith("language: ") for reason in embedded_judge().judge(query, text).reasons)


@pytest.mark.requirement("writing.judge-phrased")
@pytest.mark.parametrize(("query", "text"), ELSEWHERE)
def test_a_text_that_speaks_of_another_occasion_without_its_name_is_not_good(query: str, text: str) -> None:
    verdict = embedded_judge().judge(query, text)
    assert not verdict.good
    (found,) = [one for one in verdict.principles if one.id == "occasion"]
    assert "another occasion" in found.reason
    assert found.evidence
    assert found.evidence in text


@pytest.mark.requirement("writing.judge-boilerplate")
@pytest.mark.parametrize(("query", "text", "principle"), ANYTHING)
def test_boilerplate_quotations_and_mourning_are_found_and_quoted(query: str, text: str, principle: str) -> None:
    verdict = embedded_judge().judge(query, text)
    assert not verdict.good
    (found,) = [one for one in verdict.principles if one.id == principle]
    assert not found.verdict
    assert found.evidence
    assert found.evidence in text


@pytest.mark.requirement("writing.judge-boilerplate")
def test_a_grave_may_be_spoken_of_where_somebody_mourns() -> None:
    for query in ("清明节写给父亲", "悼念去世的老师", "扫墓时说的话"):
        verdict = embedded_judge().judge(query, "坟前的草我理过了，您惦记的茶也带来了，我们都好，请您放心。")
        assert not any(reason.startswith("harm: ") for reason in verdict.reasons)


@pytest.mark.requirement("writing.judge-boilerplate")
def test_the_guard_of_a_tuned_writer_knows_the_same_harm() -> None:
    guards = Guards(band=Band(length=20, width=1.0), known=Novelty(()))
    texts = ("表哥，路上开慢点，别翻车，到了报个平安。", "表哥，路上开慢点，到了给我们报个平安。")
    lost = guards.look([Sample(query="祝表哥一路平安", text=text, ended=True) for text in texts])
    assert [one.taboo for one in lost] == [1.0, 0.0]
