"""Mail: an address, the headers that every mail of ours bears, and the server that takes it. Reports and accounts send by it."""
