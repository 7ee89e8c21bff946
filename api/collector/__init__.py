"""The collector: a second ASGI app that takes events and acknowledges only what is on disk. It reads no mart."""
