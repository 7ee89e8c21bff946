"""Libsyn: the zip of CSVs that an account's owner exports: total_downloads, by_episodes, by_country, by_destination, by_user_agent.

The pages on Libsyn's statistics name the figures (total and unique downloads, IAB or not; by country, destination and user agent),
not the headers: those are read by a map of the words.
"""

from assets.hosting.exports.protocol import Export, Measure

LIBSYN = Export(
    host="libsyn",
    name="Libsyn",
    standard="host",
    measures=(
        Measure(("iab downloads", "iab unique downloads", "iab"), "download", standard="iab2"),
        Measure(("unique downloads", "uniques", "unique"), "download"),
        Measure(("downloads", "total downloads", "download count", "total", "all time downloads", "count"), "download"),
    ),
    dimensions={
        "country": "country", "country name": "country", "country code": "country", "region": "region", "state": "region",
        "destination": "destination", "destination name": "destination", "user agent": "user_agent", "useragent": "user_agent",
        "user agent name": "user_agent", "client": "user_agent",
    },
    ignored=frozenset({
        "release date", "item release date", "published", "percent", "percentage", "share", "rank", "legacy downloads", "show id",
        "show title", "show", "website", "url", "season", "episode number", "duration",
    }),
    source_url="https://help.libsynsupport.com/hc/en-us/articles/360041220571-Advanced-Stats",
    examples=("date,item_title,downloads", "date,downloads", "country,downloads", "destination,downloads", "user_agent,downloads"),
)  # fmt: skip
