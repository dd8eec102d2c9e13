"""The options that say which models and versions are listed: each function declares them, and reads them."""

from typing import Annotated, Any

import typer

from mlreg.cli import text
from mlreg.cli.options import names, tags
from mlreg.core.models.joined import Asked
from mlreg.core.models.select import Wanted, WantedVersions, check_status
from mlreg.core.references import check_alias, check_stage

WithTag = Annotated[
    list[str] | None, typer.Option("--tag", metavar="KEY=VALUE", help="Only with this tag; may be repeated.")
]
OfAlias = Annotated[
    str | None, typer.Option("--alias", metavar="ALIAS", help="Only with this alias, such as champion.")
]
InStage = Annotated[
    str | None, typer.Option("--stage", metavar="STAGE", help="Only in this stage, such as Production.")
]
OfStatus = Annotated[
    str | None,
    typer.Option("--status", metavar="STATUS", help="READY, PENDING_REGISTRATION or FAILED_REGISTRATION."),
]
UpdatedSince = Annotated[
    str | None, typer.Option("--since", metavar="TIME", help="Updated since then: 7d, 12h, 30min, 2026-01-31 (UTC).")
]
UpdatedUntil = Annotated[
    str | None, typer.Option("--until", metavar="TIME", help="Updated before: 7d, 2026-01-31T18:00 (UTC).")
]
CreatedSince = Annotated[
    str | None, typer.Option("--since", metavar="TIME", help="Created since then: 7d, 12h, 30min, 2026-01-31 (UTC).")
]
CreatedUntil = Annotated[
    str | None, typer.Option("--until", metavar="TIME", help="Created before: 7d, 2026-01-31T18:00 (UTC).")
]
OfRun = Annotated[str | None, typer.Option("--run-id", metavar="ID", help="Only what came of this run.")]
FromSource = Annotated[str | None, typer.Option("--source", metavar="URI", help="Only with this source.")]
Filter = Annotated[
    str | None, typer.Option("--filter", metavar="FILTER", help="""MLflow's own filter: "name LIKE 'churn%'".""")
]
OrderBy = Annotated[
    list[str] | None,
    typer.Option("--order-by", metavar="ORDER", help="""MLflow's own order: "name DESC"; may be repeated."""),
]
Limit = Annotated[int | None, typer.Option("--limit", metavar="N", help="At most so many.")]
Metrics = Annotated[
    str | None, typer.Option("--metrics", metavar="A,B", help="Add these metrics, from the run of the version.")
]
Params = Annotated[
    str | None, typer.Option("--params", metavar="A,B", help="Add these parameters, from the run of the version.")
]


def models(
    tag: WithTag = None,
    alias: OfAlias = None,
    stage: InStage = None,
    since: UpdatedSince = None,
    until: UpdatedUntil = None,
    filter: Filter = None,
    order_by: OrderBy = None,
    limit: Limit = None,
    metrics: Metrics = None,
    params: Params = None,
) -> tuple[Wanted, Asked]:
    """The models that are wanted, and what is asked of their newest versions' runs; raises Usage."""
    pointed, times = _pointed(alias, stage), _times(since, until)
    order = tuple(order_by or ())
    wanted = Wanted(filter=filter or "", tags=tags(tag), order_by=order, limit=limit, **pointed, **times)
    return wanted, _asked(metrics, params)


def versions(
    tag: WithTag = None,
    alias: OfAlias = None,
    stage: InStage = None,
    status: OfStatus = None,
    since: CreatedSince = None,
    until: CreatedUntil = None,
    run_id: OfRun = None,
    source: FromSource = None,
    filter: Filter = None,
    order_by: OrderBy = None,
    limit: Limit = None,
    metrics: Metrics = None,
    params: Params = None,
) -> tuple[WantedVersions, Asked]:
    """The versions that are wanted, and what is asked of their runs; raises Usage."""
    wanted = WantedVersions(
        filter=filter or "",
        tags=tags(tag),
        status=check_status(status) if status is not None else None,
        run_id=run_id,
        source=source,
        order_by=tuple(order_by or ()),
        limit=limit,
        **_pointed(alias, stage),
        **_times(since, until),
    )
    return wanted, _asked(metrics, params)


def when(option: str, given: str | None) -> int | None:
    """Read a moment as milliseconds since the epoch; raises Usage."""
    if given is None:
        return None
    from mlreg.core.times import moment

    return moment(option, given, text.now_ms())


def _pointed(alias: str | None, stage: str | None) -> dict[str, Any]:
    return {
        "alias": check_alias(alias) if alias is not None else None,
        "stage": check_stage(stage) if stage is not None else None,
    }


def _times(since: str | None, until: str | None) -> dict[str, Any]:
    return {"since": when("--since", since), "until": when("--until", until)}


def _asked(metrics: str | None, params: str | None) -> Asked:
    return Asked(names("--metrics", metrics), names("--params", params))
