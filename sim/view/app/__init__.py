"""The browser page: `serve` starts it, `page` lays it out, `session` is what a visitor can do."""
