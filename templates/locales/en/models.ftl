# The dashboard's words about our models.

dashboard-title = ChatDKU administration

section-chat = Chat
section-core = Core
section-access = Access
app-chat = Chat
app-core = Core
app-auth = Access

model-core-usermodel = user
model-core-usermodel-many = Users
model-auth-group = group
model-auth-group-many = Groups
model-chat-usersession = conversation
model-chat-usersession-many = Conversations
model-chat-chatmessages = message
model-chat-chatmessages-many = Messages
model-chat-feedback = feedback
model-chat-feedback-many = Feedback
feedback-questions = Questions to measure with
model-core-job = job
model-core-job-many = Jobs
model-core-mail = mail
model-core-mail-many = Outbox
model-core-auditentry = audit entry
model-core-auditentry-many = Audit log

verb-view = View
verb-add = Add
verb-change = Change
verb-delete = Delete
verb-export = Export
verb-download = Download
verb-redrive = Start again
verb-resend = Send again
verb-run = Run

fieldset-permissions = Permissions
fieldset-rights = Groups and permissions
fieldset-custom = Custom info
fieldset-review = Review
fieldset-times = Times
fieldset-mail = The mail
fieldset-object = What it is about

field-id = ID
field-username = Username
field-email = Email
field-wants_reports = Gets the reports by mail
field-kind = Kind
field-is_active = Active
field-is_staff = Staff
field-is_superuser = Superuser
field-is_admin = Admin (unused)
field-groups = Groups
field-user_permissions = User permissions
field-folder = Folder
field-last_login = Last sign-in
field-second_factor = Second factor
field-usable_password = Password-based authentication
field-password1 = Password
field-password2 = Password (again)
field-name = Name
field-members = Members
field-permissions = Permissions
field-title = Title
field-user_id = User
field-created_at = Created
field-updated_at = Changed
field-activity = Last activity
field-last_activity = Last activity
field-messages = Messages
field-feedback = Feedback
field-untitled = Title
field-active_run = Answer under way
field-active_until = Believed alive until
field-summary = Summary
field-summary_upto = Summary up to
field-role = Role
field-message = Message
field-session_id = Conversation
field-status = Status
field-sources = Sources
field-latency = Time to the end
field-time = Time
field-reason = Reason
field-feedback_reason = Reason
field-user_input = Question
field-gen_answer = Answer
field-question_id = Conversation named by the client
field-message_id = Message
field-state = State
field-assignee_id = Assignee
field-note = Note
field-conversation = Conversation
field-review = Review
field-opinion = Opinion
field-core-job-kind = Kind
field-recipient = Recipient
field-subject = Subject
field-html = Page
field-core-mail-dedupe = Name of the letter
field-core-mail-message_id = Message-ID
field-smtp_code = Answer of the mail server
field-tried_at = Last tried
field-sent_at = Sent
field-key = Key
field-seq = Place in its key
field-payload = Payload
field-attempt = Attempts
field-max_attempts = Most attempts
field-run_at = Not before
field-lease_owner = Worker
field-lease_until = Lease until
field-fence = Fence
field-dedupe = Name of the work
field-enqueued_at = Enqueued
field-started_at = Started
field-finished_at = Ended
field-error_code = Error
field-parent_id = Repeats
field-at = Time
field-event = Event
field-account_id = Account
field-actor_name = Who
field-ip_prefix = Network
field-detail = Details
field-request_id = Request
field-model = Model
field-object_key = Key of the row
field-object_text = Row
field-changes = Changes
field-source = Source

choice-kind-campus = Campus
choice-kind-local = Local
choice-kind-developer = Developer
choice-second_factor-on = On
choice-second_factor-off = Off
choice-usable_password-true = Enabled
choice-usable_password-false = Disabled
choice-untitled-yes = Without a title
choice-untitled-no = With a title
choice-feedback-yes = With feedback
choice-feedback-no = Without feedback
choice-role-user = Person
choice-role-bot = Assistant
choice-status-complete = complete
choice-status-streaming = being written
choice-status-stopped = stopped
choice-status-failed = failed
choice-status-interrupted = interrupted
choice-sources-yes = With sources
choice-sources-no = Answers without sources
choice-latency-slow = 5 s or more
choice-latency-quick = Under 5 s
choice-mark-good = Helpful
choice-mark-bad = Not helpful
choice-mark-both = Mixed
choice-reason-helpful = Helpful
choice-reason-not_correct = Not correct
choice-reason-not_clear = Not clear
choice-reason-not_relevant = Not relevant
choice-review-open = New
choice-review-seen = Seen
choice-review-fixed = Fixed
choice-review-dismissed = Dismissed
choice-opinion-good = Helpful
choice-opinion-bad = Not helpful
choice-state-new = New
choice-state-seen = Seen
choice-state-fixed = Fixed
choice-state-dismissed = Dismissed
choice-state-queued = queued
choice-state-sending = being sent
choice-state-retry = waits to be tried again
choice-state-sent = sent
choice-state-running = running
choice-state-retry_wait = waits to be tried again
choice-state-done = done
choice-state-dead = dead
choice-state-cancelled = called off

action-activate = Activate selected { $many }
action-activate-done = { $count ->
    [one] One account was activated.
   *[other] { $count } accounts were activated.
}
action-deactivate = Deactivate selected { $many }
action-deactivate-done = { $count ->
    [0] No account was deactivated: your own, a superuser’s or the last superuser’s is among them, or none was active.
    [one] One account was deactivated.
   *[other] { $count } accounts were deactivated.
}
action-end_sign_ins = End sign-ins of selected { $many }
action-end_sign_ins-done = { $count ->
    [one] One sign-in was ended.
   *[other] { $count } sign-ins were ended.
}
action-feedback_seen = Mark as seen
action-feedback_seen-done = { $count ->
    [one] One opinion was marked as seen.
   *[other] { $count } opinions were marked as seen.
}
action-feedback_fixed = Mark as fixed
action-feedback_fixed-done = { $count ->
    [one] One opinion was marked as fixed.
   *[other] { $count } opinions were marked as fixed.
}
action-feedback_dismissed = Dismiss
action-feedback_dismissed-done = { $count ->
    [one] One opinion was dismissed.
   *[other] { $count } opinions were dismissed.
}
action-redrive = Start dead { $many } again
action-redrive-done = { $count ->
    [one] One job was started again.
   *[other] { $count } jobs were started again.
}
action-cancel = Call off waiting { $many }
action-cancel-done = { $count ->
    [one] One job was called off.
   *[other] { $count } jobs were called off.
}
action-send_again = Send { $many } now or again
action-send_again-done = { $count ->
    [one] One mail is tried again.
   *[other] { $count } mails are tried again.
}
action-give_up = Give up waiting { $many }
action-give_up-done = { $count ->
    [one] One mail was given up.
   *[other] { $count } mails were given up.
}

event-identity-spoof = Identity header refused
event-csrf-refused = Request from another site refused
event-permission-refused = Permission refused
event-sign_in-ok = Signed in
event-sign_in-failed = Sign-in failed
event-sign_in-held_up = Sign-in held up
event-sign_in-proven = Password given again
event-sign_in-not_proven = Password given again, wrongly
event-sign_out = Signed out
event-session-ended = Session ended
event-second_factor-on = Second factor turned on
event-second_factor-off = Second factor turned off
event-second_factor-reset = Second factor reset
event-second_factor-new_codes = New recovery codes made
event-second_factor-recovery_code_used = Recovery code used
event-password-changed = Own password changed
event-admin-add = Added
event-admin-change = Changed
event-admin-delete = Deleted
event-admin-action = Action on rows
event-admin-export = Exported

conversation-untitled = Untitled
conversation-open = Open conversation
message-open = In its conversation
conversations-search-note = Titles, IDs and users are searched; of messages, the newest 20,000.
messages-search-note = The newest 20,000 messages are searched.
event-conversation-opened = Conversation opened

transcript-recorded = this visit is in the audit log
transcript-later = Later
transcript-earlier = Earlier
transcript-find = Find in this conversation
transcript-find-count = %k of %n
transcript-question = Question
transcript-answer = Answer
transcript-why = Why this answer
transcript-stages = Stages
transcript-searched = Passages found
transcript-nothing = Nothing was said yet.
transcript-facts = About this conversation
transcript-extractive = made of passages, without a model
transcript-fallback = { $model }, because the model did not answer
transcript-name-hidden = hidden
transcript-tokens = { $read } tokens read, { $written } written
transcript-repairs = { $count ->
    [one] One made-up reference or address taken out
   *[other] { $count } made-up references and addresses taken out
}
stage-greeting = Greeting
stage-search = Searching
stage-note-keywords_alone = by keyword alone: the search by meaning was not available
stage-model = Writing
stage-tools = Looking up
tool-search_documents = Search: { $query }
tool-read_document = Read on: { $query }
tool-list_events = Events: { $query }
tool-unknown = Unknown tool
stage-passages = Choosing passages

model-core-uploadedfile = uploaded file
model-core-uploadedfile-many = Uploaded files
model-core-document = document
model-core-document-many = Documents
model-core-chunk = chunk
model-core-chunk-many = Chunks
fieldset-stored = As it is stored
field-filename = File name
field-uploaded_time = Uploaded
field-stored_name = Name on the disk
field-size = Size
field-sha256 = SHA-256
field-pages = Pages
field-core-uploadedfile-reason = Why
field-owner_id = Owner
field-file_id = File
field-collection = Folder
field-path = Path
field-url = Address
field-access = Access
field-valid_from = Valid from
field-valid_to = Valid to
field-chunks = Chunks
field-validity = Validity
field-document_id = Document
field-page = Page
field-heading = Headings
field-text = Text
field-char_start = Begins at
field-char_end = Ends at
field-content_hash = Hash of the text
field-conversations = Conversations
field-files = Files
choice-state-processing = being read
choice-state-ready = ready
choice-state-partial = partly readable
choice-state-rejected = not readable
choice-state-failed = failed
choice-state-missing = missing
choice-validity-now = Valid now
choice-validity-past = No longer valid
choice-validity-future = Not yet valid
file-download = Download
chunks-search-note = The newest 50,000 chunks are searched.
event-file-downloaded = File downloaded
event-person-exported = Personal data taken out
event-person-erased = Personal data erased
event-admin-before = From the log of the service before
action-reingest = Read selected { $many } again
action-reingest-done = { $count ->
    [one] One file will be read again.
   *[other] { $count } files will be read again.
}
action-erase = Erase personal data of selected { $many }
action-erase-done = { $count ->
    [one] The personal data of one account was erased.
   *[other] The personal data of { $count } accounts was erased.
}
verb-erase = Erase
verb-disclose = Take out all data
verb-view_personal = View personal data
verb-export_personal = Export personal data
overview-questions = Questions
overview-people = People who asked
overview-uncited = Answers without sources
overview-helpful = Helpful answers
overview-feedback = Feedback
overview-good = Helpful
overview-bad = Not helpful
overview-uploads = Uploads
overview-failed-uploads = Failed uploads
overview-waiting-jobs = Jobs waiting or running
overview-dead-jobs = Dead jobs
overview-dead-mails = Mails that could not be sent
overview-times = Time to the whole answer
overview-p50 = Median
overview-p95 = 95th percentile
overview-answer-time = Answer time, 95th percentile
overview-when = When

model-core-major = major
model-core-major-many = Majors
model-core-majorrequirement = requirement of a major
model-core-majorrequirement-many = Requirements of majors
model-core-prerequisite = prerequisite
model-core-prerequisite-many = Prerequisites
model-core-classsection = class
model-core-classsection-many = Classes
model-core-curriculumcourse = course
model-core-curriculumcourse-many = Curriculum
field-words = Other names
field-entries = Items
field-loaded_at = Loaded
field-courses = Courses
field-core-majorrequirement-text = Requirement
field-core-majorrequirement-heading = Section
field-core-majorrequirement-document_id = Major
field-core-majorrequirement-seq = Place in the file
field-course = Course
field-rule = Requires
field-effective = In force since
field-term = Term
field-section = Section
field-class_number = Class number
field-days = Days
field-starts = Begins at
field-ends = Ends at
field-place = Place
field-instructor = Instructor
field-begins_on = First day
field-ends_on = Last day
field-credits = Credits
field-area = Area
field-core-curriculumcourse-description = Description
tool-lookup_major = Major: { $query }
tool-lookup_prerequisites = Prerequisites: { $query }
tool-lookup_schedule = Class schedule: { $query }
tool-recommend_courses = What to take: { $query }
tool-lookup_syllabus = Curriculum: { $query }
