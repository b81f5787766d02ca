//! People begin with "hello". That is no question to search for.

use crate::platform::{locale::Language, text::one_line};

const GREETINGS: [&str; 22] = [
    "hi",
    "hello",
    "hey",
    "hi there",
    "hello there",
    "hey there",
    "good morning",
    "good afternoon",
    "good evening",
    "thanks",
    "thank you",
    "thx",
    "你好",
    "您好",
    "嗨",
    "哈喽",
    "早上好",
    "下午好",
    "晚上好",
    "谢谢",
    "谢谢你",
    "多谢",
];

/// The reply to a message that only greets or thanks; `None` for everything else.
pub(super) fn reply(text: &str, language: Language) -> Option<String> {
    let bare: String = text.chars().filter(|c| c.is_alphanumeric() || c.is_whitespace()).collect();
    let bare = one_line(&bare).to_lowercase();
    GREETINGS.contains(&bare.as_str()).then(|| language.text("answer-greeting"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_bare_greeting_is_one() {
        assert!(reply("Hello!", Language::English).is_some());
        assert!(reply("你好！", Language::Chinese).is_some());
        assert!(reply("Hello, when does the library open?", Language::English).is_none());
        assert!(reply("", Language::English).is_none());
    }
}
