"""One small tree of errors: each has a stable ``code``, says whether a retry can help, and names what to do.

``UsageError`` is the caller's to fix (exit code 2, HTTP 400);
``RunError`` is a run that failed (exit code 1, HTTP 5xx).
The command line, HTTP and MCP faces map the same codes, listed in ``docs/reference/errors.md``.
"""

from __future__ import annotations

from importlib import import_module
from types import ModuleType
from typing import ClassVar, Final

from questline.types import Usage

__all__ = [
    "CODES",
    "WARNINGS",
    "BudgetExceeded",
    "MissingExtra",
    "ModelError",
    "PlanError",
    "QuestlineError",
    "RunError",
    "ServerUnavailable",
    "ToolTimeout",
    "UsageError",
    "require",
]

CODES: Final[dict[str, str]] = {
    # usage: the caller's to fix
    "empty_question": "The question is empty or only white space.",
    "question_too_long": "The question is longer than the limit.",
    "bad_budget": "A budget is not positive, not a number, or in an unknown unit.",
    "bad_workflow": "A workflow breaks the grammar, or one of its tokens is unknown.",
    "bad_planner": "The planner's name is unknown, or it is not shipped or not available here.",
    "bad_settings": "A settings file or variable has an unknown name or a wrong value.",
    "bad_argument": "An argument has a value that cannot be used.",
    "empty_query": "A query is empty or only white space.",
    "no_tools": "The catalogue holds no tool to search.",
    "bad_k": "The number of results that is asked for is no whole number of at least 1.",
    "bad_anchor": "The day that relative times are counted from is no day of the calendar, or not written YYYY-MM-DD.",
    "bad_document": "A document to rank or to select is no passage with text.",
    "duplicate_id": "Two documents to rank or to select, or two rows of a file, have the same id.",
    "bad_param": "A parameter of a tool has a value that cannot be used, or two parameters exclude each other.",
    "bad_window": "A window of a ranking schedule is too small, or its step is larger than itself.",
    "bad_history": "Earlier messages are not a list of user and assistant turns.",
    "bad_log_row": "A row of a click log has rates outside [0, 1], more clicks than impressions or negative counts.",
    "bad_model_file": "The file of a click model or of a reward model is damaged or of another version.",
    "bad_rules": "A judge's rules are none, too many, changed since they were written, or contradict each other.",
    "no_gate_set": "The labelled texts hold no good and bad one of about one length to hold edits of rules to.",
    "leak": "Sets that must be apart share texts or queries; `count` says how many.",
    "no_propensity": "A logged action has no probability above 0 under the policy that chose it.",
    "unsatisfiable": "Two wishes of a brief contradict each other; `first` and `second` name them.",
    "unknown_impression": "No impression with this id is stored.",
    "bad_index": "The impression shows no suggestion at this place.",
    "bad_request": "A request to forget, or an id in it, is none; `line` or `argument` says where.",
    "unknown_request": "A request to forget names nothing that is stored; `index` says which. Nothing was changed.",
    "held": "What is to be forgotten is held, for the reason that is given. Nothing was changed.",
    "use_retrain": "More is to be forgotten than the limit allows without `force`. Nothing was changed.",
    "not_confirmed": "A forgetting was not planned before, or not as it would be now; its plan says what to send.",
    "unknown_certificate": "The log of forgettings has no such entry.",
    "no_snapshot": "Nothing was kept aside that could be put back.",
    "bad_data": "A data file lacks a field, or a row is not what the suite reads.",
    "unknown_id": "Answers that are to be scored hold an id that is none of the questions'; `id` names it.",
    "bad_prediction": "An answer that is to be scored is no text; `id` names its question.",
    "missing_field": "A field that the chosen setting needs is missing or empty; `field` names it.",
    "missing_prediction": "The file of predictions has no row for an item; it is a failed item, not a wrong one.",
    "bad_table": "A table of workflow runs is of another corpus, settings, fits, code or version, or it is damaged.",
    "no_chat_template": "The tokenizer of a model that is to be tuned has no form for a chat.",
    "unknown_model": "The model's name has no known form or provider.",
    "missing_key": "The provider's key is not in the environment.",
    "file_not_found": "A path does not exist.",
    "unreadable_file": "A file exists but cannot be opened or parsed.",
    "unsupported_file": "No reader knows this kind of file.",
    "already_there": "A file holds another entry of this name, or stands in the way; nothing was written.",
    "bad_image": "A picture is damaged, empty, or of a kind that is not read (JPEG, PNG and WebP are).",
    "image_too_large": "A picture has more pixels or bytes than the hard limit; nothing of it was decoded.",
    "bad_encoding": "A text file is not UTF-8, or is binary.",
    "line_too_long": "A line of a file is longer than the limit.",
    "no_text": "A file holds no text; it is named in the indexing report and left out.",
    "empty_folder": "The folder holds no file that can be read.",
    "no_index": "Retrieval is needed and there is no index.",
    "bad_expression": "A formula does not follow the grammar, or names an unknown function; `position` says where.",
    "too_large": "A formula, a number or a table is longer or larger than the limits allow.",
    "undefined": "A result is not defined: a division by zero, the logarithm of zero, a limit that differs by side.",
    "unknown_unit": "No unit has this name, or several have it.",
    "dimension_mismatch": "Two units measure different things, such as a length and a time.",
    "bad_sql": "A query is no single readable statement, or names what is not there; `line` and `column` say where.",
    "not_permitted": "A query would do more than read the opened tables; the engine refused it.",
    "outside_root": "A path leads outside of the folders that may be read.",
    "unknown_table": "No opened table has this name.",
    "bad_config": "A file of MCP servers cannot be read as such; `line` and `column`, or `field`, say where.",
    "not_trusted": "A file of MCP servers would start or reach what the user has not agreed to; nothing was started.",
    "unknown_variable": "A file of MCP servers names a variable or an input that has no value.",
    "duplicate_server": "Two MCP servers have one name.",
    "command_not_found": "The command that starts an MCP server does not exist or cannot be run.",
    "unknown_server": "No MCP server of this name is configured.",
    "unknown_tool": "The server has no tool of this name.",
    "ambiguous_tool": "Several servers have a tool of this name; write `server/tool`.",
    "bad_deadline": "A deadline is not a number of seconds above 0.",
    "not_allowed": "The user's own rules do not allow this tool; or a file looks like a secret, and is not read.",
    "not_recorded": "A replay holds no such call.",
    "missing_extra": "A feature needs an optional dependency that is not installed.",
    "not_local": "Serving beyond this machine needs QUESTLINE_API_KEY.",
    "unauthorized": "The request carries no valid key.",
    # run: it was asked well and failed
    "read_only": "The index folder cannot be written.",
    "disk_full": "The disk is full; what was committed before is intact.",
    "index_locked": "Another process is indexing into the same folder.",
    "store_busy": "Another process has been writing to the store of sessions for too long.",
    "model_locked": "Another process unlearns from the same trained model.",
    "run_locked": "Another process is training in the same folder.",
    "collapsed": "A model that learns writes one thing only, earns alike, or lost its form; `monitor` says which.",
    "table_locked": "Another process is filling the table of workflow runs in the same folder.",
    "damaged_index": "A database is damaged: of the documents, of the checkpoints, of sessions or of clicks.",
    "damaged_model": "A model file is missing or not the one expected.",
    "backend_unavailable": "The model did not answer after all retries.",
    "bad_model_output": "The model's answer does not have the agreed form after repair and retry.",
    "undiscerning_judge": "A judge calls texts good that are known to be bad, or bad that are good; its verdicts say "
    "nothing.",
    "model_refused": "The provider refused the request (authentication, quota, content).",
    "too_busy": "As many questions run already as `concurrency` allows.",
    "tool_timeout": "A tool did not answer in its time.",
    "server_unavailable": "A server cannot be reached.",
    "tool_changed": "A tool is not what was accepted: `diff` says what changed; it is refused until accepted again.",
    "tool_failed": "A server refused a call, or failed in it; `detail` is what it said.",
    "bad_answer": "A server answered with something that the protocol, or the tool's own schema, does not allow.",
    "result_too_large": "The answer of a tool is larger than the limit.",
    "bad_plan": "A plan has a cycle, a dangling reference or wrong arguments.",
    "dependency_failed": "A task was not started, because one that it depends on failed or was skipped.",
    "replaced": "A task was not started, because others took its place after a failure.",
    "not_found": "What was asked for is not there: the documents, or the results of the calls, hold no answer.",
    "unknown_outcome": "A task was started before, nobody knows how it ended, and it may not be repeated.",
    "deadline_reached": "The deadline of a run came before the task had ended, or could start.",
    "time_limit": "The work was stopped at its time limit; the same work will take as long again.",
    "memory_limit": "The work needs more memory than its limit allows.",
    "too_deep": "The work nests more deeply than can be followed.",
    "unsolved": "No method here finds the exact or numeric result.",
    "budget_exceeded": "The budget was spent before the step could run.",
    "cancelled": "The run was cancelled.",
    "run_failed": "The run failed for another reason.",
}
"""Every stable code with its meaning; a test holds that each raised code is here."""

WARNINGS: Final[dict[str, str]] = {
    "extractive": "The answer is made of the documents' own sentences, because no language model is configured.",
    "degraded": "A model failed, and the embedded backend did its step: the step's entry in the ledger says so too.",
    "budget_exhausted": "A limit of the budget ended the run; the answer is made of what was found by then.",
    "other_time": "A time of the question was counted from today, and what is cited tells of other times.",
    "filtered_out": "No passage passes the filters of the search and fits the question.",
    "unpriced_model": "The budget has a limit in dollars and the model no known price, so that its tokens count as 0.",
    "plan_fallback": "The planner chose nothing that can be run; `R,DS,AG` ran instead (without documents `AG`).",
    "planner_parse_failed": "The planner's model did not write a readable workflow; its choice was replaced.",
    "selector_parse_failed": "The selecting model's answer was not a readable list; "
    "the embedded selector chose instead.",
    "foreign_id": "A model named passages or segments that it was not given; they were left out.",
    "foreign_citation": "The answering model cited passages that it was not given; those citations were dropped.",
    "unsupported_sentence": "A sentence of the answer cites nothing.",
    "unsupported_answer": "The whole answer cites nothing of what was found; its status is not `complete`.",
    "cyclic_subquestions": "Sub-questions referred to each other in a circle; they were put in order.",
    "too_many_intents": "A question has more needs than are planned apart; the last ones stay together in one.",
    "too_many_subquestions": "There were more sub-questions than may be asked; the last ones were left out.",
    "no_documents": "There is nothing to rank, or to select from.",
    "scores_ignored": "A first-stage score is not a number: the given order stands in for the scores.",
    "repaired": "A judge's order was not exact: what it repeated, invented or left out was mended.",
    "retried": "A window's first answer could not be used; it was asked for again.",
    "empty_document": "A document to summarize holds no text, or only markup.",
    "replaced_bytes": "A document is not UTF-8; U+FFFD stands for what could not be read, and offsets count it.",
    "control_characters": "A document holds control characters, which were read as space.",
    "query_truncated": "A query is longer than what is read of it: its beginning counts.",
    "document_truncated": "A document is longer than the hard cap; the range that was read is given.",
    "deadline_reached": "The time was over before all was read; the result is the best until then.",
    "limit_too_small": "The limit of a summary is smaller than the shortest piece that can stand alone.",
    "conflicting_values": "Two places say different things of the same; a summary prefers the later one, "
    "an answer shows both.",
    "unsupported_removed": "A model wrote something that what it cites does not hold; it was left out.",
    "open_part": "A part of the question was not answered, so the status is `partial`.",
    "no_suggestion": "No suggestion passed every check; the list is empty rather than filled up.",
    "approximate": "A result of mathematics is a decimal approximation: no exact form was found.",
    "gold_disagreement": "Right answers in two languages differ; either was accepted.",
    "maybe_incomplete": "There may be more solutions than those found.",
    "any_whole_number": "A solution holds for every whole number `n` in it.",
    "ragged_rows": "Lines of a table's file have fewer or more fields than its first line; what is missing is NULL.",
    "ambiguous_dates": "Day and month of a column of dates may be swapped; the message says how one of them is read.",
    "read_as": "A formula or a unit has more than one reading; the one that was taken is named.",
    "bad_schema": "A tool was left out: its schema is invalid, circular, or refers to another document.",
    "still_starting": "A server had not said which tools it has in the time of the question; it goes on starting.",
    "tool_changed": "A tool, or what a server says of itself, was left out: it is not what was accepted, or never was.",
    "more_left": "A tool has more rows or text than was read of it.",
    "source_unread": "A passage that an answer of a server rests on could not be read there; the answer stays.",
    "plan_mended": "A plan was mended by rule before it ran: an edge was added, or an optional argument left out.",
    "replan_refused": "The new plan for a failed task could not be used; what depended on the task was skipped.",
    "unknown_item": "Items of a session that nobody clicked before were left out.",
    "stale_model": "A trained recommender learnt of clicks that were forgotten since; "
    "the store's counts recommended instead.",
    "unchecked_model": "A trained recommender learnt of a store of sessions that was not opened with it, "
    "so that nobody knows whether it holds what was forgotten there.",
    "unchecked_principle": "A principle without an embedded check was not looked at; a language model could judge it.",
    "unquoted_evidence": "A judging model quoted words that the text does not hold; the quotes were dropped.",
    "few_texts": "Fewer texts were written than asked for: the brief leaves no room for more that differ.",
    "tone_not_fitting": "A tone was asked for that hurts at a sad occasion; a quiet text was written.",
    "texts_dropped": "The judge found texts of the writing model bad; others stand in their place.",
    "occasion_dropped": "A brief names an occasion that no text speaks of; the message says which.",
    "careful_tone": "A brief tells of a loss or of hard times: a quiet text was written; read it before it is sent.",
    "out_of_scope": "The query asks for no greeting, and a general one was written all the same.",
    "image_scaled": "A picture had more pixels than are worked on, and was scaled down.",
    "k_capped": "More items were asked for than there are.",
    "sub_question_skipped": "A sub-question was not asked: an answer that it needs was not found, or the budget ended.",
}
"""Every code of an `AnswerWarning` with its meaning; a step that failed also warns with its error's own code."""


class QuestlineError(Exception):
    """Base of all errors raised on purpose.

    Args:
        message: What is wrong, naming the value, and what to do.
        code: One of ``CODES``; the class's own default when left out.
        retryable: Whether the same call can succeed later unchanged.
        fields: What the message is about (for machines). ``argument`` is the one name for the parameter, option or
            setting that is wrong; ``path``, ``line`` and ``field`` say where in a file; ``limit``, ``position`` …
    """

    default_code: ClassVar[str] = "run_failed"
    default_retryable: ClassVar[bool] = False
    usage: Usage = Usage()
    """What was spent before it was raised; for an error that ends a question, by the whole question."""
    exit_code: ClassVar[int] = 1

    def __init__(
        self, message: str, *, code: str | None = None, retryable: bool | None = None, **fields: object
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or self.default_code
        self.retryable = self.default_retryable if retryable is None else retryable
        self.fields = fields

    def as_dict(self) -> dict[str, object]:
        """Return the JSON body that every face sends."""
        return {
            "code": self.code,
            "message": self.message,
            "retryable": self.retryable,
            "fields": {
                key: value if isinstance(value, (int, float, bool)) else str(value)
                for key, value in self.fields.items()
            },
        }


class UsageError(QuestlineError):
    """The caller's to fix: a bad argument, a missing file, an unknown model."""

    default_code = "bad_argument"
    exit_code = 2


class MissingExtra(UsageError):
    """A feature needs an optional dependency; the message names the extra to install."""

    default_code = "missing_extra"


class RunError(QuestlineError):
    """The run failed although it was asked well."""


class ToolTimeout(RunError):
    """A tool did not answer in its time."""

    default_code = "tool_timeout"
    default_retryable = True


class ServerUnavailable(RunError):
    """A server cannot be reached."""

    default_code = "server_unavailable"
    default_retryable = True


class ModelError(RunError):
    """A model did not answer, or not in the agreed form."""

    default_code = "backend_unavailable"
    default_retryable = True
    usage: Usage = Usage()
    """What the failed attempts cost; already charged to the meter, still to be written in the ledger."""


class PlanError(RunError):
    """A plan cannot be run."""

    default_code = "bad_plan"


class BudgetExceeded(RunError):
    """The budget was spent before a step could run."""

    default_code = "budget_exceeded"
    usage: Usage = Usage()
    """What the step's own requests cost before the limit was met; charged to the meter, still to be written down."""


_EXTRA_OF: Final[dict[str, str]] = {
    "PIL": "vision",
    "cv2": "vision",
    "docx": "docs",
    "pypdf": "docs",
    "PIL.Image": "vision",
    "PIL.ImageDraw": "vision",
    "PIL.ImageFont": "vision",
    "PIL.ImageOps": "vision",
    "ir_measures": "eval",
    "onnx": "train",
    "peft": "train",
    "rapidocr": "vision",
    "rapidocr.main": "vision",
    "torch": "train",
    "trl": "train",
    "vllm": "vllm",
    "onnx.helper": "train",
    "onnx.numpy_helper": "train",
    "opentelemetry.exporter.otlp.proto.http.trace_exporter": "otlp",
}


def require(module: str, *, feature: str) -> ModuleType:
    """Import an optional module, or raise `MissingExtra` with the command that installs it.

    Args:
        module: The import name, one of those an extra of ``pyproject.toml`` brings.
        feature: What needs it, in the user's words.
    """
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        extra = _EXTRA_OF[module]
        raise MissingExtra(
            f"{feature} needs the extra {extra!r}, which is not installed. Run: pip install 'questline[{extra}]'",
            module=module,
            extra=extra,
        ) from error
