"""What the sources say: the claims of five texts, and who believes which.

`ledger` holds the claims and their sources as they are; `sets` says whose figures a world or a
calibration believes. Nothing is read until one of them is asked, and neither needs numpy.
"""
