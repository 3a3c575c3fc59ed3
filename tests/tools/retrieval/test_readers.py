"""Each format becomes plain text with a title, sections and a date."""

from __future__ import annotations

import importlib
import io
import time
import zipfile
from pathlib import Path

import docx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from questline.errors import MissingExtra, UsageError
from questline.tools.retrieval.documents import Document, iso_date
from questline.tools.retrieval.readers import read_document


def _read(name: str, data: bytes | str) -> Document:
    raw = data.encode() if isinstance(data, str) else data
    return read_document(raw, source=f"here/{name}", path=Path(name))


MARKDOWN = """---
title: "The Guide"
date: 2024-03-05
---
Intro with a [link](https://x.example/a_(b)), an ![image](i.png "t"), **bold**, _slanted_ and `co*de*`.

# First

> quoted
> text

- item one
- item `two`

Setext heading
--------------

| a | b |
|---|---|
| 1 | 2 |

```python
# not a heading <!-- kept -->
x = a * b * c
```
<!-- a
comment -->
## Third *part*

snake_case_name stays, 2 * 3 * 4 too. <b>Tag</b> \\*escaped\\* <https://y.example>

[ref]: https://z.example
***
last
"""


@pytest.mark.requirement("retrieval.formats")
def test_markdown() -> None:
    document = _read("guide.md", MARKDOWN)
    assert (document.title, document.date, document.kind) == ("The Guide", "2024-03-05", "markdown")
    assert document.text == (
        "Intro with a link, an image, bold, slanted and co*de*.\n\nFirst\n\nquoted\ntext\n\n- item one\n- item two\n\n"
        "Setext heading\n\n| a | b |\n| 1 | 2 |\n\n# not a heading <!-- kept -->\nx = a * b * c\n\nThird part\n\n"
        "snake_case_name stays, 2 * 3 * 4 too. Tag *escaped* https://y.example\n\nlast"
    )
    assert [(section.title, section.level) for section in document.sections] == [
        ("First", 1),
        ("Setext heading", 2),
        ("Third part", 2),
    ]
    assert all(document.text[part.start : part.end] == part.title for part in document.sections)


def test_markdown_titles_come_from_the_heading_then_the_name() -> None:
    assert _read("a.md", "# Top\n\nx").title == "Top"
    assert _read("name.mdx", "just text").title == "name"
    assert _read("open.md", "```\nnever closed").text == "never closed"


@pytest.mark.requirement("retrieval.formats")
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Write `<!--` to open one.\n\nMore text.", "Write <!-- to open one.\n\nMore text."),
        ("A `` ` <!-- `` span <!-- gone --> stays.", "A ` <!-- span  stays."),
        ("A <!-- never closed\nstays.\n\nKept.", "A <!-- never closed\nstays.\n\nKept."),
        ("Here <!-- is none.\n\nA --> B.", "Here <!-- is none.\n\nA --> B."),
        (
            "- one\n  - two\n    more\n- three\n\n1. first\n2. second",
            "- one\n  - two\n    more\n- three\n\n1. first\n2. second",
        ),
        ("> a\n>\n> - b\n> - c\n\nd", "a\n\n- b\n- c\n\nd"),
        ("| a | b |\n|---|---|\n| `x` | **y** |", "| a | b |\n| x | y |"),
        ("- item\n\n  ```\n  code\n  ```\n- next", "- item\n  code\n- next"),
        ('<div class="note">\nRead <b>this</b>.\n</div>\n\nKept.', "Read this.\n\nKept."),
        ("> " * 35 + "deep", "deep"),
        ("A&amp;B &copy; line one  \nline two", "A&B © line one\nline two"),
        ("<!-- a\n\nlong one -->\nKept.", "Kept."),
        ("Escaped \\<!-- stays.\n\nKept.", "Escaped <!-- stays.\n\nKept."),
        ("One ` tick <!-- gone --> only.", "One ` tick  only."),
        ("```\na <!-- b\n\nc\n", "a <!-- b\n\nc"),
        ("```one``` span opens this line.", "one span opens this line."),
        ("**bold _and slanted_ text** ~~old~~ a_b_c *x", "bold and slanted text old a_b_c *x"),
        ("# Closed ##\n\n## C# ##\n\n### F#", "Closed\n\nC#\n\nF#"),
    ],
)
def test_markdown_loses_no_text(text: str, expected: str) -> None:
    assert _read("a.md", text).text == expected


@pytest.mark.parametrize(
    "part",
    ["~~a", "_a", "*a", "![", "[a", "[a](", "`a``a```a", "`", "<!--", "<!-- a\n\n", "# a ", " ", "<a", "```a\n", "|-"],
)
def test_markdown_is_read_in_time_with_its_length(part: str) -> None:
    def times_longer() -> float:
        short, long = (_cost(part * (length // len(part)) + "x") for length in (2_500, 20_000))
        return long / max(short, 0.005)

    # Eight times the length: its square would take 64 times as long each time, a busy machine only now and then.
    assert any(times_longer() < 24 for _ in range(6))


def _cost(text: str) -> float:
    """Return seconds of this process alone, whatever else the machine is doing."""
    started = time.process_time()
    _read("a.md", text)
    return time.process_time() - started


HTML = """<!doctype html><html><head><title> A  page </title><style>p{}</style>
<meta property="article:published_time" content="2022-11-30T08:00:00Z"></head>
<body><nav>Menu <a href=x>Home</a></nav><header>Site name</header>
<main><h1>Top &amp; first</h1><p>One <b>bold</b>
line.<br>Next line.</p><script>var x = "<p>no</p>";</script>
<ul><li>first<li>second</ul><table><tr><th>k</th><th>v</th></tr><tr><td>a</td><td>1</td></tr></table>
<pre>kept   spaces
  here</pre><div hidden>secret</div><h2>Second</h2>tail</main><footer>foot</footer></body></html>"""


@pytest.mark.requirement("retrieval.formats")
def test_html_keeps_the_main_content() -> None:
    document = _read("page.html", HTML)
    assert (document.title, document.date, document.kind) == ("A page", "2022-11-30", "html")
    assert document.text == (
        "Top & first\n\nOne bold line.\nNext line.\n\n- first\n- second\n\nk | v\na | 1\n\nkept   spaces\n  here\n\n"
        "Second\n\ntail"
    )
    assert [section.title for section in document.sections] == ["Top & first", "Second"]


def test_html_without_main_keeps_the_body_and_survives_broken_markup() -> None:
    assert _read("b.htm", "<script>never closed<body><p>text<time datetime=2020-05-06>x</time>").text == ""
    page = _read("b.htm", "<head><body><p>text <time datetime=2020-05-06>then</time></i></p>after")
    assert (page.text, page.date, page.title) == ("text then\n\nafter", "2020-05-06", "b")


@pytest.mark.requirement("retrieval.formats")
def test_a_page_inside_a_form_keeps_its_text() -> None:
    page = _read("f.html", "<body><form><p>All of the text.</p><select><option>no</select></form></body>")
    assert page.text == "All of the text."


@given(st.text(alphabet="<>/abp h1=\"'&;!-\n", max_size=200))
def test_html_never_fails(text: str) -> None:
    assert "\x00" not in _read("x.html", text).text


@given(st.text(alphabet="#*_`~[]()!<>-=|:> \na1", max_size=200))
def test_markdown_never_fails_and_sections_stay_inside(text: str) -> None:
    document = _read("x.md", text)
    assert all(document.text[part.start : part.end] == part.title for part in document.sections)


@pytest.mark.requirement("retrieval.formats")
def test_text_takes_a_lone_first_line_as_title() -> None:
    assert _read("note.txt", "\ufeffA title\r\n\r\nBody.").title == "A title"
    assert _read("note.txt", "No title here.\nSecond line.").title == "note"
    assert _read("note.rst", "only one line").title == "note"


@pytest.mark.requirement("retrieval.formats")
def test_docx_keeps_headings_and_tables_in_order() -> None:
    file = docx.Document()
    file.core_properties.title = "Report"
    file.add_heading("Overview", 1)
    file.add_paragraph("A paragraph.")
    table = file.add_table(rows=1, cols=2)
    table.cell(0, 0).text, table.cell(0, 1).text = "left", "right"
    file.add_heading("End", 2)
    buffer = io.BytesIO()
    file.save(buffer)
    document = _read("report.docx", buffer.getvalue())
    assert (document.title, document.text) == ("Report", "Overview\n\nA paragraph.\n\nleft | right\n\nEnd")
    assert [(section.title, section.level) for section in document.sections] == [("Overview", 1), ("End", 2)]
    assert document.date is not None


def _pdf(*pages: str, title: str = "") -> bytes:
    """Write a small PDF by hand: one line of Helvetica for each line of a page."""
    objects = ["<< /Type /Catalog /Pages 2 0 R >>", "", "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"]
    kids: list[str] = []
    for page in pages:
        shown = " ".join(f"({line}) Tj T*" for line in page.split("\n"))
        stream = f"BT /F1 12 Tf 14 TL 72 720 Td {shown} ET"
        objects.append(f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream")
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents {len(objects)} 0 R"
            " /Resources << /Font << /F1 3 0 R >> >> >>"
        )
        kids.append(f"{len(objects)} 0 R")
    objects[1] = f"<< /Type /Pages /Kids [{' '.join(kids)}] /Count {len(kids)} >>"
    objects.append(f"<< /Title ({title}) /CreationDate (D:20230704120000Z) >>")
    out = io.BytesIO(b"")
    out.write(b"%PDF-1.4\n")
    places: list[int] = []
    for number, body in enumerate(objects, 1):
        places.append(out.tell())
        out.write(f"{number} 0 obj\n{body}\nendobj\n".encode())
    table = out.tell()
    out.write(f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode())
    out.writelines(f"{place:010d} 00000 n \n".encode() for place in places)
    out.write(f"trailer << /Size {len(objects) + 1} /Root 1 0 R /Info {len(objects)} 0 R >>\n".encode())
    out.write(f"startxref\n{table}\n%%EOF\n".encode())
    return out.getvalue()


@pytest.mark.requirement("retrieval.formats")
def test_pdf_joins_broken_lines_and_words() -> None:
    document = _read(
        "paper.pdf", _pdf("A sentence that is bro-\nken over\nlines.\nAnother one.", "Page two.", title="Tides")
    )
    assert document.text == "A sentence that is broken over lines.\nAnother one.\n\nPage two."
    assert (document.title, document.date, document.kind) == ("Tides", "2023-07-04", "pdf")


def test_a_pdf_without_text_asks_for_ocr() -> None:
    with pytest.raises(UsageError) as caught:
        _read("scan.pdf", _pdf(""))
    assert (caught.value.code, "OCR" in caught.value.message) == ("no_text", True)


def test_a_zip_is_no_docx() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("x", "y")
    with pytest.raises(UsageError) as caught:
        _read("a.docx", buffer.getvalue())
    assert caught.value.code == "unreadable_file"


@pytest.mark.requirement("retrieval.extras")
@pytest.mark.parametrize(("name", "module"), [("a.pdf", "pypdf"), ("a.docx", "docx")])
def test_without_the_extra_the_message_names_it(name: str, module: str, monkeypatch: pytest.MonkeyPatch) -> None:
    real = importlib.import_module

    def missing(wanted: str, package: str | None = None) -> object:
        if wanted == module:
            raise ModuleNotFoundError(wanted, name=wanted)
        return real(wanted, package)

    monkeypatch.setattr("questline.errors.import_module", missing)
    with pytest.raises(MissingExtra) as caught:
        _read(name, b"")
    assert (caught.value.code, caught.value.fields["extra"]) == ("missing_extra", "docs")


def test_unknown_endings_name_the_known_ones() -> None:
    with pytest.raises(UsageError) as caught:
        _read("a.xyz", b"")
    assert (caught.value.code, ".docx" in caught.value.message) == ("unsupported_file", True)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2024-03-05T10:00:00Z", "2024-03-05"),
        ("2024-3-5", "2024-03-05"),
        (2024, "2024-01-01"),
        ("2024-02-31", None),
        ("20240305", None),
        ("soon", None),
        (None, None),
    ],
)
def test_dates_become_iso_dates(value: object, expected: str | None) -> None:
    assert iso_date(value) == expected
