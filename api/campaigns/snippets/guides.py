"""The words of the set-up: which form of the script for whom, and the steps on each platform."""

# Form, title, note, template.
FORMS = (
    (
        "loader",
        "Inline loader",
        "Before </head> on every page. Calls made before the script has come are kept and sent. Under a content security policy "
        "give it the page's nonce, or allow its hash.",
        "loader",
    ),
    (
        "tag",
        "External tag, nothing inline",
        "Before </head> on every page. The one for a strict content security policy. It follows our fixes by itself.",
        "tag",
    ),
    (
        "pinned",
        "External tag, pinned",
        "One version for ever, whose bytes the browser checks. You take each new version by pasting this again.",
        "pinned",
    ),
    (
        "tag_manager",
        "Tag manager",
        "As a Custom HTML tag on all pages. Tag managers drop attributes of script tags: so this is the loader.",
        "loader",
    ),
)

# Platform, title, steps, code as (title, language, template).
GUIDES = (
    (
        "page",
        "Your own pages",
        (
            "Paste one of the forms above before </head> on every page.",
            "On the page after an order, add the call or, where no script may stand inline, the element. The order's id makes it "
            "count once, however often the page is loaded.",
            "Mark the field for promo codes with data-hostread-promo, and links worth counting with data-hostread-click.",
        ),
        (("The order as a call", "html", "order_call"), ("The order as an element", "html", "order_element")),
    ),
    (
        "shopify",
        "Shopify",
        (
            "Online Store, Themes, Edit code, layout/theme.liquid: paste the external tag before </head>. It sends the visits.",
            "Settings, Customer events, Add custom pixel: paste the code below, and connect it. It sends the orders from the "
            "checkout, where no theme code runs.",
            "Under the pixel's Customer privacy choose Required, Marketing and Analytics, as your law asks. Without consent the "
            "order counts and no household is matched.",
        ),
        (("The custom pixel", "javascript", "shopify_pixel"),),
    ),
    (
        "woocommerce",
        "WooCommerce",
        (
            "Put the code below into your child theme's functions.php, or into a plugin for code snippets.",
            "It loads the script on every page and marks the order on the thank-you page. Nothing stands inline.",
        ),
        (("functions.php", "php", "woocommerce"),),
    ),
    (
        "tag_manager",
        "Google Tag Manager",
        (
            "New tag, Custom HTML: paste the loader. Trigger: All Pages.",
            "New tag, Custom HTML: paste the order's call, its values from your data layer. Trigger: your purchase event.",
            "With consent mode, let both tags need analytics_storage, or add data-consent and call hostread.consent(true) once it "
            "was granted.",
        ),
        (("The loader", "html", "loader"), ("The order", "html", "order_call")),
    ),
    (
        "server",
        "Your server",
        (
            "Any client of Segment or RudderStack works: set the host and the write key, nothing else.",
            "Send each order under a message id made from its own id: a retry then counts once.",
            "Sign the request with a signing key of this site, and its revenue counts as verified.",
        ),
        (("curl", "shell", "curl"), ("Python", "python", "python"), ("Node", "javascript", "node")),
    ),
)
