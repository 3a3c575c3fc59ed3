"""The tables of `docs/results.md` on the small summarizer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from questline.training.tuning.tables import interval, table

__all__ = ["rendered_drafts", "rendered_learning"]

_TOLD: Final = ("facts", "rougeL", "faithfulness", "relevance", "violations", "words", "quality", "score")
_CHANGES: Final = ("gain", "gain_over_shuffled", "shuffled_over_before")
_SHORT: Final = ("facts", "relevance", "faithfulness", "violations", "score")
_NONE: Final = ("", "", "")
_DPO: Final = {
    "score": "ours, by the score",
    "judge_likes_more": "ours, by a judge who likes more",
    "judge_likes_more_plain": "as published, by that judge",
}
_WAYS: Final = ("copies", "copies, switched", "lookahead", "lookahead, switched")


def rendered_learning(report: Mapping[str, Any]) -> str:
    """Return what SFT and DPO did, of what `shown` wrote."""
    return f"{_sft(report)}\n\n{_dpo(report)}"


def rendered_drafts(report: Mapping[str, Any]) -> str:
    """Return what drafts did, of what `speed` wrote."""
    rows: list[list[str]] = []
    for told in report["by_length"]:
        for way in _WAYS:
            one = told[way]
            low, high = one["time_over_greedy_quartiles"]
            acceptance = "–" if one["acceptance"] is None else f"{one['acceptance']:.3f}"
            rows.append(
                [
                    f"{told['sentences']} ({told['prompt_tokens']:.0f} tokens)",
                    way,
                    f"{one['same']:.0%}",
                    f"{one['tokens_a_pass']:.2f}",
                    acceptance,
                    f"{one['time_over_greedy']:.2f} [{low:.2f}, {high:.2f}]",
                ]
            )
    heads = ("sentences", "drafts", "same text", "tokens a pass", "acceptance", "time over greedy [quartiles]")
    costs = [[f"{told['sentences']} sentences, tiny", *_even(told)] for told in report["by_length"]]
    published = report.get("published_size")
    if published:
        millions = published["parameters"] / 1e6
        costs += [
            [f"{millions:.0f} million, {name}: {published[name]['ms_a_token']:.0f} ms a token", *_even(published[name])]
            for name in ("full", "int8")
        ]
    sizes = list(report["by_length"][0]["break_even"])
    return f"{table(heads, rows)}\n\n{table(('break-even of drafts of', *sizes), costs)}"


def _even(told: Mapping[str, Any]) -> list[str]:
    return [f"{value:.2f}" for value in told["break_even"].values()]


def _sft(report: Mapping[str, Any]) -> str:
    rows = [
        [str(told["seed"]), name, *(f"{told[name][each]:.3f}" for each in _TOLD)]
        for told in report["sft"]
        for name in ("before", "after", "shuffled")
    ]
    changes = [
        [str(told["seed"]), f"{told['processor_seconds']:.0f}", *(interval(told[each]) for each in _CHANGES)]
        for told in report["sft"]
    ]
    heads = ("seed", "processor seconds", "facts: after − before", "after − shuffled", "shuffled − before")
    return f"{table(('seed', 'model', *_TOLD), rows)}\n\n{table(heads, changes)}"


def _dpo(report: Mapping[str, Any]) -> str:
    rows: list[list[str]] = []
    for told in report["dpo"]:
        before = told["before"]
        rows.append(
            [str(told["seed"]), "before", f"{before['words']:.2f}", *(f"{before[each]:.3f}" for each in _SHORT), *_NONE]
        )
        for way, words in _DPO.items():
            one = told[way]
            rows.append(
                [
                    str(told["seed"]),
                    words,
                    f"{one['words']:.2f}",
                    *(f"{one[each]:.3f}" for each in _SHORT),
                    interval(one["words_gain"]),
                    interval(one["score_gain"]),
                    interval(one["quality_gain_at_equal_length"]),
                ]
            )
    heads = ("seed", "DPO", "words", *_SHORT, "words, change", "score, change", "quality at equal length, change")
    return table(heads, rows)
