"""What all drawn carriers share: letters, pages, shapes, and how a picture is handed over."""
