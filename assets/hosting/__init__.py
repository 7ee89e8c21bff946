"""Hosting platforms and logs: what was downloaded, by the hosts' own count and by ours."""
