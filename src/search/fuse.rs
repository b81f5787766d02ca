//! Several ranked lists made one, by places and not by scores, which cannot be compared between lists.

use std::collections::HashMap;

/// Lets the first places of a list stand out less: being found twice counts for more than being first once.
const K: f32 = 60.0;

/// Reciprocal rank fusion of lists of ids, best first, each with its weight: the score of each id.
pub fn fuse(lists: &[(f32, &[i64])]) -> HashMap<i64, f32> {
    let mut scores: HashMap<i64, f32> = HashMap::new();
    for (weight, ids) in lists {
        for (place, id) in (1_u16..).zip(*ids) {
            *scores.entry(*id).or_default() += weight / (K + f32::from(place));
        }
    }
    scores
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(lists: &[(f32, &[i64])]) -> Vec<i64> {
        let mut fused: Vec<(i64, f32)> = fuse(lists).into_iter().collect();
        fused.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        fused.into_iter().map(|(id, _)| id).collect()
    }

    #[test]
    fn what_both_lists_have_comes_first() {
        assert_eq!(order(&[(1.0, &[1, 2, 3]), (1.0, &[4, 3, 5])]), [3, 1, 4, 2, 5]);
        assert_eq!(order(&[(1.0, &[1, 2]), (1.0, &[])]), [1, 2]);
        assert_eq!(order(&[(1.0, &[1, 2]), (3.0, &[3, 2])]), [2, 3, 1]);
        assert!(order(&[]).is_empty());
    }
}
