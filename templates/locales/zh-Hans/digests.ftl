# 每周报告，以及聊天检查的通知信。

digest-subject = ChatDKU：{ $value } 每周报告
digest-title = 每周报告
digest-load = 负载测试
digest-load-note = 最近一次测试，结束于 { $value }（{ $zone }）。
digest-load-none = 没有负载测试的结果。
digest-load-request = 请求
digest-load-number = 次数
digest-load-failed = 失败
digest-load-average = 平均
digest-load-most = 95 %
digest-load-total = 合计
digest-feedback = 用户反馈
digest-period = { $first } 至 { $last }。
digest-total = 共 { $count } 条；此前同样天数内为 { $number } 条。
digest-said = 评价
digest-now = 本期
digest-before = 上期
digest-said-helpful = 有帮助
digest-said-not_correct = 不正确
digest-said-not_clear = 不清楚
digest-said-not_relevant = 不相关
digest-said-own_words = 自己的说法
digest-themes = 主要问题
digest-themes-note = 由语言模型根据负面反馈归纳；引文均为原文。
digest-no-themes = 语言模型没有给出可以采用的归纳；下面的统计和示例不受影响。
digest-examples = 最新的负面反馈
digest-all = 查看这段时间的全部负面反馈

check-subject = ChatDKU：聊天回答异常
check-often = 一小时内，检查请求失败或回答过短的次数已达到或超过 { $count } 次。
check-last = 最近一次检查：共 { $number } 次请求，其中 { $one } 次失败，{ $many } 次回答过短。
check-broken = 最近一次检查未能运行，原因见日志。
check-again = 计数已重新开始；如果情况持续，将再次发送邮件。
