"""Networks learn a rule that only the order of clicks tells; losses, splits, resume and export, on a made world."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from questline.cli import main
from questline.errors import UsageError
from questline.tools.recommendation import ForgetRequest, Session, SessionRecommender
from questline.tools.recommendation.neural.config import KINDS, Kind
from questline.tools.recommendation.neural.fusion import fused
from questline.tools.recommendation.neural.graph import Graph
from questline.tools.recommendation.neural.rows import padded
from questline.tools.recommendation.neural.served import TrainedRecommender
from questline.training.recommender.examples import examples
from questline.training.recommender.settings import Settings
from questline.training.recommender.sources import read

if TYPE_CHECKING:
    from torch import Tensor

    from questline.tools.recommendation.neural.nets import ItemNet
    from questline.training.recommender.fitting import Fitting

torch = pytest.importorskip("torch", reason="networks learn with torch (extra train)")

N = 5
FAST: dict[str, Any] = {
    "width": 16, "heads": 2, "dropout": 0.0, "rate": 0.01, "batch": 16, "epochs": 12, "held_out": 0.1,
    "exclude_seen": False,
}  # fmt: skip


def fast(**values: Any) -> Settings:
    """Return settings for this small world."""
    given: dict[str, Any] = {**FAST, **values}
    return Settings(**given)


Rule = Callable[[int, int], int]


def mixed(before: int, last: int) -> int:
    """Both clicks decide, and in their order."""
    return (3 * before + last + 1) % N


def skipping(before: int, last: int) -> int:
    """The last click tells nothing, the one before it all."""
    del last
    return (before + 1) % N


def world(count: int = 200, *, rule: Rule = mixed) -> list[tuple[str, ...]]:
    """Return sessions whose clicks follow a rule of the two before; which items stand in one does not tell it."""
    draw = random.Random(0)
    found: list[tuple[str, ...]] = []
    for _ in range(count):
        clicks = [draw.randrange(N), draw.randrange(N)]
        while len(clicks) < 7:
            clicks.append(rule(clicks[-2], clicks[-1]))
        found.append(tuple(f"i{click}" for click in clicks))
    return found


def hits(fit: Fitting, rule: Rule = mixed) -> float:
    """Return for which share of all pairs of clicks the network's first item is that of the rule."""
    pairs = [(a, b) for a in range(N) for b in range(N)]
    with torch.no_grad():
        first = fit.net.eval().logits(torch.tensor(pairs) + 1).argmax(dim=1).numpy()
    return sum(told == rule(*pair) for pair, told in zip(pairs, first, strict=True)) / len(pairs)


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Tensors this small only wait for a second thread."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def fitted(settings: Settings, *, rule: Rule = mixed, steps: int | None = None) -> Fitting:
    from questline.training.recommender.fitting import Fitting

    torch.manual_seed(0)
    fit = Fitting(examples(world(rule=rule), settings, 0), settings, 0)
    for step, _ in enumerate(fit.run(), 1):
        if step == steps:
            break
    return fit


@pytest.mark.slow
@pytest.mark.requirement("recommendation.trained")
@pytest.mark.parametrize("negatives", [0, 8])
@pytest.mark.parametrize(
    ("kind", "rule", "rate"),
    [("gru4rec", mixed, 0.02), ("sasrec", mixed, 0.005), ("bert4rec", skipping, 0.003)],
)
def test_what_only_the_order_tells_is_learnt(kind: Kind, rule: Rule, rate: float, negatives: int) -> None:
    epochs = 80 if kind == "bert4rec" else 50
    settings = fast(kind=kind, rate=rate, negatives=negatives, epochs=epochs, masked=0.2)
    assert hits(fitted(settings, rule=rule), rule) > 0.8


@pytest.mark.requirement("recommendation.trained")
def test_without_its_loss_nothing_is_learnt(monkeypatch: pytest.MonkeyPatch) -> None:
    from questline.training.recommender.losses import Loss

    settings = fast(epochs=40, kind="gru4rec")
    assert hits(fitted(settings)) > 0.8
    whole = Loss.__call__

    def nothing(loss: Loss, net: ItemNet, sessions: Tensor, told: Tensor) -> Tensor:
        return 0 * whole(loss, net, sessions, told)

    monkeypatch.setattr(Loss, "__call__", nothing)
    assert hits(fitted(settings)) < 0.4


@pytest.mark.requirement("recommendation.losses")
def test_the_sampled_loss_estimates_the_full_one() -> None:
    from questline.tools.recommendation.neural import NetConfig, made
    from questline.training.recommender.losses import sampled

    net = made(NetConfig(items=30, width=8, dropout=0.0))
    net.bias.data = torch.linspace(-1, 1, 30)
    states, targets = torch.randn((5, 8), generator=torch.Generator().manual_seed(0)), torch.tensor([1, 4, 9, 16, 25])
    full = torch.nn.functional.cross_entropy(net.scores(states), targets - 1, reduction="none")
    chances = torch.linspace(1, 4, 30) / torch.linspace(1, 4, 30).sum()
    drawn = torch.multinomial(chances, 20_000, replacement=True, generator=torch.Generator().manual_seed(1)) + 1
    assert torch.allclose(sampled(states, targets, net, drawn, chances), full, atol=0.03)
    even = torch.full((30,), 1 / 30)
    assert not torch.allclose(sampled(states, targets, net, drawn, even), full, atol=0.03)


@pytest.mark.requirement("recommendation.cloze")
def test_bert4rec_hides_clicks_in_the_middle_and_at_the_end() -> None:
    from questline.training.recommender.losses import hidden

    torch.manual_seed(0)
    sessions = torch.tensor([[1, 2, 3, 4, 0]]).repeat(200, 1)
    read, asked = hidden(sessions, sessions != 0, 0.3)
    last = [int(torch.nonzero(row).max()) for row in read]
    alone = [bool(row[at]) and int(row.sum()) == 1 for row, at in zip(asked, last, strict=True)]
    assert 60 < sum(at < 3 for at in last) < 90  # three quarters of half of them are cut before their end
    assert all(told for told, at in zip(alone, last, strict=True) if at < 3)
    assert not bool((asked & (read == 0)).any())  # what is cut off is not asked for
    assert bool(hidden(sessions[:1], sessions[:1] != 0, 1e-9)[1].any())  # a step always asks for something


@pytest.mark.requirement("recommendation.trained")
def test_what_is_held_out_is_never_learnt() -> None:
    sessions = [(f"a{n}", "b", f"a{5 - n}", f"asked{n}") for n in range(6)] + [("b", "last"), ("b",)]
    last = examples(sessions, Settings(split="last"), 0)
    assert last.items == ("a0", "a1", "a2", "a3", "a4", "a5", "b")  # neither of the two last clicks
    assert [each.before.tolist() for each in last.asked[:2]] == [[1, 7], [2, 7]]
    assert [each.item for each in last.asked[:2]] == [6, 5]
    with pytest.raises(UsageError):  # nobody learns what is held out, so nothing is left to ask for
        examples([("a", "b"), ("a", "c")], Settings(split="last"), 0)
    told = [("b", "c", "b", "c")] * 9
    whole = examples(told, Settings(held_out=0.2), 0)
    assert (len(whole.learnt), len(whole.asked)) == (7, 6)
    assert [each.before.tolist() for each in whole.asked[:3]] == [[1], [1, 2], [1, 2, 1]]
    assert padded([np.array([1, 2, 3]), np.array([4])], 2).tolist() == [[2, 3], [4, 0]]


@pytest.mark.requirement("recommendation.trained")
@pytest.mark.parametrize(
    "values",
    [
        {"kind": "markov"},
        {"batch": 0},
        {"rate": float("nan")},
        {"masked": 0.0},
        {"width": 10, "heads": 3},
        {"dropout": 1},
    ],
)
def test_settings_that_cannot_be_are_refused(values: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        replace(Settings(), **values)


def trained(data: Path, out: Path, *more: str) -> int:
    words = ["train", "recommender", "--data", str(data), "--out", str(out), "--cache", str(out.parent / "cache")]
    given = {**FAST, "epochs": 3, "run.threads": 1, "run.evaluate_every": 5, "run.checkpoint_every": 4}
    for name, value in given.items():
        words += ["--set", f"{name}={str(value).lower()}"]
    return main([*words, *more])


@pytest.fixture
def data(tmp_path: Path) -> Path:
    path = tmp_path / "world.jsonl"
    path.write_text("".join(json.dumps({"items": each}) + "\n" for each in world(120)), encoding="utf-8")
    return path


@pytest.mark.requirement("recommendation.trained", "recommendation.onnx")
def test_a_killed_training_goes_on_and_ends_as_a_whole_one(
    data: Path, tmp_path: Path, kill_after: Callable[[int], AbstractContextManager[None]]
) -> None:
    pytest.importorskip("onnx", reason="networks are exported with onnx (extra train)")
    assert trained(data, tmp_path / "whole", "--set", "dropout=0.2") == 0
    with kill_after(1):
        trained(data, tmp_path / "killed", "--set", "dropout=0.2")
    assert not (tmp_path / "killed" / "model").exists()
    assert trained(data, tmp_path / "killed", "--set", "dropout=0.2", "--resume") == 0
    for name in ("recommender.onnx", "items.json", "manifest.json"):
        assert (tmp_path / "killed/model" / name).read_bytes() == (tmp_path / "whole/model" / name).read_bytes()
    assert "<svg" in (tmp_path / "whole" / "curves.svg").read_text(encoding="utf-8")
    assert "SASRec" in (tmp_path / "whole/model/MODEL_CARD.md").read_text(encoding="utf-8")


@pytest.mark.requirement("recommendation.onnx")
@pytest.mark.parametrize("kind", KINDS)
def test_the_graph_is_the_network(kind: Kind, tmp_path: Path) -> None:
    pytest.importorskip("onnx", reason="networks are exported with onnx (extra train)")
    from questline.tools.recommendation.neural import Trained
    from questline.training.recommender.exporting import export

    settings = fast(kind=kind, layers=2, max_length=5)
    fit = fitted(settings, steps=12)
    names = tuple(f"i{number}" for number in range(N))
    export(Trained(net=fit.net, items=names), tmp_path, clicks=np.ones(N, np.int64), learnt={})
    graph = Graph.load(tmp_path)
    for session in ([], [3], [1, 2, 3, 4, 0], [0, 0, 1, 4, 3, 2, 1, 0]):
        before = torch.tensor([session], dtype=torch.long).reshape(1, len(session)) + 1
        with torch.no_grad():
            np.testing.assert_allclose(graph.logits(session), fit.net.logits(before)[0].numpy(), atol=1e-5)
            np.testing.assert_allclose(graph.states(session), fit.net.states(before)[0].numpy(), atol=1e-5)


@pytest.mark.requirement("recommendation.trained")
def test_bad_files_are_named(tmp_path: Path, data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert trained(tmp_path / "nothing.jsonl", tmp_path / "out") == 2
    assert "error[file_not_found]" in capsys.readouterr().err
    broken = tmp_path / "broken.jsonl"
    broken.write_text('{"items": ["a"]}\n{"items": 7}\n', encoding="utf-8")
    assert trained(broken, tmp_path / "out") == 2
    assert "line 2" in capsys.readouterr().err
    broken.write_text('{"items": ["a"]}\n' * 5, encoding="utf-8")
    assert trained(broken, tmp_path / "out") == 2
    assert "error[bad_data]" in capsys.readouterr().err
    assert trained(data, tmp_path / "out", "--set", "kind=markov") == 2
    assert "gru4rec" in capsys.readouterr().err
    assert trained(data, tmp_path / "out", "--set", "kind") == 2
    assert "NAME=VALUE" in capsys.readouterr().err


@pytest.mark.requirement("recommendation.trained")
def test_minutes_end_a_training_with_a_model(data: Path, tmp_path: Path) -> None:
    pytest.importorskip("onnx", reason="networks are exported with onnx (extra train)")
    out = tmp_path / "short"
    assert trained(data, out, "--set", "run.minutes=0.0001", "--set", "epochs=1000") == 0
    assert (out / "model" / "recommender.onnx").exists()
    assert max(json.loads(line)["step"] for line in (out / "log.jsonl").read_text().splitlines()) == 1


@pytest.mark.requirement("recommendation.stale")
def test_a_network_of_a_store_knows_which_and_when(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("onnx", reason="networks are exported with onnx (extra train)")
    path, out = tmp_path / "store.sqlite", tmp_path / "out"
    with SessionRecommender.open(path) as store:
        store.learn(Session(id=f"s{n}", user=f"u{n}", items=each) for n, each in enumerate(world(40)))
        assert read(path).sessions == world(40)
    assert trained(path, out, "--set", "epochs=1") == 0
    ask = ["recommend", "i1", "i2", "-k", "3", "--store", str(path), "--model", str(out / "model")]
    capsys.readouterr()
    assert main(ask) == 0
    assert capsys.readouterr().err == ""
    with SessionRecommender.open(path) as store:
        assert TrainedRecommender.load(out / "model", store=store).stale == ""
        store.forget([ForgetRequest.user("u3")])
    assert main(ask) == 0
    assert "stale_model" in capsys.readouterr().err


@pytest.mark.requirement("recommendation.eval-trained")
def test_a_network_is_measured_alone_and_with_the_counts(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("onnx", reason="networks are exported with onnx (extra train)")
    from questline.training.recommender import on_demand

    out = tmp_path / "out"
    assert trained(data, out, "--set", "split=last", "--set", "epochs=60") == 0
    model = str(out / "model")
    report = tmp_path / "report.json"

    def ran(*options: str) -> int:
        words = ["eval", "recommendation", "--cache", str(tmp_path / "cache"), "--json", str(report), *options]
        return main([*words, "--train", str(data), "--test", str(data), "--split", "last"])

    reached: dict[str, float] = {}
    for method in ("transitions", "trained", "hybrid"):
        assert ran("--method", method, *(["--model", model] if method != "transitions" else [])) == 0
        told = json.loads(report.read_bytes())
        assert told["failed"] == 0
        reached[method] = told["mrr@5"]
    assert reached["trained"] > reached["transitions"] + 0.1
    assert reached["hybrid"] > reached["transitions"]
    capsys.readouterr()
    for options, code in (
        (["--method", "trained"], "needs --model"),
        (["--method", "last", "--model", model], "reads no --model"),
    ):
        assert ran(*options) == 2
        assert code in capsys.readouterr().err
    monkeypatch.setattr(on_demand, "_RUN", {"evaluate_every": 3, "patience": 1, "minutes": 0.02})
    for _ in range(2):  # the second finds what the first has learnt
        assert ran("--method", "gru4rec") == 0
        assert json.loads(report.read_bytes())["run"]["models"]["recommender"]
    words = ["eval", "recommendation", "--train", str(data), "--test", str(data), "--method", "sasrec"]
    assert main([*words, "--cache", str(tmp_path / "cache")]) == 2  # what is asked would be learnt
    assert len(list((tmp_path / "cache/recommenders").iterdir())) == 1
    assert trained(data, tmp_path / "all", "--set", "epochs=1") == 0
    capsys.readouterr()
    assert ran("--model", str(tmp_path / "all/model")) == 2
    assert "split=last" in capsys.readouterr().err


@pytest.mark.requirement("recommendation.eval-trained")
def test_fusion_puts_first_what_both_put_high() -> None:
    network, counts = np.array([3.0, 2.0, 1.0, -np.inf]), np.array([0.0, 0.4, 0.1, 0.5])
    found = fused(network, counts, share=0.5, constant=1.0)
    by_hand = [1 / 2, 1 / 3 + 1 / 3, 1 / 4 + 1 / 4, 1 / 2]
    assert found == pytest.approx(by_hand)
    assert int(found.argmax()) == 1
