# Mails.

mail-footer = ChatDKU has written this mail by itself; answers to it are not read.

mail-test-subject = ChatDKU: test mail
mail-test-text = This is a test. Mail from ChatDKU reaches this address.

mail-fault-subject = ChatDKU: a fault ({ $name })
mail-fault-count = { $count ->
    [one] Something that must not go wrong has gone wrong once since { $first }.
   *[other] Something that must not go wrong has gone wrong { $count } times since { $first }.
}
mail-fault-cause = Where: { $name }
mail-fault-request = The lines of the log say why. Those of the last time carry request.id { $key }.
mail-fault-log = The lines of the log say why.
mail-fault-again = Of the same fault there is at most one mail an hour; the next one counts what has happened until then.

alarm-model-subject = ChatDKU: the language model does not answer
alarm-model-text = The language model could not be reached. Answers are made of passages until it is back.
alarm-model-cause = What was seen: { $value }
alarm-model-again = It is asked every few minutes; of its silence there is at most one mail in five hours.
