# 邮件。

mail-footer = 本邮件由 ChatDKU 自动发送，请勿回复。

mail-test-subject = ChatDKU：测试邮件
mail-test-text = 这是一封测试邮件。ChatDKU 发出的邮件能够送达此地址。

mail-fault-subject = ChatDKU：发生故障（{ $name }）
mail-fault-count = 自 { $first } 起，一处不应出错的地方出错 { $count } 次。
mail-fault-cause = 位置：{ $name }
mail-fault-request = 原因见日志。最近一次的日志行带有 request.id { $key }。
mail-fault-log = 原因见日志。
mail-fault-again = 同一故障每小时最多发送一封邮件；下一封会写明其间发生的次数。

alarm-model-subject = ChatDKU：语言模型没有回应
alarm-model-text = 无法连接语言模型。在它恢复之前，回答由文档段落组成。
alarm-model-cause = 具体情况：{ $value }
alarm-model-again = 系统每隔几分钟检查一次；模型没有回应时，五小时内最多发送一封邮件。
