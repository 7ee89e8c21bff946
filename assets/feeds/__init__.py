"""RSS and Atom feeds: what a show says of itself and of its episodes."""
