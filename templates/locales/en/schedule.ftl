# Scheduled tasks. One line for each task of `src/schedule.rs`: its name with `_` for `.`.

choice-task-chat_tasks_clean_empty_sessions = Delete old empty conversations
choice-task-chat_tasks_clean_admin_session = Delete conversations of load tests
choice-task-chat_tasks_chat_load_test_daily = Check whether chat answers
choice-task-chat_tasks_chat_load_test_weekly = Run the weekly load test
choice-task-chat_tasks_email_weekly_load = Send the weekly report
choice-task-chat_tasks_delete_locust_logs = Delete old results of load tests
choice-task-chat_tasks_ping_model = Ask whether the model is there
choice-task-core_tasks_update_user_chroma = Tidy the queue of jobs
choice-task-celery_backend_cleanup = Delete old results
choice-task-housekeeping = Delete ended sessions and old counts
choice-task-retention = Delete what has been kept long enough
choice-task-files_sweep = Sweep uploaded and temporary files
choice-task-documents_embed = Embed documents that have no vectors
choice-task-documents_sweep = Sweep files of campus documents

section-scheduler = Scheduler
app-django_celery_beat = Periodic tasks
app-django_celery_results = Task results
model-django_celery_beat-periodictask = periodic task
model-django_celery_beat-periodictask-many = Periodic tasks
model-django_celery_beat-crontabschedule = crontab
model-django_celery_beat-crontabschedule-many = Crontabs
model-django_celery_beat-intervalschedule = interval
model-django_celery_beat-intervalschedule-many = Intervals
model-django_celery_beat-clockedschedule = single time
model-django_celery_beat-clockedschedule-many = Single times
model-django_celery_beat-solarschedule = solar event
model-django_celery_beat-solarschedule-many = Solar events
model-django_celery_results-taskresult = task result
model-django_celery_results-taskresult-many = Task results
model-django_celery_results-groupresult = group result
model-django_celery_results-groupresult-many = Group results

fieldset-schedule = Schedule
fieldset-solar = Carried over
fieldset-arguments = Arguments
fieldset-execution = Execution options
fieldset-original = Of the earlier service
fieldset-runs = Last runs
fieldset-result = Result

field-task = Task
field-known = State
field-enabled = Enabled
field-description = Description
field-interval_id = Interval
field-crontab_id = Crontab
field-clocked_id = Single time
field-solar_id = Solar event
field-start_time = Start time
field-one_off = One-off
field-last_run_at = Last run
field-total_run_count = Runs
field-next_run_at = Next run
field-scheduled_from = Scheduled since
field-date_changed = Changed
field-args = Arguments
field-kwargs = Named arguments
field-expires = Expires
field-expire_seconds = Expires after (seconds)
field-queue = Queue
field-exchange = Exchange
field-routing_key = Routing key
field-priority = Priority
field-headers = Headers
field-schedule = Schedule
field-next_run = Next run
field-next_runs = Next runs
field-outcome = Last outcome
field-duration = Duration
field-strip = Last 20 runs
field-standard = Default
field-reading = In words
field-runs = Last runs
field-minute = Minute
field-hour = Hour
field-day_of_month = Day of month
field-month_of_year = Month
field-day_of_week = Day of week
field-timezone = Time zone
field-changed_at = Changed
field-every = Every
field-period = Unit
field-clocked_time = Time
field-django_celery_beat-solarschedule-event = Event
field-latitude = Latitude
field-longitude = Longitude
field-task_id = Run
field-periodic_task_name = Periodic task
field-task_name = Task
field-worker = Worker
field-content_type = Content type
field-content_encoding = Encoding
field-task_args = Arguments
field-task_kwargs = Named arguments
field-result = Result
field-date_created = Asked for
field-date_started = Begun
field-date_done = Done
field-traceback = Error
field-meta = More
field-group_id = Group

help-django_celery_beat-periodictask-task = What is done. Only tasks that the program knows can be chosen; a name that was carried over and is not among them is never run.
help-django_celery_beat-periodictask-one_off = Runs once and is then disabled. A single time is always one-off.
help-django_celery_beat-periodictask-start_time = Does not run before. An interval is counted from here, else from the beginning of 1970.
help-django_celery_beat-periodictask-args = A list as JSON, such as ["a", 1].
help-django_celery_beat-periodictask-kwargs = An object as JSON, such as {"{"}"days": 7{"}"}.
help-django_celery_beat-periodictask-expires = From then on it does not run; it is disabled.
help-django_celery_beat-periodictask-expire_seconds = A run that has not begun so many seconds after it was due is called off.
help-django_celery_beat-periodictask-standard = What a new installation begins with. The action "Reset" gives it back.
help-django_celery_beat-crontabschedule-minute = 0 to 59, * for every one, */15 for every fifteenth, 8-18 from to, and lists of these.
help-django_celery_beat-crontabschedule-hour = 0 to 23.
help-django_celery_beat-crontabschedule-day_of_month = 1 to 31. Day of month and day of week must both fit.
help-django_celery_beat-crontabschedule-month_of_year = 1 to 12, or names: jan.
help-django_celery_beat-crontabschedule-day_of_week = 0 to 6, or names: sun. Sunday is 0 and 7.
help-django_celery_beat-crontabschedule-timezone = The zone in which the times are meant, such as UTC or Asia/Shanghai.
help-django_celery_beat-crontabschedule-next_runs = In the zone of the crontab.

choice-period-days = days
choice-period-hours = hours
choice-period-minutes = minutes
choice-period-seconds = seconds
choice-period-microseconds = microseconds (never run)
choice-status-PENDING = waiting
choice-status-STARTED = running
choice-status-RETRY = to be tried again
choice-status-SUCCESS = success
choice-status-FAILURE = failure
choice-status-REVOKED = called off
choice-status-SKIPPED = skipped
choice-idle-known = known
choice-idle-unknown = unknown: never run
choice-idle-expired = expired
choice-idle-never = never: no such date
choice-standard-same = as by default
choice-event-dawn_astronomical = Astronomical dawn
choice-event-dawn_civil = Civil dawn
choice-event-dawn_nautical = Nautical dawn
choice-event-dusk_astronomical = Astronomical dusk
choice-event-dusk_civil = Civil dusk
choice-event-dusk_nautical = Nautical dusk
choice-event-solar_noon = Solar noon
choice-event-sunrise = Sunrise
choice-event-sunset = Sunset

action-enable_tasks = Enable selected tasks
action-enable_tasks-done = { $count ->
    [one] 1 task was successfully enabled
   *[other] { $count } tasks were successfully enabled
}
action-disable_tasks = Disable selected tasks
action-disable_tasks-done = { $count ->
    [one] 1 task was successfully disabled
   *[other] { $count } tasks were successfully disabled
}
action-toggle_tasks = Toggle activity of selected tasks
action-toggle_tasks-done = { $count ->
    [one] 1 task was successfully toggled
   *[other] { $count } tasks were successfully toggled
}
action-run_tasks = Run selected tasks now
action-run_tasks-done = { $count ->
    [one] 1 task was successfully run: see results
   *[other] { $count } tasks were successfully run: see results
}
action-reset_tasks = Reset selected tasks to their defaults
action-reset_tasks-done = { $count ->
    [one] 1 task was reset
   *[other] { $count } tasks were reset
}
action-run_again = Run again
action-run_again-done = { $count ->
    [one] 1 task was asked for again
   *[other] { $count } tasks were asked for again
}
task-results = results
task-not-found = task "{ $name }" not found
task-needs-name = Need name of task
task-no-schedule = One of clocked, interval, crontab, or solar must be set.
task-two-schedules = Only one of clocked, interval, crontab, or solar must be set
task-clocked-once = clocked must be one off, one_off must set True
task-bad-json = Unable to parse JSON: { $value }
task-no-list = Arguments by place are a list, such as [1, 2].
task-no-object = Arguments by name are an object, such as {"{"}"days": 7{"}"}.
task-two-expiries = Only one can be set, in expires and expire_seconds
crontab-bad-minute = '{ $value }', not in { $min }-{ $max } for Minutes
crontab-bad-hour = '{ $value }', not in { $min }-{ $max } for Hours
crontab-bad-day = '{ $value }', not in { $min }-{ $max } for Day of month
crontab-bad-month = '{ $value }', not in { $min }-{ $max } for Month
crontab-bad-weekday = '{ $value }', not in { $min }-{ $max } for Day of week
crontab-bad-zone = “{ $value }” is no time zone.
interval-too-short = Intervals of microseconds are shown and never run.
clocked-past = This time has passed.
schedule-in-use = { $count ->
    [one] An enabled task uses this schedule. Disable it first, or give it another.
   *[other] { $count } enabled tasks use this. Disable them first, or give them another schedule.
}

schedule-every-days = { $count ->
    [one] every day
   *[other] every { $count } days
}
schedule-every-hours = { $count ->
    [one] every hour
   *[other] every { $count } hours
}
schedule-every-minutes = { $count ->
    [one] every minute
   *[other] every { $count } minutes
}
schedule-every-seconds = { $count ->
    [one] every second
   *[other] every { $count } seconds
}
schedule-comma = ,{" "}
schedule-at = at { $value }
schedule-at-minutes = at minute { $value } of every hour
schedule-at-minutes-of = at minute { $first } of hour { $last }
schedule-weekdays = on { $value }
schedule-days = on day { $value } of the month
schedule-months = in { $value }
schedule-weekday-0 = Sunday
schedule-weekday-1 = Monday
schedule-weekday-2 = Tuesday
schedule-weekday-3 = Wednesday
schedule-weekday-4 = Thursday
schedule-weekday-5 = Friday
schedule-weekday-6 = Saturday
schedule-month-1 = January
schedule-month-2 = February
schedule-month-3 = March
schedule-month-4 = April
schedule-month-5 = May
schedule-month-6 = June
schedule-month-7 = July
schedule-month-8 = August
schedule-month-9 = September
schedule-month-10 = October
schedule-month-11 = November
schedule-month-12 = December
schedule-in-minutes = { $count ->
    [one] in 1 minute
   *[other] in { $count } minutes
}
schedule-in-hours = { $count ->
    [one] in 1 hour
   *[other] in { $count } hours
}
schedule-in-days = { $count ->
    [one] in 1 day
   *[other] in { $count } days
}
overview-failed-runs = Failed task runs
