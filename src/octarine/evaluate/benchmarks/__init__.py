"""The public benchmarks of the field, read in their official formats from a folder that the user names.

Their rows do not ship. One folder for each; what they share is ``frame`` (the contract), ``files`` (reading)
and ``fetch`` (getting the data). The published figures stand beside ours as the paper's, never as measured
here.
"""
