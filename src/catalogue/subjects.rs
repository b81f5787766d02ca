//! Subjects under the names that people use, and the code that the registrar has for each.
//!
//! The only table of its kind: what is searched for and what is looked up both go by it.

use std::{collections::HashMap, sync::LazyLock};

/// Longest name, in words.
pub(super) const MAX_WORDS: usize = 4;
/// Longest name in Han characters.
pub(super) const MAX_HAN: usize = 8;

/// A code, and the names that mean it. In lower case; the code itself always does.
const SUBJECTS: &[(&str, &[&str])] = &[
    ("ARHU", &["arts and humanities", "艺术与人文"]),
    ("ARTS", &["art", "艺术"]),
    ("BEHAVSCI", &["behavioral science", "behavioural science", "行为科学"]),
    ("BIOL", &["bio", "biology", "生物", "生物学"]),
    ("CHEM", &["chemistry", "化学"]),
    ("CHINESE", &["mandarin", "中文", "汉语"]),
    ("COMPDSGN", &["computation and design", "comp design", "计算与设计"]),
    ("COMPSCI", &["cs", "comp sci", "computer science", "computing", "计算机", "计算机科学", "计科"]),
    ("CULANTH", &["cultural anthropology", "anthropology", "文化人类学", "人类学"]),
    ("CULMOVE", &["cultures and movements", "文化与运动"]),
    ("DKU", &[]),
    ("EAP", &["english for academic purposes", "学术英语"]),
    ("ECON", &["economics", "eco", "经济", "经济学"]),
    ("ENVIR", &["environmental science", "environment", "env sci", "环境科学", "环境"]),
    ("ETHLDR", &["ethics and leadership", "伦理与领导力"]),
    ("GCHINA", &["global china studies", "全球中国"]),
    ("GLHLTH", &["global health", "全球健康", "全球卫生"]),
    ("HIST", &["history", "历史", "历史学"]),
    ("INFOSCI", &["information science", "info sci", "信息科学"]),
    ("INSTGOV", &["institutions and governance", "制度与治理"]),
    ("INTGSCI", &["integrated science", "integrated sciences", "综合科学"]),
    ("JAPANESE", &["日语"]),
    ("KOREAN", &["韩语"]),
    ("LIT", &["literature", "文学"]),
    ("MATH", &["maths", "mathematics", "数学"]),
    ("MATSCI", &["materials science", "material science", "材料科学", "材料"]),
    ("MEDIA", &["media studies", "媒体"]),
    ("MEDIART", &["media art", "media arts", "媒体艺术"]),
    ("MUSIC", &["音乐"]),
    ("NEUROSCI", &["neuroscience", "neuro", "神经科学"]),
    ("PHIL", &["philosophy", "哲学"]),
    ("PHYS", &["physics", "物理", "物理学"]),
    ("POLECON", &["political economy", "政治经济学"]),
    ("POLSCI", &["political science", "poli sci", "政治学", "政治"]),
    ("PPE", &["philosophy politics and economics"]),
    ("PSYCH", &["psychology", "psy", "心理", "心理学"]),
    ("PUBPOL", &["public policy", "公共政策"]),
    ("RELIG", &["religion", "religious studies", "宗教", "宗教学"]),
    ("SOCIOL", &["sociology", "社会学"]),
    ("SOSC", &["social science", "social sciences", "社会科学"]),
    ("SPANISH", &["西班牙语"]),
    ("STATS", &["stat", "statistics", "统计", "统计学"]),
    ("USTUD", &["us studies", "american studies", "美国研究"]),
    ("WOC", &["written and oral communication", "书面与口头交流"]),
];

static CODES: LazyLock<HashMap<String, &'static str>> = LazyLock::new(|| {
    let of = |(code, names): &(&'static str, &'static [&'static str])| {
        let code = *code;
        names.iter().map(move |name| ((*name).to_owned(), code)).chain([(code.to_lowercase(), code)])
    };
    SUBJECTS.iter().flat_map(of).collect()
});

/// The code of a subject that is named like this, in lower case.
pub(super) fn code(name: &str) -> Option<&'static str> {
    CODES.get(name).copied()
}

/// Every name of the subject of this code, the code in lower case among them.
pub(super) fn names(code: &str) -> Vec<String> {
    let known = SUBJECTS.iter().find(|(have, _)| *have == code);
    let names = known.into_iter().flat_map(|(_, names)| names.iter().map(|name| (*name).to_owned()));
    names.chain([code.to_lowercase()]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_means_two_subjects_and_none_is_longer_than_is_looked_for() {
        let all: Vec<&str> = SUBJECTS.iter().flat_map(|(_, names)| names.iter().copied()).collect();
        let codes = SUBJECTS.len();
        assert_eq!(CODES.len(), all.len() + codes);
        for name in all {
            assert_eq!(name, name.to_lowercase());
            let han = !name.is_ascii();
            let length = if han { name.chars().count() } else { name.split(' ').count() };
            assert!(length <= if han { MAX_HAN } else { MAX_WORDS }, "{name}");
        }
    }
}
