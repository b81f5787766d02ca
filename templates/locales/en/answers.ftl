# What answers say in their own name, and the lines that show what is being done.

thinking-searching = Searching the documents…
thinking-found = { $count ->
    [0] Found no passage that fits.
    [one] Reading one passage…
   *[other] Reading { $count } passages…
}
thinking-without-model = The language model is not available; answering from the passages themselves…
thinking-line = The language model is busy; you are number { $count } in line…
thinking-tool-search = Searching for “{ $query }”…
thinking-tool-read = Reading on…
thinking-tool-events = Looking at the events…
thinking-still = Still working on it…

answer-greeting = Hello! I am ChatDKU, the campus assistant of Duke Kunshan University. Ask me about courses, requirements, services and campus life, or upload a PDF and ask about that.
answer-lead = These passages from the documents fit your question best. They are quoted as they stand:
answer-lead-own = These passages from your documents fit your question best. They are quoted as they stand:
answer-outdated = Some of these passages come from documents that may be outdated.
answer-advice = Please read the passage where it stands before you rely on it, and ask the office in charge when in doubt.
answer-not-found = I could not find an answer to this in the campus documents. Try other words or the full name of the course, office or programme, or ask the office in charge: for courses the Registrar, for degree plans your academic advisor, for everything else Student Affairs.
answer-not-found-own = I could not find an answer to this in the documents you chose. Try words that stand in the document itself, or choose other documents. Pages that are pictures of text cannot be searched.

file-reason-password = The PDF has a password. Save a copy without one and upload that.
file-reason-broken = The file could not be read as a PDF. It may be damaged.
file-reason-no-text = The PDF holds no text, perhaps only pictures of it. Run text recognition (OCR) on it and upload the result.
file-reason-crashed = The file could not be read. Try to save it again as a PDF and upload that.
file-reason-missing = The file is missing from the disk. Please upload it again.
file-reason-pictures = These pages are pictures and could not be searched: { $pages }.
file-reason-unreadable = These pages could not be read: { $pages }.
file-reason-cut = Only the beginning of the file could be read.
