"""Search of the shelf in Indonesian: what a person typed, and one page of what it finds.

`language` is pure; `understanding` looks the typed words up; `queries`, `by_price` and `facets`
walk the shelf; `vocabulary` suggests and marks. Design and figures: docs/adr/0006-search.md.
"""
