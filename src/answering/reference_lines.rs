//! How lists of references look that a model writes although it was told not to.

/// What stands over them.
const HEADINGS: [&str; 11] = [
    "reference",
    "references",
    "source",
    "sources",
    "citation",
    "citations",
    "参考文献",
    "参考资料",
    "参考",
    "引用",
    "来源",
];

fn heading_words(line: &str) -> String {
    line.trim().trim_matches(['#', '*', '_', ' ', ':', '：', '-']).to_lowercase()
}

/// How a sentence may end, marks behind it included.
pub(super) const ENDS_SENTENCE: [char; 19] =
    ['.', '!', '?', ':', ';', ')', ']', '>', '*', '_', '"', '”', '…', '。', '！', '？', '；', '）', '」'];

/// Whether such a heading may begin with it.
pub(super) fn may_begin_heading(c: char) -> bool {
    "*#_rRsScC参引来".contains(c)
}

/// A heading with its colon, whatever stands behind that.
pub(super) fn is_reference_line(line: &str) -> bool {
    line.split_once([':', '：']).is_some_and(|(head, _)| is_reference_heading(head))
}

/// Whether a line is nothing but such a heading.
pub(super) fn is_reference_heading(line: &str) -> bool {
    HEADINGS.contains(&heading_words(line).as_str())
}

/// A line of such a list: an item, a number, an address, or nothing.
pub(super) fn is_reference_item(line: &str) -> bool {
    let line = line.trim();
    line.is_empty()
        || line.starts_with(['-', '*', '[', '•', '(', '<'])
        || line.starts_with(|c: char| c.is_ascii_digit())
}

/// Whether the beginning of a line leaves open that it is a heading of references.
pub(super) fn may_be_reference_line(line: &str, in_references: bool) -> bool {
    let words = heading_words(line);
    HEADINGS.iter().any(|heading| heading.starts_with(&words)) || (in_references && is_reference_item(line))
}
