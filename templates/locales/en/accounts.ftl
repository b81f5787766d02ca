password-short = This password is too short. It must contain at least { $min } characters.
password-long = This password is too long. It may contain at most { $max } characters.
password-numeric = This password is entirely numeric.
password-common = This password is too common.
password-like-name = The password is too similar to the username.
password-like-email = The password is too similar to the email address.

account-password = Password
account-name-bad = A username has 1 to 100 characters, none of them a control character.
account-name-like-campus = This username looks like that of a campus account; choose a plain one.
account-name-taken = A user with that username already exists.
account-passwords-differ = The two password fields didn’t match.
account-old-password-wrong = Your old password was entered incorrectly. Please enter it again.
account-password-later = Too many passwords are being set right now. Please try again in a moment.
account-conflicting = Conflicting form data submitted. Please try again.
account-superuser = Only a superuser may do this to a superuser, or make one.
account-oneself = Nobody deactivates or demotes their own account.
account-last-superuser = This is the last superuser who can sign in.
account-not-held = You can only give permissions that you hold. You do not hold: { $codes }
account-forbidden = Your account may not do this.
account-rule-similar = The password can’t be too similar to the other personal information.
account-rule-length = The password must contain at least { $min } characters and at most { $max }.
account-rule-common = The password can’t be a commonly used one.
account-rule-numeric = The password can’t be entirely numeric.
account-change-password-of = Change password: { $name }
account-set-password-of = Set password: { $name }
account-enable-password = Enable password-based authentication
account-disable-password = Disable password-based authentication
account-password-changed = Password changed successfully.
account-password-disabled = Password-based authentication was disabled.
account-password-changed-title = Password change successful
account-password-own-changed = Your password was changed.
account-password-lost = Saving replaces the current password; the account’s sessions end.
account-old-password = Old password
account-new-password = New password
account-new-password-again = New password (again)
account-sessions = Where you are signed in
account-session-browser = Browser
account-session-network = Network
account-session-realm = Signed in with
account-session-began = Since
account-session-seen = Last used
account-session-current = This one
account-session-end = End
account-session-end-others = End all others
account-session-ended = The session was ended.
account-realm-sso = Campus sign-on
account-realm-password = Password

account-reset-second-factor = Reset second factor
second-factor-about = With a second factor, signing in takes your password and a code that an authenticator app on your phone shows, so that nobody gets in with your password alone. Any app for time-based codes will do.
second-factor-not-here = This account does not sign in here with a password, so a second factor does not apply: the campus sign-on decides what it asks for.
second-factor-no-key = Second factors cannot be set up on this server yet: their secrets are stored encrypted, and the setting FIELD_ENCRYPTION_KEY, which holds the key, is missing. Ask those who run the server.
second-factor-required = Your account needs a second factor. Set one up to go on.
second-factor-required-off = A second factor is required here: after turning it off you will be asked to set one up again, for example on a new phone.
second-factor-set-up = Set up a second factor
second-factor-step-app = Open an authenticator app on your phone and choose to add an account.
second-factor-step-picture = Scan this picture with it.
second-factor-picture = QR code with the key of your account
second-factor-key = Or type this key into the app:
second-factor-key-name = Key
second-factor-open-app = Open in an app on this device
second-factor-step-code = Enter the code that the app shows now.
second-factor-turn-on = Turn on
second-factor-code-wrong = This code does not belong to this key. Check that the clock of your phone is right, and enter the code that the app shows now.
second-factor-too-late = Setting up took too long, or was begun again elsewhere. Please begin again.
second-factor-since = Your second factor has been on since { $value }
second-factor-left = { $count ->
    [0] You have no recovery codes left. Make new ones.
    [one] You have one recovery code left.
   *[other] You have { $count } recovery codes left.
}
second-factor-change = To make new recovery codes, which replace the old ones, or to turn the second factor off, give your password and a code.
second-factor-new-codes = Make new recovery codes
second-factor-turn-off = Turn off
second-factor-turned-off = The second factor was turned off. All other sign-ins of your account were ended.
second-factor-is-on = The second factor is on already.
second-factor-is-off = No second factor is on.
second-factor-codes = Recovery codes
second-factor-codes-made = Your second factor is on, and these recovery codes are the ones that count.
second-factor-codes-about = Keep them somewhere safe, not on your phone: each lets you sign in once when you do not have your app. They are shown only now.
second-factor-codes-of = Recovery codes: { $name }
second-factor-codes-copy = Copy all
second-factor-codes-print = Print
second-factor-codes-kept = I have kept them
second-factor-reset-question = Take the second factor of { $name } away? They can then sign in with their password alone, their recovery codes are void, and all their sign-ins end. Make sure first that it is really they who ask.
second-factor-none-to-reset = { $name } has no second factor.
second-factor-was-reset = The second factor of { $name } was reset.
second-factor-own-page = Your own second factor is turned off on its own page, with a code.

letter-second-factor-on-subject = ChatDKU: second factor turned on
letter-second-factor-on = A second factor was turned on for your account { $name } at { $value } ({ $zone }). Signing in now takes your password and a code.
letter-second-factor-off-subject = ChatDKU: second factor turned off
letter-second-factor-off = The second factor of your account { $name } was turned off at { $value } ({ $zone }). Signing in now takes your password alone.
letter-second-factor-reset-subject = ChatDKU: second factor reset
letter-second-factor-reset = An administrator took away the second factor of your account { $name } at { $value } ({ $zone }). Signing in now takes your password alone; please set up a new second factor.
letter-new-recovery-codes-subject = ChatDKU: new recovery codes
letter-new-recovery-codes = New recovery codes were made for your account { $name } at { $value } ({ $zone }). The old ones are void.
letter-recovery-code-used-subject = ChatDKU: a recovery code was used
letter-recovery-code-used = { $count ->
    [0] A recovery code of your account { $name } was used at { $value } ({ $zone }). None is left: please make new ones.
    [one] A recovery code of your account { $name } was used at { $value } ({ $zone }). One is left: please make new ones.
   *[other] A recovery code of your account { $name } was used at { $value } ({ $zone }). { $count } are left.
}
letter-not-you = If this was not you, change your password at once and tell those who run ChatDKU.

account-sessions-of = Sessions of { $name }
account-sessions-short = Sessions
account-sessions-none = The account is signed in nowhere.
account-sessions-back = Back to the account
account-session-end-all = End all
account-data = Personal data
account-data-of = Personal data of { $name }
account-data-about = A ZIP archive with all that is known of this person: account, conversations with sources, feedback, uploaded files, sessions, what they have done, mails. README.txt in it says what each entry is, and what is left out.
account-data-hand-over = Hand it over to the person themselves, on a way that nobody else can read. That it was taken is noted in the audit log.
account-data-take = Take out the data
