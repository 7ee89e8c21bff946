"""The user agents of the simulated internet: real strings of podcast apps, browsers, watches and bots.

No app or browser here is one that the public crawler lists name (Overcast and the Pocket Casts feed parser are, so they
are left out); a test holds every string against those lists.
"""

PHONE_APPS = (
    "AppleCoreMedia/1.0.0.21F90 (iPhone; U; CPU OS 17_5_1 like Mac OS X; en_us)",
    "AppleCoreMedia/1.0.0.20G75 (iPhone; U; CPU OS 16_6 like Mac OS X; en_gb)",
    "AppleCoreMedia/1.0.0.22A3354 (iPhone; U; CPU OS 18_0 like Mac OS X; de_de)",
    "Podcasts/1630.46 CFNetwork/1496.0.7 Darwin/23.5.0",
    "Podcasts/1575.2.1 CFNetwork/1474 Darwin/23.0.0",
    "Podcasts/4024.700.5 CFNetwork/1568.100.1 Darwin/24.0.0",
    "Spotify/8.9.42 Android/34 (SM-S911B)",
    "Spotify/8.8.96 iOS/17.5.1 (iPhone15,2)",
    "Pocket Casts",
    "Castro 2024.5/1550",
    "AntennaPod/3.4.0",
    "Podcast Addict/2024.5 (Android 14; SM-G998B)",
    "PodcastAddict/v5 (+https://podcastaddict.com/; Android podcast app)",
    "CastBox/8.30.0-240522153 (Linux;Android 13) ExoPlayerLib/2.18.5",
    "AmazonMusic/24.7.0 iPhone14,5 CFNetwork/1496.0.7 Darwin/23.5.0",
    "Player FM",
    "iHeartRadio/10.32.0 (Android 14; Pixel 7)",
    "Deezer/7.0.30.1 (Android; 13; Mobile; us) Google Pixel 6",
)
HOME_APPS = (
    "AppleCoreMedia/1.0.0.21K79 (HomePod; U; CPU OS 17_2 like Mac OS X; en_us)",
    "Alexa/2.2.556530.0 (Linux;Android 9) ExoPlayerLib/1.5.9",
    "AppleCoreMedia/1.0.0.23F79 (Macintosh; U; Intel Mac OS X 14_5; en_us)",
    "Spotify/124400561 Win32_x86_64/0 (PC laptop)",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Safari/605.1.15",
)
BROWSERS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/125.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Safari/605.1.15",
    "Mozilla/5.0 (X11; Linux x86_64; rv:126.0) Gecko/20100101 Firefox/126.0",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/17.5 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/125.0.0.0 Mobile Safari/537.36",
)
# The second downloads of an Apple Watch (domain rules, section 1, rule `watch`).
WATCHES = (
    "atc/1.0 watchOS/10.2 model/Watch6,7 hwp/t8301 build/21S364 (6; dt:249)",
    "atc/1.0 watchOS/9.6 model/Watch5,4 hwp/t8006 build/20U73 (6; dt:202)",
    "Podcasts/1575.2.1 (null)/(null) watchOS/10.2 model/Watch6,7 hwp/t8301 build/21S364 (6; dt:249)",
)
LISTED_BOTS = (
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)",
    "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
    "Mozilla/5.0 (compatible; SemrushBot/7~bl; +http://www.semrush.com/bot.html)",
    "Mozilla/5.0 (compatible; YandexBot/3.0; +http://yandex.com/bots)",
    "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
    "python-requests/2.32.3",
)
# On no list: one says itself that it is a bot, one says nothing.
UNLISTED_BOTS = ("Acme Audio Archiver/1.4 (podcast bot; +https://archiver.example/bot)", "")
BOTS = LISTED_BOTS + UNLISTED_BOTS

APPS = PHONE_APPS + HOME_APPS
KINDS: dict[str, str] = (
    dict.fromkeys(APPS, "app") | dict.fromkeys(BROWSERS, "browser") | dict.fromkeys(WATCHES, "watch") | dict.fromkeys(BOTS, "bot")
)


def is_progressive(agent: str) -> bool:
    """Whether the player fetches a file in ranges rather than at once."""
    return agent.startswith(("AppleCoreMedia", "Mozilla", "Alexa", "CastBox"))
