"""The mark in video: the picture scheme's carriers, in the luma of every frame.

::

    planes.py   luma of a decoded frame, seen and written in place
    shots.py    where one shot ends and the next begins
    embed.py    the mark into one frame after the other
    source.py   a video file, read packet by packet
    target.py   the file that it becomes, with everything beside the picture as it was
    mark.py     a whole video marked, frame by frame
    listen.py   frames added up, then looked for and read as a picture is
    labels.py   which frames are ours
    detect.py   a whole video, in one pass
"""
