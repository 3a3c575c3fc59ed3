"""What a text is rewarded with: signals and their forms, guards one by one, and the attempts that they are for."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from questline.errors import RunError, UsageError
from questline.testing import ScriptedLLM
from questline.testing.replies import Script
from questline.tools.writing.judge import GroupJudge, embedded_judge
from questline.tools.writing.types import FloatArray
from questline.training.tuning.samples import SAMPLES, SampleLog
from questline.training.tuning.steps import places
from questline.training.writer.novelty import Novelty
from questline.training.writer.pairs import Pair
from questline.training.writer.shown.attempts import WAYS, attempts, compared
from questline.training.writer.shown.judges import SurfaceModel, balanced, threshold
from questline.training.writer.shown.split import split
from questline.training.writer.tuning.grpo_settings import Settings
from questline.training.writer.tuning.guards import Band, Guards, Memory, repeats, typical_length, usual_shares
from questline.training.writer.tuning.levelled import cut_to, levelled
from questline.training.writer.tuning.reward import Costs, Reward, zero_advantage
from questline.training.writer.tuning.rewarded import reward_of
from questline.training.writer.tuning.sample import Sample
from questline.training.writer.tuning.signals import FORMS, JudgeSignal, ModelSignal, mean_of, ranks
from questline.training.writer.tuning.texts import Written, ended, held_out, read_prompts, read_written

BIRTHDAY = "愿你的新岁像初夏的早晨，推窗见光，出门遇风，所念皆有回音，生日快乐。"
WEDDING = "两双手握成一个家，往后的柴米油盐都有人分担，祝新婚的你们彼此懂得。"
EXAM = "把熬过的夜都写成答案，落笔时不慌，交卷时带笑，愿考场上的你稳稳当当。"
HOME = "新居的钥匙一响，日子就有了新的回声，愿窗前有花，灶上有汤，来客有茶。"
FRIEND = "隔着千山也要把这句话送到：累了就歇，饿了就吃，老朋友一直在灯下等你。"
HONEST = [
    Sample(query="给朋友的生日祝福", text=BIRTHDAY, ended=True),
    Sample(query="新婚祝福", text=WEDDING, ended=True),
    Sample(query="考试加油的话", text=EXAM, ended=True),
    Sample(query="乔迁祝福", text=HOME, ended=True),
]
KNOWN = [
    Written(query="给妈妈的生日祝福", text="妈妈的手把日子揉得又软又暖，今天换我们为您点灯，愿岁岁平安，事事顺心。"),
    Written(query="祝新婚", text="从今天起，风雨有人并肩，晴日有人同游，愿你们把平凡过成长长久久的甜。"),
    Written(query="中考祝福", text="十年灯火照着这一程，愿笔下从容，心里有底，放榜那天给自己一个大大的笑。"),
    Written(query="搬家祝福", text="门前的路通向新的清晨，屋里的灯照着旧的温柔，愿新家里笑声常满，诸事顺遂。"),
]


class Likes:
    """A reward model that likes a character, and every further one a little more."""

    def __init__(self, sign: str) -> None:
        self._sign = sign

    def score(self, query: str, texts: Sequence[str]) -> FloatArray:
        del query
        return np.array([float(text.count(self._sign)) for text in texts])


def guards() -> Guards:
    texts = [row.text for row in KNOWN]
    return Guards(band=Band(length=typical_length(texts), width=0.35), known=Novelty(texts))


def lost(*samples: Sample, memory: Memory | None = None) -> dict[str, float]:
    """Return what the last sample loses, beside the others."""
    return {name: value for name, value in guards().look(samples, memory)[-1].as_dict().items() if value}


@pytest.mark.requirement("tuning.guards")
def test_an_honest_text_loses_nothing() -> None:
    assert [lost(*HONEST[: place + 1]) for place in range(4)] == [{}] * 4


@pytest.mark.requirement("tuning.guards")
def test_each_guard_catches_what_it_is_for() -> None:
    first = HONEST[0]
    assert set(lost(replace(first, text=BIRTHDAY + FRIEND + EXAM))) == {"length"}
    assert set(lost(replace(first, text="生日快乐。"))) == {"length"}
    assert set(lost(first, replace(first, text=BIRTHDAY.replace("早晨", "清晨")))) == {"duplicate"}
    other = Sample(query="给妈妈的生日祝福", text=BIRTHDAY, ended=True)
    assert set(lost(first, other)) == {"template"}
    assert set(lost(replace(first, text="愿你快乐，愿你快乐，愿你快乐，愿你快乐，愿你快乐，愿你快乐。"))) == {
        "repetition"
    }
    assert set(lost(replace(first, text=KNOWN[0].text))) == {"copy"}
    assert "taboo" in lost(replace(first, text=BIRTHDAY.replace("推窗见光", "也别去世")))
    assert set(lost(replace(first, ended=False))) == {"broken"}
    assert set(lost(replace(first, text=BIRTHDAY.replace("推窗见光", "{姓名}见光")))) == {"broken"}


@pytest.mark.requirement("tuning.guards")
def test_a_motif_that_spreads_over_all_queries_is_caught_unless_known_texts_have_it() -> None:
    chance = random.Random(1)
    signs = "天地山水云石林泉风花雪月"
    texts = ["".join(chance.choices(signs, k=16)) for _ in range(40)]
    samples = [Sample(query=f"祝福{n}", text=f"{text}如松长青{text[:4]}", ended=True) for n, text in enumerate(texts)]
    memory = Memory(64)
    assert all(one.motif > 0 for one in guards().look(samples, memory))
    known = replace(guards(), usual=usual_shares(samples))
    assert all(one.motif < 0.01 for one in known.look(samples, memory))
    plain = [replace(one, text=text) for one, text in zip(samples, texts, strict=True)]
    assert max(one.motif for one in guards().look(plain)) < min(one.motif for one in guards().look(samples))


@pytest.mark.requirement("tuning.guards")
def test_a_number_of_characters_that_is_asked_for_is_the_length() -> None:
    eight = Sample(query="八个字的新婚祝福", text="花好月圆，百年好合", ended=True)
    assert lost(eight) == {}
    assert set(lost(replace(eight, text=WEDDING))) == {"length"}


@pytest.mark.requirement("tuning.guards")
def test_a_template_is_known_again_in_later_steps_and_after_a_resume() -> None:
    memory = Memory(8)
    guards().look(HONEST, memory)
    later = Sample(query="给妈妈的生日祝福", text=BIRTHDAY, ended=True)
    again = Memory(8, memory.held())
    assert set(lost(later)) == set()
    assert set(lost(later, memory=memory)) == {"template"} == set(lost(later, memory=again))
    small = Memory(1, again.held())
    assert len(small.held()) == 1


@pytest.mark.requirement("tuning.reward")
def test_the_reward_is_the_weighed_sum_of_its_parts() -> None:
    signal = ModelSignal(model=Likes("愿"), form="graded", centre=1.0, scale=1.0)
    costs = Costs(signal=2.0, length=0.5, fit=0.25)
    whole = Reward(signal=signal, guards=guards(), costs=costs)
    long = replace(HONEST[0], text=BIRTHDAY + FRIEND + EXAM)
    for sample in (*HONEST, long):
        [told] = whole.of([sample])
        asked = 2.0 / (1 + np.exp(1.0 - sample.text.count("愿"))) - 0.5 * told.penalties.length + 0.25
        assert told.reward == pytest.approx(asked)
    [bare] = Reward(signal=signal, guards=guards(), costs=Costs.bare()).of([long])
    assert bare.reward == pytest.approx(bare.signal)
    row = bare.as_row()
    assert row["text"] == long.text
    assert row["length"] == pytest.approx(bare.penalties.length, abs=1e-4)


@pytest.mark.requirement("tuning.reward")
def test_a_signal_that_is_no_number_ends_the_run() -> None:
    def broken(query: str, texts: Sequence[str]) -> FloatArray:
        return np.full(len(texts), np.nan)

    with pytest.raises(RunError):
        Reward(signal=broken, guards=guards(), costs=Costs()).of(HONEST)


@pytest.mark.requirement("tuning.forms")
def test_forms_grade_rank_or_decide() -> None:
    texts = ["愿愿愿", "愿", "好", "好"]
    model = Likes("愿")
    graded, group, binary = (ModelSignal(model=model, form=form, centre=0.5, scale=1.0)("q", texts) for form in FORMS)
    assert (np.diff(graded) <= 0).all()
    assert ((graded > 0) & (graded < 1)).all()
    assert group.tolist() == pytest.approx([1.0, 2 / 3, 1 / 6, 1 / 6])
    assert binary.tolist() == [1.0, 1.0, 0.0, 0.0]
    assert ranks(np.array([3.0])).tolist() == [0.5]


@pytest.mark.requirement("tuning.forms")
def test_the_judge_rewards_in_each_form_and_both_are_the_mean() -> None:
    judge, texts = embedded_judge(), [BIRTHDAY, "祝你万事如意万事如意", "新婚快乐百年好合"]
    found = {
        form: JudgeSignal(judge=judge, group=GroupJudge(None), form=form)("给朋友的生日祝福", texts) for form in FORMS
    }
    assert found["graded"][0] > found["graded"][2]
    assert found["group"].tolist() == [1.0, 0.5, 0.0]
    assert found["binary"].tolist() == [1.0, 1.0, 0.0]
    both = mean_of([lambda query, texts: found["graded"], lambda query, texts: found["group"]])("q", texts)
    assert both.tolist() == pytest.approx(((found["graded"] + found["group"]) / 2).tolist())


@pytest.mark.requirement("tuning.forms")
def test_a_language_model_judges_the_texts_of_a_query_side_by_side(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    known = [Written(query="q", text=BIRTHDAY)]
    settings = Settings(model="somewhere", reward="judge", judge="llm", form="group")
    with pytest.raises(UsageError) as caught:
        reward_of(settings, known)
    assert caught.value.fields["argument"] == "judge"
    first = json.dumps([{"number": 1, "score": 5}, {"number": 2, "score": 1}])
    script: Script = [first, first]  # the front is liked, whatever stands there: in two orders that comes to nothing
    with ScriptedLLM(script) as server:
        told = f'base_url = "{server.base_url}"\n[models]\njudge = "scripted"\n'
        (tmp_path / "agents.toml").write_text(told, encoding="utf-8")
        found = reward_of(settings, known).signal("给朋友的生日祝福", [BIRTHDAY, WEDDING])
        assert len(server.requests) == 2
    assert found.tolist() == [0.5, 0.5]


@pytest.mark.requirement("tuning.forms")
def test_the_scale_of_a_reward_model_comes_from_known_texts() -> None:
    signal = ModelSignal.of(Likes("愿"), "graded", [("q", "愿" * n) for n in range(5)])
    assert signal("q", ["愿愿"]).tolist() == [0.5]
    with pytest.raises(UsageError):
        ModelSignal.of(Likes("愿"), "graded", [])


@pytest.mark.requirement("tuning.zero-advantage")
def test_groups_of_equal_rewards_are_counted() -> None:
    assert zero_advantage([1.0, 1.0, 0.0, 1.0, 2.0, 2.0], 2) == pytest.approx(2 / 3)


@pytest.mark.requirement("tuning.attempts")
@pytest.mark.parametrize("way", WAYS)
def test_attempts_at_the_reward_pay_bare_and_not_with_the_guards(way: str) -> None:
    model = Likes("愿")
    whole = Reward(
        signal=ModelSignal(model=model, form="graded", centre=1.0, scale=1.0), guards=guards(), costs=Costs()
    )
    known = [replace(row, text=row.text + "愿愿") for row in KNOWN]
    honest = [replace(one, text=one.text.replace("愿", "祝", 1)) for one in HONEST]
    honest[0] = HONEST[0]
    told = compared(whole, honest, attempts(way, honest, known, model))
    bare, guarded = told["bare"], told["guarded"]
    assert isinstance(bare, dict)
    assert isinstance(guarded, dict)
    assert told["caught_by_any"] == 1.0
    assert told["honest_caught_by_any"] == 0.0
    assert guarded["gain"] < 0 <= bare["gain"]
    assert guarded["pays"] < 0.5


@pytest.mark.requirement("tuning.samples")
def test_what_is_written_after_the_run_is_no_sample_of_it(tmp_path: Path) -> None:
    log = SampleLog(tmp_path)
    for step in range(2):
        log.add(step, [{"text": f"文{step}\u2028"}])
    log.closed = True
    log.add(2, [{"text": "measured again"}])
    rows = [json.loads(line) for line in (tmp_path / SAMPLES).read_text(encoding="utf-8").split("\n") if line]
    assert [(row["step"], row["text"]) for row in rows] == [(0, "文0\u2028"), (1, "文1\u2028")]


@pytest.mark.requirement("tuning.resumes")
def test_a_step_has_its_rows_wherever_one_begins() -> None:
    whole = list(places(7, 3, first=0, last=6, seed="a"))
    assert list(places(7, 3, first=4, last=6, seed="a")) == whole[4:]
    assert sorted({row for step in whole[:3] for row in step}) == list(range(7))
    assert whole != list(places(7, 3, first=0, last=6, seed="b"))


@pytest.mark.requirement("tuning.length-control")
def test_the_longer_side_is_cut_behind_a_clause() -> None:
    text = "愿你平安，愿你健康，愿你快乐每一天！"
    assert cut_to(text, 10) == "愿你平安，愿你健康！"
    assert cut_to(text, 1) == "愿你平安！"
    assert cut_to(text, 99) == text
    pair = Pair(query="q", chosen=text, rejected="祝你好！")
    assert levelled(pair) == replace(pair, chosen="愿你平安！")
    assert levelled(replace(pair, rejected=text)) == replace(pair, rejected=text)


@pytest.mark.requirement("tuning.texts")
def test_texts_are_read_from_pairs_and_instructions_and_brought_to_a_length(tmp_path: Path) -> None:
    path = tmp_path / "texts.jsonl"
    rows: list[dict[str, object]] = [
        {"query": "a", "text": "好。"},
        {"instruction": "b", "output": "愿你平安。愿你健康"},
        {"conversations": [{"from": "human", "value": "c"}], "chosen": {"value": "喜"}, "rejected": {"value": "悲"}},
        {"query": "d", "text": "没有句号的长文字没有句号的长文字"},
    ]
    path.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    assert [(row.query, row.text) for row in read_written(path, most=7)] == [
        ("a", "好。"),
        ("b", "愿你平安。"),
        ("c", "喜"),
    ]
    assert read_prompts(path) == ["a", "b", "c", "d"]
    assert ended("好。" + "字" * 20, 10) == ""
    with pytest.raises(UsageError) as caught:
        read_written(path, most=0)
    assert caught.value.code == "bad_data"


@pytest.mark.requirement("tuning.judges")
def test_no_prompt_is_in_two_parts_and_a_tenth_of_each_is_held_out(tmp_path: Path) -> None:
    pairs, queries = tmp_path / "pairs.jsonl", tmp_path / "queries.jsonl"
    rows = [{"query": f"祝福{n}", "chosen": f"好{n}。", "rejected": "坏。"} for n in range(300)]
    pairs.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    queries.write_text("\n".join(json.dumps({"query": f"祝福{n}"}) for n in range(400)), encoding="utf-8")
    parts = split(pairs, queries, tmp_path / "parts", tested=40)
    writer, judges = set(read_prompts(parts.writer)), set(read_prompts(parts.judges))
    asked = set(read_prompts(parts.queries))
    assert not writer & judges
    assert not (writer | judges | asked) & set(parts.tested)
    assert not asked & judges
    assert len(parts.tested) == 40
    for part in (writer, judges):
        assert 0.03 < sum(map(held_out, part)) / len(part) < 0.2


@pytest.mark.requirement("tuning.judges")
def test_a_judge_of_layout_learns_from_pairs_and_accepts_where_it_tells_best() -> None:
    pairs = [Pair(query="q", chosen=f"好{n}，好。", rejected=f"好{n}！好！！") for n in range(30)]
    model = SurfaceModel(pairs)
    good, bad = model.score_all(["q"], ["福，禄。"]), model.score_all(["q"], ["福！禄！！"])
    assert good[0] > bad[0]
    least = threshold(np.array([1.0, 2.0, 3.0]), np.array([0.0, 0.5, 1.5]))
    assert balanced(np.array([1.0, 2.0, 3.0]), np.array([0.0, 0.5, 1.5]), least) == pytest.approx(5 / 6)


@pytest.mark.requirement("tuning.refuses")
def test_settings_that_make_no_sense_are_refused() -> None:
    model: dict[str, Any] = {"model": "somewhere"}
    wrongs: list[dict[str, Any]] = [
        {"model": ""},
        {"answers": 1},
        {"reward": "theirs"},
        {"form": "stars"},
        {"c_copy": -1.0},
        {"band": float("nan")},
        {"prompt": "no query"},
        {"accumulate": 3},
        {"device": "tpu"},
    ]
    for wrong in wrongs:
        with pytest.raises(UsageError) as caught:
            Settings(**{**model, **wrong})
        assert caught.value.code == "bad_settings"
    with pytest.raises(UsageError) as caught:
        reward_of(Settings(model="somewhere", reward="judge"), [])
    assert caught.value.fields["argument"] == "known"


def test_repetition_is_a_share_of_pairs() -> None:
    assert repeats("福禄寿") == 0.0
    assert repeats("福禄福禄福禄") == pytest.approx(3 / 5)
