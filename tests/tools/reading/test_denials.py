"""Sentences that deny by what happened: support dropped, a service stopped, a part removed, an exception made."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from questline.tools.reading import read
from questline.types import Passage

Build = Callable[..., Passage]


@pytest.mark.requirement("embedded.read-yes-no")
@pytest.mark.parametrize(
    ("sentence", "question"),
    [
        ("Version 3 dropped support for Windows 7.", "Does Orrin support Windows 7?"),
        ("Support for Windows 7 ended in 2020.", "Does Orrin support Windows 7?"),
        ("Support for Windows 7 was withdrawn last year.", "Is Windows 7 supported?"),
        ("The cafe stopped serving breakfast in 2021.", "Does the cafe serve breakfast?"),
        ("The export function was removed from Orrin in version 5.", "Does Orrin have an export function?"),
        ("The Tern model lacks a camera.", "Does the Tern model have a camera?"),
        ("The cafe used to serve lunch on Sundays.", "Does the cafe serve lunch on Sundays?"),
        ("We no longer accept cheques.", "Do you accept cheques?"),
        ("Smoking is prohibited on the terrace.", "Is smoking allowed on the terrace?"),
        ("All rooms except the attic have heating.", "Does the attic have heating?"),
        ("The 2020 festival in Pell was cancelled.", "Did the 2020 festival in Pell take place?"),
        ("Interns are not allowed to work from home.", "May interns work from home?"),
    ],
)
def test_what_was_ended_removed_or_excepted_is_denied(sentence: str, question: str, passage: Build) -> None:
    assert read(question, [passage(sentence, "Orrin: notes")]).short == "no"


@pytest.mark.requirement("embedded.read-yes-no")
@pytest.mark.parametrize(
    ("sentence", "question"),
    [
        ("Version 3 dropped support for Windows 7.", "Did version 3 drop support for Windows 7?"),
        ("The export function was removed from Orrin in 2019.", "Was the export function removed from Orrin?"),
        ("The cafe stopped serving breakfast in 2021.", "Did the cafe stop serving breakfast?"),
        ("All rooms except the attic have heating.", "Do all rooms have heating?"),
        ("The Orrin festival ended with a concert in the harbour.", "Did the Orrin festival have a concert?"),
        ("Orrin not only supports Windows 10 but runs on phones.", "Does Orrin support Windows 10?"),
        ("The cafe is used to serving large groups.", "Does the cafe serve large groups?"),
    ],
)
def test_an_ending_that_is_asked_for_or_of_something_else_denies_nothing(
    sentence: str, question: str, passage: Build
) -> None:
    assert read(question, [passage(sentence, "Orrin: notes")]).short != "no"


@pytest.mark.requirement("embedded.read-yes-no")
def test_the_sentence_about_the_asked_version_decides(passage: Build) -> None:
    texts = ["Version 3 dropped support for Windows 7.", "Orrin supports Windows 10."]
    for order in (texts, texts[::-1]):
        found = [passage(" ".join(order), "Orrin: notes")]
        assert read("Does Orrin support Windows 10?", found).short == "yes"
        assert read("Does Orrin support Windows 7?", found).short == "no"
        assert read("Does Orrin support Windows 11?", found).abstained


@pytest.mark.requirement("embedded.read-yes-no")
def test_two_sentences_that_contradict_each_other_give_no_verdict(passage: Build) -> None:
    found = [passage("The cafe serves breakfast. The cafe does not serve breakfast.", "Cafe")]
    assert read("Does the cafe serve breakfast?", found).abstained
