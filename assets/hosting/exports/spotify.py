"""Spotify for Creators (Anchor): CSVs exported by hand. Starts are over 0 s, streams 60 s or more; listeners are people.

Since 2025 the dashboard says `plays` where it said `starts`; a file that has both is read by its starts.
"""

from assets.hosting.exports.protocol import Export, Measure

SPOTIFY = Export(
    host="spotify",
    name="Spotify for Creators",
    standard="spotify",
    measures=(
        Measure(("starts", "spotify starts"), "play"),
        Measure(("plays", "total plays"), "play"),
        Measure(("streams", "spotify streams"), "stream"),
        Measure(("listeners", "spotify listeners", "audience size"), "listener"),
        Measure(("followers", "spotify followers"), "follower"),
    ),
    dimensions={"country": "country", "geo": "country", "app": "app", "device": "device", "platform": "app", "gender": "gender"},
    ignored=frozenset({
        "release date", "publish date", "published", "duration", "average listen", "average listen time", "consumption hours",
        "impressions", "percent", "percentage", "change", "rank", "show", "show name", "show uri", "url",
    }),
    source_url="https://support.spotify.com/us/creators/article/understanding-your-podcast-analytics/",
    timezone="UTC",
    examples=("Date,Starts,Streams,Listeners,Followers", "Episode,Release Date,Starts,Streams,Listeners", "Time (UTC),Plays"),
)  # fmt: skip
