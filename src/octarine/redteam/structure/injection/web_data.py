"""What programs fetch: feeds, robots files, tables, listings."""

from __future__ import annotations

import csv
import io
import re

from octarine.redteam.seed import Seed
from octarine.redteam.structure.containers.marked_up import xml_text
from octarine.redteam.structure.injection.carrier import carrier, parts, spread
from octarine.redteam.structure.world import World
from octarine.redteam.technique import Effect


def _feed(seed: Seed, world: World) -> str:
    """CDATA cannot hold its own end: it is cut in two there (XML 1.0, 2.7)."""
    items = []
    for _, text in spread(world, world.sentences(3), parts(seed, world, 2, 4)):
        inside = xml_text(text).replace("]]>", "]]]]><![CDATA[>")
        items.append(
            f"  <item><title>{world.title()}</title><description><![CDATA[{inside}]]></description></item>"
        )
    head = '<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0"><channel>'
    return f"{head}<title>{world.one('groups')}</title>\n" + "\n".join(items) + "\n</channel></rss>"


def _table(seed: Seed, world: World) -> str:
    said = parts(seed, world, 4, 7)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow((world.label("date"), world.label("from"), "n", world.label("topic")))
    for part in said:
        writer.writerow((world.day(), world.one("people"), world.number(1, 99), part))
    return out.getvalue()


def _listing(seed: Seed, world: World) -> str:
    rows = []
    for number, part in enumerate(parts(seed, world, 4, 8), 1):
        name = re.sub(r"[\s/\\:*?\"<>|]+", "_", part).strip("_.") or "x"
        size = world.number(200, 90_000)
        rows.append(f"-rw-r--r-- 1 club club {size:>6} {world.day()} {world.time()} {number:02}_{name}.txt")
    return f"$ ls -l --time-style=long-iso\ntotal {world.number(40, 900)}\n" + "\n".join(rows)


def _server_log(seed: Seed, world: World) -> str:
    rows = []
    agents = ["Mozilla/5.0 (X11; Linux x86_64)", "curl/8.5.0", "FeedReader/2.1"]
    for carried, text in spread(world, [seed.pick(agents) for _ in range(4)], parts(seed, world, 3, 5)):
        agent = text.replace("\\", "\\\\").replace('"', '\\"') if carried else text
        host = f"192.0.2.{world.number(1, 255)}"
        clock = f"{world.number(10, 28)}/Mar/2025:{world.time()}:{world.number(10, 60)} +0000"
        rows.append(
            f'{host} - - [{clock}] "GET /{world.number(1, 99)} HTTP/1.1" 200'
            f' {world.number(200, 9000)} "-" "{agent}"'
        )
    return "\n".join(rows)


TECHNIQUES = (
    carrier(
        "feed-items",
        "Items of a feed",
        "Pieces of the request are descriptions, as CDATA, of items of an RSS feed.",
        _feed,
        reference="RSS 2.0; XML 1.0, 2.7; ours",
    ),
    carrier(
        "table-remarks",
        "Remark column of a table",
        "Pieces of the request are cells of the last column of a CSV table, row after row.",
        _table,
        reference="RFC 4180; ours",
    ),
    carrier(
        "file-names",
        "Names of files",
        "Pieces of the request, with underscores for blanks, are the numbered names in a listing of files.",
        _listing,
        effect=Effect.ALTERS,
    ),
    carrier(
        "log-user-agents",
        "User agents in a log",
        "Pieces of the request are user-agent fields, escaped, of lines of a web server's access log.",
        _server_log,
        reference="Apache combined log format; ours",
    ),
)
