"""Apple Podcasts Connect: CSV or tab-delimited text exported by hand; its days are UTC.

Plays are over 0 s, listeners are unique devices, engaged ones listened to 20 minutes or 40 % of an episode; followers are a level.
"""

from assets.hosting.exports.protocol import Export, Measure

APPLE = Export(
    host="apple",
    name="Apple Podcasts Connect",
    standard="apple",
    measures=(
        Measure(("plays", "total plays"), "play"),
        Measure(("unique devices", "unique listeners", "listeners", "devices"), "listener"),
        Measure(("engaged listeners", "engaged devices", "engaged", "unique engaged devices"), "listener", "engagement", "engaged"),
        Measure(("followers", "total followers"), "follower"),
    ),
    dimensions={
        "country": "country", "country or region": "country", "country region": "country", "storefront name": "country",
        "city": "city",
    },
    ignored=frozenset({
        "release date", "publish date", "duration", "total time listened", "time listened", "hours listened", "avg consumption",
        "average consumption", "average consumption percent", "show", "show name", "show title", "show apple id", "channel name",
        "channel apple id", "season", "season number", "episode number", "episode type", "subscribers", "change", "percent",
    }),
    source_url="https://podcasters.apple.com/support/844-troubleshooting-data-issues",
    timezone="UTC",
    examples=("Episode Title,Plays,Unique Devices,Engaged Listeners", "Date,Plays,Listeners,Engaged Listeners,Followers"),
)  # fmt: skip
