"""Office files: ZIP archives of XML, without macros and without links outside."""

from octarine.redteam.carriers.files.office import docx, open_formats, pptx, xlsx

TECHNIQUES = (*docx.TECHNIQUES, *xlsx.TECHNIQUES, *pptx.TECHNIQUES, *open_formats.TECHNIQUES)
