password-short = 密码太短，至少需要 { $min } 个字符。
password-long = 密码太长，最多 { $max } 个字符。
password-numeric = 密码不能全是数字。
password-common = 这个密码太常见了。
password-like-name = 密码与用户名太相似。
password-like-email = 密码与电子邮箱地址太相似。
