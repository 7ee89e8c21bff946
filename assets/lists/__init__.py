"""Lists as versioned data (domain rules, section 1; docs/lists.md): sources, snapshots, versions composed of them, recounts."""
