def techniques():
    return ()
