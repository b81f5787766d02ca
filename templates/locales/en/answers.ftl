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
file-reason-too-large = The file unpacks to more than can be read. Split it, or take pictures out of it.
file-reason-crashed = The file could not be read. Try to save it again as a PDF and upload that.
file-reason-missing = The file is missing from the disk. Please upload it again.
file-reason-pictures = These pages are pictures and could not be searched: { $pages }.
file-reason-unreadable = These pages could not be read: { $pages }.
file-reason-cut = Only the beginning of the file could be read.

thinking-tool-catalogue = Looking up “{ $query }”…

answer-lead-major = The catalogue lists this for the major. Please confirm your plan with your academic advisor:
answer-lead-prerequisites = The registrar's list has this on prerequisites:
answer-lead-schedule = The class schedule has these sections:
answer-lead-plan = Going by the catalogue, this is what is still to be taken and what of it can be:
answer-lead-syllabus = The curriculum describes it like this:
answer-lead-events = These events are announced for the days you ask about:
answer-more-events = { $count ->
    [one] There is one more.
   *[other] There are { $count } more.
}
answer-needs = To say which courses you could take next, I need to know a little more. Please tell me:
answer-needs-major = your major, and your track if it has one
answer-needs-year = your year of matriculation, or your class year
answer-needs-completed = the codes of the courses you have completed, or that you have none yet

catalogue-majors = Majors in the catalogue: { $value }.
catalogue-no-major = The catalogue has no major of this name.
catalogue-close = Majors of a similar name: { $value }.
catalogue-prerequisite = { $name } requires: { $value } (in force since { $first }, { $title }).
catalogue-no-prerequisite = { $name } has no prerequisite (in force since { $first }, { $title }).
catalogue-not-listed = Not found in { $title }: { $codes }.
catalogue-plan-note = This follows from the lists as loaded. Requirements may differ by year of matriculation: check them with your academic advisor before you register.
catalogue-no-schedule = No class schedule is loaded, so it is not known what is offered.
catalogue-no-prerequisites = No list of prerequisites is loaded, so they were not checked.
catalogue-open = You may take { $value }
catalogue-not-offered = Not in the class schedule: { $codes }
catalogue-blocked = { $name } is offered but not open to you yet. It requires: { $value }. Missing: { $codes }
catalogue-unclear = { $name } has a condition to check: { $value }
catalogue-met = { $name }: { $first } of { $last } course requirements are met by the courses you named
catalogue-still-required = Still required – { $value }
catalogue-also-required = Also asked for – { $value }
catalogue-section = section { $name }
catalogue-no-time = time not fixed
catalogue-credits = { $value } credits
catalogue-between-days = { ", " }
catalogue-day-mon = Mon
catalogue-day-tue = Tue
catalogue-day-wed = Wed
catalogue-day-thu = Thu
catalogue-day-fri = Fri
catalogue-day-sat = Sat
catalogue-day-sun = Sun
answer-lead-majors = The catalogue has these majors and tracks. Ask about the requirements of any of them:
catalogue-other-terms = The schedule has nothing for { $name }; these are of other terms.
catalogue-more = { $count ->
    [one] One more is not shown here.
   *[other] { $count } more are not shown here.
}
answer-weekday-mon = Monday, { $value }
answer-weekday-tue = Tuesday, { $value }
answer-weekday-wed = Wednesday, { $value }
answer-weekday-thu = Thursday, { $value }
answer-weekday-fri = Friday, { $value }
answer-weekday-sat = Saturday, { $value }
answer-weekday-sun = Sunday, { $value }
answer-event-place = at { $value }
answer-event-host = by { $value }
answer-event-speaker = speaker { $value }
answer-event-audience = open to { $value }
