"""The elements that feeds are known to have, by namespace: what is none of these is new, and is shown (schema drift). Pure data.

Sources: the RSS 2.0 specification, RFC 4287 and RFC 5005, Apple's podcast requirements, and the Podcasting 2.0 namespace
(podcastindex.org/namespace/1.0). An element that is not known is kept all the same.
"""

from collections.abc import Mapping

# Part of the namespace's address → our prefix for it. Hosts write http and https, and Podcasting 2.0 began at a GitHub address.
PREFIXES: tuple[tuple[str, str], ...] = (
    ("podcastindex.org/namespace", "podcast"), ("podcast-namespace", "podcast"), ("itunes.com/dtds/podcast", "itunes"),
    ("w3.org/2005/atom", "atom"), ("purl.org/atom", "atom"), ("purl.org/rss/1.0/modules/content", "content"),
    ("purl.org/rss/1.0/modules/syndication", "sy"), ("purl.org/rss/1.0/modules/slash", "slash"), ("purl.org/rss/1.0/", ""),
    ("backend.userland.com/creativecommons", "cc"), ("backend.userland.com", ""), ("my.netscape.com/rdf", ""),
    ("purl.org/dc/", "dc"), ("search.yahoo.com/mrss", "media"),
    ("google.com/schemas/play-podcasts", "googleplay"), ("wellformedweb.org", "wfw"), ("purl.org/syndication/thread", "thr"),
    ("podlove.org/simple-chapters", "psc"), ("bitlove.org", "bitlove"), ("feedburner", "feedburner"), ("rawvoice.com", "rawvoice"),
    ("creativecommons.org", "cc"), ("spotify.com/ns/rss", "spotify"),
    ("schema.acast.com", "acast"), ("radiofrance", "radiofrance"), ("podaccess.com", "podaccess"),
    ("omny.fm/rss-extensions", "omny"),
    ("fireside.fm", "fireside"), ("anchor.fm", "anchor"), ("georss.org", "georss"), ("w3.org/2003/01/geo", "geo"),
    ("w3.org/1999/02/22-rdf", "rdf"), ("w3.org/1999/xhtml", "xhtml"), ("webns.net/mvcb", "admin"), ("purl.org/net/rss1.1", ""),
    ("opensearch", "opensearch"), ("source.scripting.com", "source"), ("blogchannel", "blogchannel"),
    ("schemas.pocketcasts", "pocketcasts"),
)  # fmt: skip


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Where a new element of a known namespace matters, its elements; the other namespaces of PREFIXES are known as a whole.
KNOWN: Mapping[str, frozenset[str]] = {
    "": _words(
        "rss channel item title link description language copyright managingeditor webmaster pubdate lastbuilddate category "
        "generator docs cloud ttl image url width height rating textinput name skiphours hour skipdays day author comments "
        "enclosure guid source expirationdate fullitem"
    ),
    "atom": _words(
        "feed entry title link id updated published author contributor name uri email category generator icon logo rights "
        "subtitle summary content source tagline modified issued created complete archive"
    ),
    "itunes": _words(
        "author block category complete duration email episode episodetype explicit image isclosedcaptioned keywords name "
        "new-feed-url order owner season subtitle summary title type link applepodcastsverify"
    ),
    "podcast": _words(
        "alternateenclosure block chapters chat contentlink episode funding guid images image integrity license liveitem live "
        "livevalue location locked medium person podping podroll publisher remoteitem season socialinteract soundbite source "
        "trailer transcript txt updatefrequency value valuerecipient valuetimesplit recommendations social contact id"
    ),
}
