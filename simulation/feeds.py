"""RSS as Buzzsprout, Transistor and Libsyn write it: itunes tags, the podcast namespace, and what goes wrong in real feeds."""

from xml.sax.saxutils import escape, quoteattr

from simulation.chance import identifier
from simulation.clock import rfc822
from simulation.model import Episode, Show

GENERATORS = {
    "buzzsprout": "Buzzsprout (https://www.buzzsprout.com)",
    "transistor": "Transistor (https://transistor.fm)",
    "libsyn": "Libsyn RSSgen 1.0",
}
_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<rss version="2.0" xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd" '
    'xmlns:podcast="https://podcastindex.org/namespace/1.0" '
    'xmlns:atom="http://www.w3.org/2005/Atom" xmlns:content="http://purl.org/rss/1.0/modules/content/">\n'
)


def render_feed(show: Show, episodes: tuple[Episode, ...]) -> bytes:
    """The show's feed, newest episode first.

    A tolerant show's feed holds a bare `&` outside its items: not well-formed, as real feeds are now and then.
    """
    newest_first = sorted(episodes, key=lambda episode: -episode.published_at)
    lines = [
        _HEAD,
        "<channel>\n",
        f'<atom:link href={quoteattr(show.feed_url)} rel="self" type="application/rss+xml" />\n',
        f"<title>{escape(show.title)}</title>\n",
        f"<link>https://{show.slug}.example</link>\n<language>{show.language}</language>\n",
        f"<generator>{GENERATORS[show.host]}</generator>\n",
        f"<lastBuildDate>{rfc822(newest_first[0].published_at)}</lastBuildDate>\n",
        f"<copyright>© {show.slug}{' & friends' if show.is_tolerant else ' &amp; friends'}</copyright>\n",
        f"<description><![CDATA[<p>{show.title}</p>]]></description>\n",
        f"<podcast:guid>{identifier(show.show_id, 'podcast')}</podcast:guid>\n<podcast:locked>yes</podcast:locked>\n",
        "<itunes:author>Simulated Radio</itunes:author>\n<itunes:type>episodic</itunes:type>\n",
        "<itunes:explicit>false</itunes:explicit>\n",
        '<itunes:category text="Society &amp; Culture"><itunes:category text="Documentary" /></itunes:category>\n',
        f'<itunes:image href="https://{show.slug}.example/cover.jpg" />\n',
    ]
    lines += [_render_item(show, episode) for episode in newest_first]
    lines.append("</channel>\n</rss>\n")
    return "".join(lines).encode()


def _render_item(show: Show, episode: Episode) -> str:
    is_permalink = "true" if episode.guid.startswith("http") else "false"
    title = f"<![CDATA[{episode.title}]]>" if show.host == "transistor" else escape(episode.title)
    duration = f"<itunes:duration>{episode.duration_text}</itunes:duration>\n" if episode.duration_text else ""
    chapters = f'<podcast:chapters url="https://{show.slug}.example/{episode.host_id}.json" type="application/json+chapters" />\n'
    return (
        f"<item>\n<title>{title}</title>\n<itunes:title>{title}</itunes:title>\n"
        f'<guid isPermaLink="{is_permalink}">{escape(episode.guid)}</guid>\n'
        f"<pubDate>{rfc822(episode.published_at)}</pubDate>\n"
        f"<description><![CDATA[<p>{episode.title}</p>]]></description>\n"
        f'<enclosure url={quoteattr(episode.enclosure_url)} length="{episode.file_size}" type="audio/mpeg" />\n'
        f"{duration}<itunes:episodeType>{'trailer' if episode.duration_s == 48 else 'full'}</itunes:episodeType>\n"
        f'{chapters if episode.host_id % 5 == 0 else ""}<podcast:person role="host">Robin Reed</podcast:person>\n'
        '<podcast:person role="guest">Sam Sterling</podcast:person>\n</item>\n'
    )
