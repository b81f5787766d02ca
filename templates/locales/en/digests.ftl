# The weekly report, and the letter of the chat's check.

digest-subject = ChatDKU: weekly report of { $value }
digest-title = Weekly report
digest-load = Load test
digest-load-note = The last one, which ended on { $value } ({ $zone }).
digest-load-none = There are no results of a load test.
digest-load-request = Request
digest-load-number = Number
digest-load-failed = Failed
digest-load-average = Average
digest-load-most = 95 %
digest-load-total = All
digest-feedback = What people say
digest-period = From { $first } to { $last }.
digest-total = { $count ->
    [one] One opinion; { $number } in as many days before.
   *[other] { $count } opinions; { $number } in as many days before.
}
digest-said = Opinion
digest-now = Now
digest-before = Before
digest-said-helpful = Helpful
digest-said-not_correct = Not correct
digest-said-not_clear = Not clear
digest-said-not_relevant = Not relevant
digest-said-own_words = In their own words
digest-themes = Themes
digest-themes-note = Phrased by the language model from the complaints; what is quoted is word for word.
digest-no-themes = The language model has phrased nothing that could be shown here; the counts and examples are complete without it.
digest-examples = Latest complaints
digest-all = All complaints of this time

check-subject = ChatDKU: the chat does not answer as it should
check-often = Within an hour, requests of the check have gone wrong or were answered too shortly { $count } times or more.
check-last = The last check: { $number } requests, { $one } of them failed, { $many } answered too shortly.
check-broken = The last check could not be run; the log says why.
check-again = The count begins anew: if this goes on, there will be another mail.
