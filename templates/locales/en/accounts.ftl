password-short = This password is too short. It must contain at least { $min } characters.
password-long = This password is too long. It may contain at most { $max } characters.
password-numeric = This password is entirely numeric.
password-common = This password is too common.
password-like-name = The password is too similar to the username.
password-like-email = The password is too similar to the email address.
