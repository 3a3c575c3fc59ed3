"""A small catalogue written for these tests."""

from __future__ import annotations

import pytest

from questline.tools.models.encoder import Encoder
from questline.tools.tool_retrieval import ToolDocument, ToolIndex


def catalogue() -> list[ToolDocument]:
    said = {
        "sky": {
            "getForecast": ("Weather for the coming days at a place.", (("city", "Where"), ("days", "How many days"))),
            "air_quality": ("How clean the air is outdoors right now.", (("zip_code", ""),)),
        },
        "bank": {
            "convertCurrency": ("Exchange an amount of money at today's rate.", (("from", ""), ("to", ""))),
            "transfer": ("Send money from one account to another.", (("iban", "Account of the receiver"),)),
        },
        "kitchen": {
            "find_recipe": ("Dishes that can be cooked from given ingredients.", (("ingredients", ""),)),
            "transfer": ("Move a recipe to another cookbook.", ()),
        },
        "files": {
            "deleteFile": ("Remove a file from a folder for good.", (("path", ""),)),
            "readFile": ("Return the text of a file.", (("path", ""),)),
        },
    }
    return [
        ToolDocument(
            server=server,
            server_description=f"The {server} of an office",
            name=name,
            description=text,
            parameters=fields,
        )
        for server, tools in said.items()
        for name, (text, fields) in tools.items()
    ]


@pytest.fixture(scope="session")
def tools() -> list[ToolDocument]:
    return catalogue()


@pytest.fixture(scope="session")
def index(tools: list[ToolDocument]) -> ToolIndex:
    return ToolIndex(tools, encoder=Encoder.load())
