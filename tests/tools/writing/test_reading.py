"""What a query is taken to mean: occasion, person, age, tone, length, script."""

from __future__ import annotations

from typing import Any

import pytest

from questline.tools.writing import Brief
from questline.tools.writing.grammar.bank import bank
from questline.tools.writing.grammar.order import ORDER
from questline.tools.writing.reading import read
from questline.tools.writing.script import is_traditional, simplified, traditional


@pytest.mark.requirement("writing.parser")
@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("给奶奶的生日祝福", {"occasion": "birthday", "group": "grand", "address": "奶奶"}),
        ("祝女儿十八岁生日", {"occasion": "birthday", "group": "youth", "age": 18}),
        ("儿子12岁生日妈妈的祝福语", {"occasion": "birthday", "group": "child", "address": "儿子", "age": 12}),
        ("女婿祝岳父生日快乐", {"occasion": "birthday", "group": "senior", "address": "岳父"}),
        ("朋友女儿结婚怎么祝福", {"occasion": "wedding", "group": "youth", "address": ""}),
        ("恭喜别人当奶奶", {"occasion": "newborn", "group": ""}),
        ("孩子满月酒的吉祥话", {"occasion": "full_moon"}),
        ("祝八十大寿", {"occasion": "birthday", "group": "grand", "age": 80}),
        ("同事离职祝福语", {"occasion": "farewell", "group": "colleague"}),
        ("领导高升贺词", {"occasion": "promotion", "group": "boss", "tone": "formal"}),
        ("安慰失恋的朋友", {"occasion": "heartbreak", "group": "friend"}),
        ("安慰刚离婚的姐姐", {"occasion": "heartbreak", "address": "姐姐"}),
        ("祝二婚的朋友新婚快乐", {"occasion": "wedding"}),
        ("祝爷爷一百岁生日", {"occasion": "birthday", "age": 100}),
        ("祝奶奶一百零五岁大寿", {"occasion": "birthday", "age": 105}),
        ("宝宝百岁宴", {"occasion": "hundred_days"}),
        ("二十八个字的祝福", {"occasion": "general", "hanzi": 28}),
        ("三四个字的祝福", {"hanzi": None}),
        ("恭喜室友拿到驾照", {"occasion": "general"}),
        ("毕业典礼老师寄语", {"occasion": "graduation", "group": "", "address": ""}),
        ("毕业时给老师的寄语", {"occasion": "graduation", "group": "teacher"}),
        ("Thanksgiving message for my team", {"occasion": "thanksgiving", "also": ""}),
        ("爷爷去世，安慰奶奶", {"occasion": "condolence", "address": "奶奶"}),
        ("写给去世的爷爷", {"occasion": "condolence", "address": ""}),
        ("祝病人早日康复", {"occasion": "recovery"}),
        ("朋友父亲去世怎么安慰", {"occasion": "condolence"}),
        ("中考生日祝福语", {"occasion": "birthday", "also": "exam"}),
        ("高考加油祝福语和鼓励的话", {"occasion": "exam", "also": ""}),
        ("给王小明的生日祝福", {"occasion": "birthday", "address": "王小明"}),
        ("结婚祝福语八个字", {"occasion": "wedding", "idioms": 2}),
        ("开业祝福十个字", {"occasion": "opening", "hanzi": 10}),
        ("幽默的早安祝福", {"occasion": "morning", "tone": "humorous"}),
        ("女神节快乐", {"occasion": "women_day"}),
        ("给我的女神写情人节祝福", {"occasion": "lovers_day"}),
        ("小学生女儿开学祝福", {"occasion": "school_start"}),
        ("给 Tom 的 birthday 祝福", {"occasion": "birthday", "address": "Tom", "chinese": True}),
        ("happy birthday to my friend", {"occasion": "birthday", "group": "friend", "chinese": False}),
        ("生曰快乐祝福语", {"occasion": "birthday"}),
        ("桥迁之喜", {"occasion": "housewarming"}),
    ],
)
def test_a_query_is_read(query: str, wanted: dict[str, Any]) -> None:
    found = read(Brief(query=query))
    told = {name: found.person.group if name == "group" else getattr(found, name) for name in wanted}
    assert told == wanted
    assert found.in_scope


@pytest.mark.requirement("writing.scope")
@pytest.mark.parametrize(
    "query", ["write my tax form", "写我的报税表", "张学友《祝福》", "祝福语格式", "短短一句说透人生"]
)
def test_what_asks_for_no_greeting_is_out_of_scope(query: str) -> None:
    assert not read(Brief(query=query)).in_scope


@pytest.mark.requirement("writing.script")
def test_the_script_of_the_query_is_known_and_phrases_can_be_told_in_it() -> None:
    assert is_traditional("給奶奶的生日祝福")
    assert not is_traditional("给奶奶的生日祝福")
    assert not is_traditional("祝你生日快乐")
    assert traditional("鹏程万里，心里有光，发财，白发，一碗面") == "鵬程萬里，心裡有光，發財，白髮，一碗麵"
    assert simplified("祝您聖誕快樂，萬事順意") == "祝您圣诞快乐，万事顺意"
    found = read(Brief(query="祝爺爺八十歲生日快樂"))
    assert (found.occasion, found.person.group, found.address, found.age) == ("birthday", "grand", "爺爺", 80)


@pytest.mark.requirement("writing.phrases")
def test_every_occasion_has_enough_to_say_and_every_phrase_has_its_form() -> None:
    assert bank().size() >= 1_500
    assert set(bank().occasions) == set(ORDER)
    for name in ORDER:
        tables = bank().occasions[name].tables
        assert tables["any"]["core"], name
        assert len(bank().phrases(name, "", "wish")) + len(bank().themed(name, "", "wish")) >= 6, name
    tables = [table for each in bank().occasions.values() for table in each.tables.values()]
    for table in (*tables, *bank().themes.values()):
        assert all(len(four) == 4 for four in table.get("four", ()))
        for pair in table.get("pair", ()):
            first, second = pair.split("|")
            assert len(first) == len(second), pair
        for phrases in table.values():
            assert len(set(phrases)) == len(phrases)
            assert not any(phrase.endswith(("。", "！", "，")) for phrase in phrases)
