"""A photo as a clerk's phone takes it, drawn here so that nobody's picture is needed."""

from __future__ import annotations

import io

from PIL import Image, ImageDraw

SIZE = (480, 360)
TRAY, EGG, EDGE, WET = (178, 158, 128), (222, 178, 138), (150, 108, 74), (120, 104, 80)
ROWS, COLUMNS = 5, 6
BROKEN = {(3, 2), (3, 3), (4, 2)}
"""Where in the tray the broken eggs lie."""


def broken_eggs() -> bytes:
    """A tray of thirty eggs seen from above, three of them broken: a JPEG, always the same."""
    image = Image.new("RGB", SIZE, TRAY)
    draw = ImageDraw.Draw(image)
    width, height = SIZE[0] // COLUMNS, SIZE[1] // ROWS
    for row in range(ROWS):
        for column in range(COLUMNS):
            left, top = column * width, row * height
            box = (left + 10, top + 8, left + width - 10, top + height - 8)
            draw.ellipse(box, fill=EGG, outline=EDGE, width=2)
            if (row, column) in BROKEN:
                draw.ellipse((box[0] + 12, box[1] + 12, box[2] - 8, box[3] - 8), fill=WET)
                crack = [(box[0] + 4, box[1] + 20), (left + 36, top + 30), (box[2] - 6, top + 22)]
                draw.line(crack, fill=EDGE, width=3)
    made = io.BytesIO()
    image.save(made, "JPEG", quality=80)
    return made.getvalue()
