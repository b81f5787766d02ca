# The dashboard's engine: sentences about any model.

admin-site-administration = Site administration
admin-home = Home
admin-skip = Skip to the page
admin-menu = Menu
admin-navigation = Models and pages
admin-breadcrumbs = Breadcrumbs
admin-messages = Messages
admin-welcome = Signed in as { $name }
admin-account = Account
admin-account-menu = Account: { $name }
admin-change-password = Change password
admin-second-factor = Second factor
admin-view-site = View site
admin-sign-out = Log out
admin-search-open = Search
admin-this-language = English
admin-language = Language
admin-theme = Theme
admin-theme-auto = Theme: automatic
admin-theme-light = Theme: light
admin-theme-dark = Theme: dark
admin-zone = Times are in { $zone }.
admin-keys = Keyboard
admin-error-prefix = Error:
admin-close = Close
admin-add = Add
admin-change = Change
admin-view = View
admin-yes = Yes
admin-no = No
admin-copy = Copy
admin-copied = Copied
admin-show-more = Show all of it
admin-show-less = Show less
admin-filter-menu = Filter the menu
admin-menu-nothing = Nothing has this name.
admin-menu-collapse = Collapse the menu
admin-menu-expand = Expand the menu

admin-sign-in = Log in
admin-username = Username
admin-password = Password
admin-signed-out = Logged out
admin-signed-out-text = Thank you for your work. Your session has ended.
admin-sign-in-again = Log in again
admin-wrong-password = Please enter the correct username and password for a staff account. Note that both fields may be case-sensitive.
admin-not-staff = You are authenticated as { $name }, but are not authorized to access this page. Would you like to login to a different account?
admin-wait = { $count ->
    [one] Too many failed attempts. Please wait one second.
   *[other] Too many failed attempts. Please wait { $count } seconds.
}
admin-correct-the-error = Please correct the error below.
admin-correct-the-errors = Please correct the errors below.

admin-no-permission-at-all = You don’t have permission to view or edit anything.
admin-recent-actions = Recent actions
admin-my-actions = My actions
admin-none-available = None available
admin-done-add = Added
admin-done-change = Changed
admin-done-delete = Deleted
admin-done-other = Done
admin-app-administration = { $app } administration
admin-period = Period
admin-period-24h = 24 hours
admin-period-7d = 7 days
admin-period-30d = 30 days
admin-period-90d = 90 days
admin-before = { $value } in the period before
admin-rose = rose
admin-fell = fell
admin-chart-file = { $title } as a CSV file
admin-chart-data = Data as a table
admin-chart-empty = Nothing in this period.
admin-download-csv = Download as CSV

admin-select-to-change = Select { $name } to change
admin-select-to-view = Select { $name } to view
admin-add-one = Add { $name }
admin-export = Export
admin-search = Search
admin-search-in = Search { $many }
admin-clear-search = Clear the search
admin-count = { $count ->
    [one] { $number } { $one }
   *[other] { $number } { $many }
}
admin-results = { $count ->
    [one] { $number } result
   *[other] { $number } results
}
admin-total = ({ $number } total)
admin-count-exactly = Count exactly
admin-active-filters = Filters in use
admin-remove-filter = Remove the filter { $filter }
admin-filters = Filters
admin-filter = Filter
admin-clear-filters = Clear all filters
admin-show-counts = Show counts
admin-hide-counts = Hide counts
admin-filter-by = By { $title }
admin-apply = Apply
admin-all = All
admin-any-date = Any date
admin-all-dates = All dates
admin-dates = Dates
admin-filter-none = None
admin-filter-some = Any
admin-filter-from = From
admin-filter-to = To
admin-filter-contains = Contains
admin-filter-key = Number or key
admin-filter-ignored = The filter in the address was not understood and was ignored.
admin-null-characters = Null characters are not allowed.
admin-lookup-from = from
admin-lookup-to = to
admin-lookup-gte = from
admin-lookup-gt = after
admin-lookup-lte = up to
admin-lookup-lt = before
admin-lookup-in = one of
admin-lookup-year = year
admin-lookup-month = month
admin-lookup-day = day
admin-lookup-icontains = contains
admin-lookup-istartswith = begins with
admin-span-today = Today
admin-span-yesterday = Yesterday
admin-span-last7d = Past 7 days
admin-span-last30d = Past 30 days
admin-span-this-month = This month
admin-span-last-month = Last month
admin-span-this-year = This year
admin-results-table = { $many }
admin-nothing-found = Nothing was found.
admin-nothing-yet = There is nothing here yet.
admin-sort-by = Toggle sorting
admin-sort-word = Sort by
admin-unsort = Remove from sorting
admin-sort-rank = Sorting priority: { $rank }
admin-action = Action
admin-action-none = ---------
admin-go = Go
admin-selected-none = None selected
admin-selected = %k of %n selected
admin-select-all = Select all on this page
admin-select-row = Select this object for an action - { $object }
admin-all-matching = { $count ->
    [one] All { $number } matching
   *[other] All { $number } matching
}
admin-delete-selected = Delete selected { $many }
admin-export-selected = Export selected { $many }
admin-no-action = No action selected.
admin-nothing-selected = Items must be selected in order to perform actions on them. No items have been changed.
admin-action-question = { $count ->
    [one] This applies to one { $one }.
   *[other] This applies to { $count } { $many }.
}
admin-action-yes = Yes, go on
admin-pages = Pages
admin-page-previous = Previous
admin-page-next = Next
admin-page-size = Rows per page
admin-show-all = Show all
admin-just-now = just now
admin-minutes-ago = { $count ->
    [one] 1 minute ago
   *[other] { $count } minutes ago
}
admin-hours-ago = { $count ->
    [one] 1 hour ago
   *[other] { $count } hours ago
}
admin-days-ago = { $count ->
    [one] 1 day ago
   *[other] { $count } days ago
}

admin-add-title = Add { $name }
admin-change-title = Change { $name }
admin-view-title = View { $name }
admin-save = Save
admin-save-and-add = Save and add another
admin-save-and-continue = Save and continue editing
admin-delete = Delete
admin-history = History
admin-today = Today
admin-now = Now
admin-date-of = Date of { $label }
admin-time-of = Time of { $label }
admin-in-zone = In { $zone }
admin-pick-hint = Type to search
admin-popup-key = You can close this window. Where it is to be chosen, its key is { $key }.
admin-pick-none = Nothing found
admin-pick-more = Show more
admin-pick-clear = Choose none
admin-pick-key = Key of the row
admin-boxes-available = Available { $label }
admin-boxes-chosen = Chosen { $label }
admin-boxes-filter = Filter
admin-boxes-choose = Choose
admin-boxes-remove = Remove
admin-boxes-choose-all = Choose all
admin-boxes-remove-all = Remove all
admin-required-mark = required
admin-grid-toggle = %name: all or none
admin-unsaved = There are changes that are not saved.
admin-conflict = Somebody else has changed this row since you opened it. Nothing was saved: compare, then save again to keep what you typed.
admin-conflict-title = Changed meanwhile
admin-conflict-field = Field
admin-conflict-theirs = As it is now
admin-conflict-yours = As you typed it
admin-added = The { $name } “{ $object }” was added successfully.
admin-added-again = The { $name } “{ $object }” was added successfully. You may edit it again below.
admin-added-another = The { $name } “{ $object }” was added successfully. You may add another { $name } below.
admin-changed = The { $name } “{ $object }” was changed successfully.
admin-changed-again = The { $name } “{ $object }” was changed successfully. You may edit it again below.
admin-changed-another = The { $name } “{ $object }” was changed successfully. You may add another { $name } below.
admin-deleted = The { $name } “{ $object }” was deleted successfully.
admin-row-missing = { $name } with ID “{ $key }” doesn’t exist. Perhaps it was deleted?

admin-required = This field is required.
admin-too-long = Ensure this value has at most { $max } characters (it has { $length }).
admin-not-unique = { $model } with this { $field } already exists.
admin-not-unique-any = A row with the same value already exists.
admin-reference-gone = Something that this row refers to does not exist any more, or something still refers to it.
admin-bad-email = Enter a valid email address.
admin-bad-web-address = Enter a valid web address that begins with https:// or http://.
admin-bad-date = Enter a valid date.
admin-bad-time = Enter a valid time.
admin-bad-integer = Enter a whole number.
admin-bad-number = Enter a number.
admin-too-small = Ensure this value is greater than or equal to { $min }.
admin-too-great = Ensure this value is less than or equal to { $max }.
admin-too-many-decimals = { $count ->
    [one] Ensure that there are no more than { $count } decimal place.
   *[other] Ensure that there are no more than { $count } decimal places.
}
admin-bad-value = Enter a valid value.
admin-bad-choice = Select a valid choice. { $value } is not one of the available choices.
admin-bad-reference = Select a valid choice. That choice is not one of the available choices.
admin-bad-key = “{ $value }” is not a valid value.

admin-are-you-sure = Are you sure?
admin-cannot-delete = Cannot delete { $name }
admin-delete-question = Are you sure you want to delete the { $name } “{ $object }”? All of the following related items will be deleted:
admin-delete-blocked = Deleting the { $name } “{ $object }” would result in deleting related objects, but your account doesn’t have permission to delete the following types of objects:
admin-removal-title = Deleting { $many }
admin-removal-waiting = Waiting for a worker: { $number } of { $max } deleted.
admin-removal-running = { $number } of { $max } deleted.
admin-removal-done = All { $max } deleted.
admin-removal-given-up = Given up after { $number } of { $max }. What is left can be deleted again; the job says why.
admin-removal-leave = It goes on when you leave this page.
admin-removal-again = Look again
admin-removal-list = Back to the list
admin-delete-many = Delete multiple objects
admin-delete-many-question = { $count ->
    [one] Are you sure you want to delete the selected row? The following objects and their related items will be deleted:
   *[other] Are you sure you want to delete the { $count } selected { $many }? All of the following objects and their related items will be deleted:
}
admin-delete-many-blocked = Deleting the selected { $many } would result in deleting related objects, but your account doesn’t have permission to delete the following types of objects:
admin-deleted-many = { $count ->
    [one] Successfully deleted 1 { $one }.
   *[other] Successfully deleted { $count } { $many }.
}
admin-delete-summary = Summary
admin-delete-objects = Objects
admin-delete-and-more = and { $number } more
admin-delete-yes = Yes, I’m sure
admin-delete-no = No, take me back
admin-delete-confirm = Please confirm that you mean it.
admin-delete-type-the-count = Please type the number of objects that would be deleted.
admin-delete-type-label = { $number } objects would be deleted. Type this number to go on
admin-password-again = Your password
admin-code = Code
admin-code-help = The six digits that your authenticator app shows.
admin-code-instead = Use a recovery code instead
admin-recovery-code = Recovery code
admin-recovery-code-help = One of the codes you kept when you set up the second factor. Each works once.
admin-code-title = One more step
admin-code-needed = Enter a code, or a recovery code.
admin-code-wrong = This code is not right, or has been used already. Wait for the next one and enter it.
admin-code-too-late = Please give your password again: too much time has passed, or this sign-in has been used.
admin-code-begin-again = Begin again
admin-password-needed-with-code = This step needs your password and a code once more.
admin-password-needed-wrong-with-code = The password or the code was not right. A code works only once: wait for the next one, and enter both again.
admin-password-needed = This step needs your password once more.
admin-password-needed-wrong = Your password was entered incorrectly. Please enter it again.

admin-history-title = Change history: { $object }
admin-history-when = Date/time
admin-history-who = User
admin-history-what = Action
admin-history-program = The program
admin-history-added = Added.
admin-history-deleted = Deleted.
admin-history-changed = Changed { $fields }.
admin-history-no-changes = No fields changed.
admin-history-none = This object has no change history. It was probably not added through this site.
admin-history-before = Before
admin-history-after = After
admin-history-newer = Newer
admin-history-older = Older
admin-list-comma = ,{ " " }
admin-list-and = { $first } and { $last }

admin-export-title = Export { $many }
admin-export-count = To be exported: { $count }
admin-export-fields = Fields
admin-export-all-fields = Select all
admin-export-format = Format
admin-export-options = Options
admin-export-mark = Begin with a mark, so that spreadsheets read Chinese right (csv, tsv)
admin-export-plain = Put an apostrophe before text that a spreadsheet would run as a formula
admin-export-labels = Use labels as heads of columns
admin-export-names = Add what references are called
admin-export-personal = Personal values are exported as they are.
admin-export-pseudonyms = Personal values are exported as pseudonyms: your account may not export them as they are.
admin-export-submit = Submit
admin-export-no-field = Select at least 1 field for “{ $many }” to export.
admin-export-old-format = { $format } is not written any more. xlsx opens in the same programs.
admin-export-too-long = A spreadsheet holds 1,048,575 rows. Narrow the list, or choose csv.

admin-search-title = Search everything
admin-search-hint = Words, names, keys. Put the name of a model and a colon before them to search it alone, such as user: or id:.
admin-search-nothing = Nothing was found for “{ $query }”.
admin-search-skipped = Left out, because they took too long: { $many }
admin-search-more = All results
admin-search-go = Go to
admin-palette-hint = Enter opens. Another Enter on the last line searches everything.

admin-error-not-found-title = Page not found
admin-error-not-found = There is no such page.
admin-error-forbidden-title = Permission needed
admin-error-forbidden = Your account may not do this.
admin-error-forbidden-permission = The missing permission is { $permission }.
admin-error-forged-title = The form has expired
admin-error-forged = The form came without the token of your session, or with an old one. Nothing was changed. Send it again if it was you who filled it in.
admin-error-send-again = Send again
admin-error-other-site-title = Refused
admin-error-other-site = The request came from another site and was refused.
admin-error-invalid-title = This cannot be understood
admin-error-too-large-title = Too large
admin-error-too-large = The form is larger than 2 MiB.
admin-error-slow-down-title = Too many requests
admin-error-slow-down = Please wait a moment before you go on.
admin-error-too-slow-title = This took too long
admin-error-too-slow = The database needed more than five seconds. Narrow the list with a filter.
admin-error-unavailable-title = Unavailable
admin-error-unavailable = The service cannot be used right now. Please try again in a moment.
admin-error-failed-title = Something went wrong
admin-error-failed = The error was logged. Nothing was changed.
admin-error-back = Back to the start
admin-form-unreadable = The form could not be read.
admin-not-a-form = This address takes forms only.
admin-too-many-fields = The form has more fields than are read. Choose fewer rows, or all that match.
admin-model = Model
admin-pick-failed = The search failed
admin-pick-count = %n found
admin-palette-everything = Search everything for “%q”
admin-palette-record = Record
admin-palette-placeholder = Page, record or key
admin-key-search = Search
admin-key-rows = Next and previous row
admin-key-select = Select the row
admin-key-open = Open the row
admin-key-save = Save the form
admin-key-list = This list
