"""HTTP itself: problems, pages, conditional requests, middleware, the finishing of OpenAPI."""
