"""Open models of transformers by name or folder, on the device that is asked for."""

from __future__ import annotations

import re
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import torch

from questline.errors import UsageError

__all__ = ["device_of", "named", "trainable", "without_bars"]

_ID: Final = re.compile(r"[\w.-]+(/[\w.-]+)?")
"""What the Hub's names look like; anything else can only be a folder."""
_REACH_S: Final = 10.0
_OFFLINE: Final = (
    "without a network, give a folder that was downloaded before, where there was one (hf download {name} --local-dir "
    "FOLDER), or a model that the cache of this machine holds; recipes that teach also make a small model by "
    "themselves, where model is empty"
)


def device_of(name: str, *, table: str) -> torch.device:
    """Return the device of a name; ``auto`` is a GPU where there is one.

    Args:
        name: auto, cpu or cuda.
        table: Of the settings that name it.

    Raises:
        UsageError: ``bad_settings`` for a GPU that is not there.
    """
    there = torch.cuda.is_available()
    if name == "cuda" and not there:
        raise UsageError(
            f"{table}.device='cuda', and torch sees no GPU: set cpu or auto", code="bad_settings", argument="device"
        )
    return torch.device("cuda" if there and name != "cpu" else "cpu")


def named(name: str, kind: str = "AutoModelForCausalLM", **more: Any) -> tuple[Any, Any]:
    """Return a model, in full precision unless ``dtype`` is given, and its tokenizer, which pads on the left.

    A folder, and a model that was fetched before, are read without a network. Another is fetched, after one question
    whether it can be: transformers alone asks for a minute before it gives up.

    Args:
        name: Of a model of Hugging Face, or a folder.
        kind: Class of transformers.
        more: What else that class is given.

    Raises:
        UsageError: ``unknown_model`` for a name that cannot be loaded: why, and what to do.
    """
    if Path(name).is_dir():
        if not (Path(name) / "config.json").exists() and (Path(name) / "model" / "config.json").exists():
            raise _unknown(name, f"it is the folder of a run, whose model is {str(Path(name) / 'model')!r}")
        try:
            with without_bars():
                return _read(name, kind, {**more, "local_files_only": True})
        except Exception as error:  # each kind of file in a folder has errors of its own
            raise _unknown(name, f"the folder holds no whole model: {_first_line(error)}") from error
    if not _ID.fullmatch(name):
        raise _unknown(name, "there is no such folder, and Hugging Face has no such names")
    try:
        return _read(name, kind, {**more, "local_files_only": True})
    except (OSError, ValueError):
        _check_reached(name)
    try:
        return _read(name, kind, more)
    except (OSError, ValueError) as error:
        raise _unknown(name, _first_line(error)) from error


@contextmanager
def without_bars() -> Generator[None]:
    """Keep transformers from drawing bars for the files that it reads and writes, among those of a training."""
    logging: Any = import_module("transformers.utils.logging")
    shown = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        if shown:
            logging.enable_progress_bar()


def trainable(model: Any) -> dict[str, torch.nn.Parameter]:
    """Return the parameters that learn, by name."""
    return {name: each for name, each in model.named_parameters() if each.requires_grad}


def _read(name: str, kind: str, more: Mapping[str, Any]) -> tuple[Any, Any]:
    transformers: Any = import_module("transformers")
    local = {key: value for key, value in more.items() if key == "local_files_only"}
    tokenizer: Any = transformers.AutoTokenizer.from_pretrained(name, padding_side="left", **local)
    model: Any = getattr(transformers, kind).from_pretrained(name, **{"dtype": torch.float32, **more})
    if tokenizer.pad_token is None:
        tokenizer.pad_token = tokenizer.eos_token
    return model, tokenizer


def _check_reached(name: str) -> None:
    """Ask the Hub once whether it has the model, so that a machine without a network is told so at once."""
    hub: Any = import_module("huggingface_hub")
    wrong: Any = import_module("huggingface_hub.errors")
    try:
        hub.HfApi().model_info(name, timeout=_REACH_S)
    except wrong.GatedRepoError as error:
        raise _unknown(name, "its owner wants terms to be accepted: do so on its page, then set HF_TOKEN") from error
    except wrong.RepositoryNotFoundError as error:
        raise _unknown(
            name, "there is no such folder, and Hugging Face has no such model (a private one needs HF_TOKEN)"
        ) from error
    except Exception as error:  # the client raises those of the library under it, too
        raise _unknown(
            name, f"it is not on this machine, and Hugging Face is not reached; {_OFFLINE.format(name=name)}"
        ) from error


def _unknown(name: str, why: str) -> UsageError:
    return UsageError(f"the model {name!r} cannot be loaded: {why}", code="unknown_model", model=name)


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__
