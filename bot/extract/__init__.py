"""Reading pages: their head, their first real paragraph, their language. Pure: bytes in, values out."""
