# What is said in README.txt of the archive of a person's data.

person-readme-title = ChatDKU: all that is known of one person
person-readme-about = Text is in UTF-8, times are in UTC. The entries were read one after another; this was begun at
person-entry-account = the account: its name (of a campus account the hash of the NetID), address, flags, groups, permissions
person-entry-conversations = conversations, each with its messages; these with their sources, your feedback, and how the answer was made
person-entry-feedback = all feedback you gave, also about answers that are gone
person-entry-files = your files: names, sizes, pages, how far they were read, and the entry that holds each
person-entry-files-folder = the files themselves
person-entry-sessions = where you are signed in: times, network, browser
person-entry-audit = what you did, as the audit log has it, with time and network
person-entry-mails = mails to your address: kind, subject and times
person-without = Not in it:
person-without-derived = what is made of your files for searching: their text in pieces, and numbers for these
person-without-working = what the program needs for its work, for minutes or days: the log of an answer that is being made, jobs, counts of requests and of failed sign-ins
person-without-secrets = secrets, by which somebody else could pass for you: the key of a second factor and recovery codes; nor the hash of a password and tokens of sessions
person-without-others = what is about others: notes of those who review feedback, names and contents of rows that you changed as staff, the text of mails
