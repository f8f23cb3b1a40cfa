"""The browser page: `serve` starts it, `page` lays it out, `visit` is what a visitor can do."""
