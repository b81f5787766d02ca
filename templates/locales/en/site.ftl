# The main site.

site-skip = Skip to the conversation
site-account = Account
site-dashboard = Dashboard
site-privacy = Privacy
site-my-data = Download my data
site-this-language = English
site-signed-in-as = Signed in as
site-sign-out = Sign out
site-signed-out = You are signed out here
site-signed-out-text = If the campus sign-on does not open by itself, go there to sign out of it, too.
site-sign-out-further = Sign out of the campus sign-on
site-debug-banner = Development profile: everybody on this machine is the developer. Never open it to a network.
site-menu = Conversations and files
site-menu-close = Close
site-sidebar = Conversations and files
site-to-start = To the start page

site-new = New conversation
site-conversations = Conversations
site-search = Search conversations
site-no-conversations = No conversations yet.
site-nothing-found = No conversation has these words.
site-untitled = New conversation
site-rename = Rename
site-title = Title
site-save = Save
site-delete = Delete
site-delete-yes = Delete for good
site-delete-conversation = The conversation and its answers are deleted for good.

site-files = Your files
site-upload = Upload
site-upload-choose = Choose a PDF
site-upload-hint = PDF up to 10 MB. Only you can ask about it.
site-uploading = Uploading…
site-delete-file = The file and everything read from it are deleted for good.
site-pages = { $count ->
    [one] 1 page
   *[other] { $count } pages
}
site-file-queued = waiting
site-file-processing = being read
site-file-ready = ready
site-file-partial = partly readable
site-file-rejected = not readable
site-file-failed = failed
site-file-missing = missing

site-welcome = What would you like to know?
site-welcome-text = Ask about courses, requirements, services and campus life. Answers quote the documents they come from. Or upload a PDF and ask about that.
site-no-documents = No campus documents are loaded yet. Whoever runs this service adds them with:
site-no-documents-own = Your own PDFs can be asked about right away.
site-question = Your question
site-question-hint = Ask ChatDKU…
site-ask = Ask
site-ask-hint = Enter sends, Shift+Enter begins a new line. Answers can be wrong: check the passages they quote.
site-ask-failed = The question could not be sent. It is still here: please try again.
site-ask-locked = One of your files is still being read. Ask again when it is ready.
site-ask-conflict = The last question of this conversation is still being answered. Ask again when it has its answer.
site-ask-invalid = This question cannot be asked as it stands. It needs between 1 and 8,000 characters and sources that exist.

site-dictate = Dictate
site-dictation-starting = Waiting for the microphone…
site-dictation-recording = Recording. Press the button again to end, or Escape to throw it away.
site-dictation-transcribing = Writing down what you said…
site-dictation-done = The words are in your question. Check them before you ask.
site-dictation-nothing = No words were understood. Please try again.
site-dictation-cancelled = The recording was thrown away.
site-dictation-denied = The microphone may not be used. Allow it for this site in your browser, then try again.
site-dictation-missing = No microphone was found.
site-dictation-busy = That were many recordings at once. Wait a moment and try again.
site-dictation-failed = What you said could not be written down. Please try again in a moment.

site-sources = Sources
site-source-campus = Campus documents
site-sources-none = Upload a PDF to ask about it.
site-sources-hint = Answers quote the sources chosen here.

site-you = You
site-thinking = Thinking…
site-stop = Stop
site-look-again = Show the answer
site-offline = The connection broke off. The answer is still being made: load the page again to see it.
site-references = References
site-page = page { $page }
site-quote = Show the passage
site-copy = Copy
site-copied = Copied
site-rate-helpful = Helpful
site-rate-not = Not helpful
site-rate-not_correct = Not correct
site-rate-not_clear = Not clear
site-rate-not_relevant = Not relevant
site-rate-words = In your own words
site-rated = Thank you for your feedback.
site-send = Send
site-answer-stopped = This answer was stopped.
site-answer-failed = This answer could not be finished. Please ask again.
site-answer-interrupted = This answer broke off. Please ask again.

site-error-sign-in-title = Please sign in
site-error-sign-in = Open ChatDKU through the campus sign-on: it tells us who you are.
site-error-not-found-title = Nothing here
site-error-not-found = This page does not exist, or it is not yours.
site-error-forbidden-title = Not allowed
site-error-forbidden = You may not do this. If you came from another site, open ChatDKU itself and try again.
site-error-slow-down-title = A little slower, please
site-error-slow-down = That were many requests in a short time. Wait a minute and try again.
site-error-unavailable-title = Out of order
site-error-unavailable = Something failed on our side. Nothing you have saved is lost. Please try again in a moment.
site-error-other-title = That did not work
site-error-other = The request could not be understood. Go back and try again.

upload-no-file = Choose a PDF first.
upload-not-pdf = This is not a PDF.
upload-empty = The file is empty.
upload-too-large = The file is larger than 10 MB.
upload-too-many = You have as many files as you may keep. Delete some first.
upload-too-much = Your files take as much space as they may. Delete some first.
upload-disk-full = There is no room for files at the moment. Please try again later.
upload-busy = Too many uploads at once. Wait for them and try again.
upload-broke-off = The upload broke off. Please try again.
