"""Words for the codes that pages show; the codes themselves stay as they are for machines."""

from __future__ import annotations

from app.api.http.problems import Problem
from app.api.web.texts.translation import marked as _

LANGUAGES = {"pt": "Português", "en": "English"}

WORDS = {
    "ENABLED": _("open"),
    "DEGRADED": _("open, with gaps"),
    "DISABLED": _("closed"),
    "QUEUED": _("queued"),
    "RUNNING": _("running"),
    "PUBLISHED": _("published"),
    "NO_OP": _("already live: nothing was written"),
    "FAILED": _("failed: nothing changed"),
    "REFUSED": _("refused: nothing changed"),
    "extract": _("reading the sheets"),
    "load": _("loading the rows"),
    "merge": _("merging the rows"),
    "validate": _("checking the counts"),
    "report": _("writing the report"),
    "publish": _("publishing"),
    "retain": _("removing old snapshots"),
    "rows": _("rows"),
    "distinct": _("different values"),
    "employee_productivity": _("Work by employee"),
    "produto_join": _("Product names and figures by product"),
    "error_attribution": _("Quality errors by the phase that caused them"),
    "standard_route": _("Standard routes and estimated dates"),
    "NULL_KEY": _("empty key"),
    "INVALID_TYPE": _("content of another type"),
    "OUT_OF_RANGE": _("value out of range"),
    "CONFLICTING_KEY": _("same key, other content"),
    "ORPHAN_PARENT": _("its order is missing or was refused"),
    "NEW": _("new order"),
    "GONE": _("no longer in the workbook"),
    "REOPENED": _("open again"),
    "COMPLETION_MOVED": _("completion corrected"),
    "TRANSPORT_SET": _("transport date set"),
    "TRANSPORT_CLEARED": _("transport date removed"),
    "TRANSPORT_MOVED": _("transport date moved"),
    "PHASE_MOVED": _("moved to another phase"),
    "PRODUCT_CHANGED": _("product changed"),
    "CREATION_MOVED": _("creation corrected"),
    "ERRORS_ADDED": _("quality errors added"),
    "ERRORS_REMOVED": _("quality errors removed"),
    "standing.production_orders": _("Open orders"),
    "overdue_orders": _("Late orders"),
    "completed_orders": _("Completed orders"),
    "throughput_orders": _("Completed in the last 30 days"),
    "quality_errors": _("Quality errors"),
    "OPEN": _("still open"),
    "COMPLETED": _("completed"),
    "PRODUCTION": _("production work"),
    "TERMINAL": _("is over"),
    "STALE": _("older than a year"),
    "OVERDUE": _("late"),
    "LATE": _("at risk"),
    "ON_TRACK": _("on track"),
    "UNKNOWN": _("without estimate"),
    "created": _("the latest created"),
    "age": _("the oldest"),
    "due": _("the earliest transport"),
    "slack": _("the least slack"),
    "FINISHED": _("finished"),
    "IN_PROCESS": _("in process"),
    "WAITING": _("to come"),
    "UNCLOSED": _("never ended"),
    "FIFO": _("the longest wait"),
    "EDD": _("the earliest transport"),
    "SPT": _("the shortest work"),
    "SLACK": _("the least slack"),
    "week": _("weeks"),
    "month": _("months"),
    "DUPLICATE_ROW": _("identical repeat, nothing lost"),
    "VALUES_CHANGED": _("many settled values are other ones than before"),
    "ROWS_DOUBLED": _("many rows stand there again under new numbers"),
    "ROWS_MISSING": _("rows are missing"),
    "OPEN_WORK_MISSING": _("nothing, or nearly nothing, is open"),
    "SHEET_OLDER": _("the sheet is of an older export than the rest"),
    "ROWS_CONTRADICT": _("many rows contradict themselves"),
    "STAMPS_IN_FUTURE": _("many stamps of what has happened lie in the future"),
}
"""The words of a code, in English; a code without any is shown itself."""

SENTENCES = {
    "NOT_FOUND": _("There is no page at this address. Choose one from the list at the top."),
    "METHOD_NOT_ALLOWED": _("This address cannot be opened like that. Choose a page from the list at the top."),
    "INTERNAL_ERROR": _(
        "This is a fault of the service, not yours. Try again; if it stays, tell the administrator when and where:"
        " the service's log has the cause."
    ),
    "NOT_ACCEPTABLE": _("There is a page at this address, but your program asked for something else."),
    "API_KEY_REQUIRED": _("Sign in with an API key first."),
    "API_KEY_INVALID": _("This key is not valid here, or no longer. Sign in again."),
    "API_KEYS_UNAVAILABLE": _("The keys cannot be read at the moment. Try again shortly."),
    "SCOPE_MISSING": _("Your key may not do this. Ask for a key with the scope that this page needs."),
    "PLANT_NOT_ALLOWED": _("Your key is for other plants than the one of these pages."),
    "PLANT_NOT_FOUND": _("There is no plant of this name here, or your key is not for it."),
    "PLANT_UNAVAILABLE": _("This plant cannot be served at the moment. Ask the administrator."),
    "CROSS_SITE": _("This form was not sent from a page of this address. Open the page again and repeat it."),
    "NO_DATA": _("No workbook has been published yet. Send one on the page Data."),
    "DATABASE_UNAVAILABLE": _("The database does not answer at the moment. Try again shortly."),
    "SCHEMA_NOT_READY": _("The database is not at this version. Ask its administrator to run the bootstrap."),
    "QUERY_TIMEOUT": _("The answer took too long. Narrow the question, or try again."),
    "OVERLOADED": _("Too many requests at once. Try again in a moment."),
    "RATE_LIMITED": _("Too many requests of this kind. Wait a minute and try again."),
    "QUEUE_FULL": _("Too many workbooks are waiting. Try again when one has ended."),
    "INVALID_PARAMETER": _("A field has a value that cannot be used: see below, go back and mend it."),
    "UNKNOWN_PHASE": _("One of the phases is neither in Fases nor in the open work."),
    "UNKNOWN_ORDER": _("One of the orders has no open phase in this work."),
    "OVERTIME_REFUSED": _("The calendar leaves no room for this overtime."),
    "NAME_TAKEN": _("A scenario of this name is kept already. Choose another name."),
    "TOO_MANY_SCENARIOS": _("Too many scenarios are kept. Remove one that is not needed any more."),
    "SCENARIO_NOT_FOUND": _("This scenario is not kept any more."),
    "ALREADY_LIVE": _("This run is live already."),
    "NOT_PUBLISHABLE": _("This run cannot be made live: it was never published, or only names another one."),
    "ORDER_NOT_FOUND": _("The live workbook does not have this order."),
    "RUN_GONE": _("This run is no longer kept."),
    "NO_EARLIER_RUN": _("Only one published workbook is kept: there is nothing to compare it with yet."),
    "RUN_NOT_FOUND": _("There is no run of this number."),
    "NO_REPORT": _("This run has no report, or its refused rows are no longer kept."),
    "NOT_RETRYABLE": _("This run cannot be repeated. Send the workbook again."),
    "UPLOAD_FOLDER_FULL": _("There is no room for uploads. Ask the administrator to free some."),
    "UPLOAD_FOLDER_UNAVAILABLE": _("Uploads cannot be kept at the moment. Ask the administrator."),
    "NOT_SUPPORTED_BY_DATA": _("The data does not support this. The page Gates says why, and what to do."),
    "BODY_TOO_LARGE": _("The file is larger than is taken here."),
    "BODY_TOO_SLOW": _("The file took too long to arrive. Try again on a quicker network."),
    "BODY_CUT_SHORT": _("The file did not arrive whole. Send it again."),
    "NOT_ONE_FILE": _("Choose an .xlsx file first."),
    "NOT_XLSX": _("The file is not an .xlsx workbook. Export it as .xlsx and send that."),
    "ENCRYPTED": _("The workbook has a password. Save it without one and send it again."),
    "DAMAGED": _("The workbook is damaged or cut short. Export it again."),
    "UNSAFE_XML": _("The workbook has content that Excel never writes. Export it again from the ERP."),
    "TOO_LARGE": _("The workbook expands to more than is taken here."),
    "TOO_DEMANDING": _("The workbook takes more memory or time than is allowed. Export it again without extras."),
    "CHANGED": _("The file changed while it was read. Send it again."),
    "MISSING_SHEET": _("A sheet is missing. Export the workbook with all its sheets, and do not rename them."),
    "DUPLICATE_SHEET": _("Two sheets have the same name. Export the workbook again."),
    "MISSING_HEADER": _("A sheet has no header row. Export it with its column names in the first row."),
    "MISSING_COLUMN": _("A column is missing. Export the workbook with all its columns, and do not rename them."),
    "DUPLICATE_COLUMN": _("Two columns have the same name. Export the workbook again."),
    "REJECTS_REFUSED": _("Too many rows have an error. See the refused rows, mend them in the ERP and export again."),
    "SHRINK_REFUSED": _("Many rows that the live workbook has are missing. Look whether the export is whole."),
    "OLDER_REFUSED": _("The export is older than the live one. Send the newest."),
    "IMPLAUSIBLE_REFUSED": _(
        "Many settled values changed, or rows stand twice: exchanged columns, shifted dates or another unit?"
    ),
    "EMPTY_REFUSED": _("The export has no orders, or a sheet that others refer to is empty."),
    "SAMPLE_REFUSED": _("This is a generated sample. Send an export of the ERP."),
    "WORKER_DIED": _("The worker stopped before the end. Nothing changed: repeat it."),
}
"""The sentence for the code of a problem or of a failed run."""


CHOICES = {
    "allow_rejects": _("many rows are refused"),
    "allow_shrink": _("many rows of the live workbook are missing"),
    "allow_older": _("it is older than the live one"),
    "allow_implausible": _("most settled values of a column changed"),
    "allow_empty": _("it has no orders, and none is live yet"),
    "force": _("this very workbook is live already: read it again"),
}
"""The words of the page Data for the options of an ingestion."""


def choice_for(detail: str) -> str | None:
    """The choice that is the option which a refusal names as a command has it, `--allow-rejects`; None without one."""
    named = (text for option, text in CHOICES.items() if f"--{option.replace('_', '-')}" in detail)
    return next(named, None)


def sentence_of(code: str | None) -> str | None:
    """The sentence of a code; None where only the English detail says what happened."""
    return None if code is None else SENTENCES.get(code)


def is_whole(problem: Problem) -> bool:
    """True if the sentence of the problem's code says everything, so that its English detail adds nothing."""
    return problem.code in SENTENCES and problem.code not in DETAILED


DETAILED = frozenset(
    {
        "INVALID_PARAMETER",
        "UNKNOWN_PHASE",
        "UNKNOWN_ORDER",
        "OVERTIME_REFUSED",
        "SCOPE_MISSING",
        "RATE_LIMITED",
        "NOT_RETRYABLE",
        "NO_REPORT",
        "BODY_TOO_LARGE",
        "UNSAFE_XML",
        "TOO_LARGE",
        "TOO_DEMANDING",
        "MISSING_SHEET",
        "DUPLICATE_SHEET",
        "MISSING_HEADER",
        "MISSING_COLUMN",
        "DUPLICATE_COLUMN",
    }
)
"""Codes whose detail names what the sentence does not: a sheet, a column, a limit."""
