"""The three networks keep one interface; a checkpoint gives back what went in, and says what is wrong with it."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import pytest

from questline.errors import RunError, UsageError
from questline.tools.recommendation.neural import KINDS, Kind, NetConfig, Trained, load, made, save

torch = pytest.importorskip("torch", reason="networks are made with torch (extra train)")

SESSIONS = [[3, 4, 5, 0, 0], [0, 0, 0, 0, 0], [1, 2, 3, 4, 5]]
ITEMS = tuple(f"i{number}" for number in range(20))


def config(kind: Kind = "sasrec", **values: Any) -> NetConfig:
    given: dict[str, Any] = {"kind": kind, "items": 20, "max_length": 6, "width": 16, "heads": 2, "seed": 3, **values}
    return NetConfig(**given)


def file_of(path: Path) -> tuple[Trained, str]:
    trained = Trained(net=made(config()).eval(), items=ITEMS, about={"data": "none"})
    return trained, save(trained, path)


@pytest.mark.requirement("recommendation.nets")
@pytest.mark.parametrize("kind", KINDS)
def test_shapes_seed_and_padding(kind: Kind) -> None:
    net, other = made(config(kind)).eval(), made(config(kind, seed=4))
    sessions = torch.tensor(SESSIONS)
    assert net.states(sessions).shape == (3, 16)
    assert net.logits(sessions).shape == (3, 20)
    assert net.embeddings.shape == (20, 16)
    assert torch.equal(made(config(kind)).table.weight, net.table.weight)
    assert not torch.equal(other.table.weight, net.table.weight)
    front = torch.tensor([[0, 0, 3, 4, 5]])
    assert torch.allclose(net.states(front), net.states(sessions[:1]), atol=1e-6)
    long = torch.arange(1, 16)[None]
    assert torch.allclose(net.states(long), net.states(long[:, -6:]), atol=1e-6)


@pytest.mark.requirement("recommendation.nets")
@pytest.mark.parametrize("kind", KINDS)
def test_the_state_before_each_click_knows_nothing_of_it_or_of_what_follows(kind: Kind) -> None:
    net = made(config(kind)).eval()
    sessions = torch.tensor(SESSIONS)
    every = net.all_states(sessions)
    for place in range(5):
        told = net.states(sessions[:, :place])
        for row in (0, 2):
            if SESSIONS[row][place]:
                assert torch.allclose(every[row, place], told[row], atol=1e-5)


@pytest.mark.requirement("recommendation.nets")
@pytest.mark.parametrize("kind", KINDS)
def test_a_session_without_clicks_has_a_state_that_learns(kind: Kind) -> None:
    net = made(config(kind)).eval()
    empty = net.states(torch.zeros((2, 0), dtype=torch.long))
    assert bool(torch.isfinite(empty).all())
    assert torch.allclose(net.states(torch.zeros((2, 4), dtype=torch.long)), empty, atol=1e-6)
    told = net.logits(torch.zeros((1, 4), dtype=torch.long))[0, 7]
    (slope,) = torch.autograd.grad(told, [net.table.weight])
    assert float(slope[0].abs().sum()) > 0


@pytest.mark.requirement("recommendation.nets")
@pytest.mark.parametrize(
    "values",
    [{"kind": "markov"}, {"items": 0}, {"width": 15}, {"layers": True}, {"dropout": 1.0}, {"dropout": float("nan")}],
)
def test_a_config_that_cannot_be_is_refused(values: dict[str, Any]) -> None:
    with pytest.raises(UsageError) as error:
        config(**values)
    assert error.value.fields["argument"] == next(iter(values))


@pytest.mark.requirement("recommendation.nets-file")
def test_a_checkpoint_gives_back_what_went_in(tmp_path: Path) -> None:
    trained, digest = file_of(tmp_path / "network.pt")
    again = load(tmp_path / "network.pt")
    assert (again.items, again.about, again.net.config) == (trained.items, trained.about, trained.net.config)
    sessions = torch.tensor(SESSIONS)
    assert torch.equal(again.net.logits(sessions), trained.net.logits(sessions))
    again.net.bias.data[0] += 1
    assert save(again, tmp_path / "other.pt") != digest


@pytest.mark.requirement("recommendation.nets-file")
@pytest.mark.parametrize("wrong", ["cut", "flipped", "text", "version", "items", "weights"])
def test_a_bad_checkpoint_is_named(tmp_path: Path, wrong: str) -> None:
    path = tmp_path / "network.pt"
    file_of(path)
    data = path.read_bytes()
    if wrong == "cut":
        path.write_bytes(data[: len(data) // 2])
    elif wrong == "flipped":
        path.write_bytes(data[:5000] + bytes([data[5000] ^ 255]) + data[5001:])
    elif wrong == "text":
        path.write_text("no network", encoding="utf-8")
    else:
        values = cast("dict[str, Any]", torch.load(path, weights_only=True))
        if wrong == "version":
            values["version"] = 99
        elif wrong == "items":
            values["items"] = values["items"][:-1]
        else:
            del values["weights"]["bias"]
        torch.save(values, path)
    with pytest.raises(RunError) as error:
        load(path)
    assert error.value.code == "damaged_model"
    assert "agents train recommender" in error.value.message


@pytest.mark.requirement("recommendation.nets-file")
def test_a_checkpoint_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as error:
        load(tmp_path / "network.pt")
    assert error.value.code == "file_not_found"
    with pytest.raises(UsageError):
        Trained(net=made(config()), items=("twice",) * 20)
