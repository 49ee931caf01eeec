"""A user's own pictures in, images as networks take them out.

`reading.read` takes what a user names, `preparation.prepare` one picture, and `decoding.decode`
the bytes of one. What prepares needs neither files nor pandas.
"""
