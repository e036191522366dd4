"""Picture files, one and many.

::

    pictures.py     read and written, with what they carry beside the pixels
    metadata.py     that, kept byte for byte
    deep.py         those of 16 bits
    folders.py      many of them, with progress and resume
    ray_folders.py  a million of them, on Ray Data
"""

from octarine.watermark.files.pictures import (
    FORMATS,
    Picture,
    decode_picture,
    encode_picture,
    read_picture,
    write_picture,
)

__all__ = ["FORMATS", "Picture", "decode_picture", "encode_picture", "read_picture", "write_picture"]
