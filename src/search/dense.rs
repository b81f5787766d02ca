//! Vectors of chunks, and the exact search for those nearest to a vector of a question, by dot product.
//!
//! Vectors have the length one and are kept in half precision, which loses nothing that matters to an order. They are
//! scored in single precision, by many sums at once so that the compiler can use the whole width of the machine.

use std::{cmp::Ordering, collections::BinaryHeap};

use half::{f16, slice::HalfFloatSliceExt};

use super::Hit;

/// Sums that are kept at once.
const LANES: usize = 16;

/// Brings a vector to the length one. `false` for one that has no direction, or numbers that are none.
pub fn normalise(vector: &mut [f32]) -> bool {
    let length = dot(vector, vector).sqrt();
    if !length.is_finite() || length < f32::MIN_POSITIVE {
        return false;
    }
    for value in vector {
        *value /= length;
    }
    true
}

/// Appends a vector in the form in which [`Vectors`] reads it.
pub fn encode(vector: &[f32], bytes: &mut Vec<u8>) {
    let values: Vec<f16> = vector.iter().copied().map(f16::from_f32).collect();
    bytes.extend_from_slice(bytemuck::cast_slice(&values));
}

/// The vectors of some chunks. Never changed.
#[derive(Debug)]
pub struct Vectors {
    dimension: usize,
    chunks: Box<[i64]>,
    values: Box<[f16]>,
}

impl Vectors {
    /// The encoded vectors of these chunks, in this order. `None` when there are not as many of them.
    pub fn decode(dimension: usize, chunks: Vec<i64>, bytes: &[u8]) -> Option<Self> {
        let fits = dimension > 0 && bytes.len() == chunks.len() * dimension * size_of::<f16>();
        fits.then(|| Self {
            dimension,
            chunks: chunks.into(),
            // Bytes from a database stand anywhere in memory: they are copied rather than looked at as numbers.
            values: bytemuck::pod_collect_to_vec(bytes).into(),
        })
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.chunks.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.chunks.is_empty()
    }

    /// What they take of the memory, in bytes.
    pub fn size_bytes(&self) -> usize {
        size_of::<Self>() + size_of_val(&*self.chunks) + size_of_val(&*self.values)
    }

    /// Offers every chunk to `nearest`. Blocks. A question of another dimension is near to nothing.
    pub fn scan(&self, question: &[f32], nearest: &mut Nearest) {
        if question.len() != self.dimension {
            return;
        }
        let mut vector = vec![0.0; self.dimension];
        for (chunk, values) in self.chunks.iter().zip(self.values.chunks_exact(self.dimension)) {
            values.convert_to_f32_slice(&mut vector);
            nearest.offer(Hit { chunk: *chunk, score: dot(&vector, question) });
        }
    }
}

fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut sums = [0.0_f32; LANES];
    let ((a, a_rest), (b, b_rest)) = (a.as_chunks::<LANES>(), b.as_chunks::<LANES>());
    for (a, b) in a.iter().zip(b) {
        for ((sum, a), b) in sums.iter_mut().zip(a).zip(b) {
            *sum += a * b;
        }
    }
    let rest: f32 = a_rest.iter().zip(b_rest).map(|(a, b)| a * b).sum();
    sums.iter().sum::<f32>() + rest
}

/// The best of what is offered, so many at most.
#[derive(Debug)]
pub struct Nearest {
    limit: usize,
    /// The worst of them on top.
    kept: BinaryHeap<Kept>,
}

impl Nearest {
    /// Keeps `limit` hits.
    pub fn new(limit: usize) -> Self {
        Self { limit, kept: BinaryHeap::with_capacity(limit + 1) }
    }

    fn offer(&mut self, hit: Hit) {
        let hit = Kept(hit);
        if self.kept.len() < self.limit {
            self.kept.push(hit);
        } else if let Some(mut worst) = self.kept.peek_mut()
            && hit < *worst
        {
            *worst = hit;
        }
    }

    /// Takes what another has kept.
    pub fn merge(&mut self, other: Self) {
        for kept in other.kept {
            self.offer(kept.0);
        }
    }

    /// Best first.
    pub fn into_hits(self) -> Vec<Hit> {
        self.kept.into_sorted_vec().into_iter().map(|kept| kept.0).collect()
    }
}

/// A hit, the better the smaller; of equal ones the id decides, so that every instance has the same order.
#[derive(Debug)]
struct Kept(Hit);

impl Ord for Kept {
    fn cmp(&self, other: &Self) -> Ordering {
        other.0.score.total_cmp(&self.0.score).then(self.0.chunk.cmp(&other.0.chunk))
    }
}

impl PartialOrd for Kept {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Kept {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Kept {}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn unit(mut vector: Vec<f32>) -> Vec<f32> {
        assert!(normalise(&mut vector), "{vector:?}");
        vector
    }

    fn encoded(vectors: &[Vec<f32>]) -> Vec<u8> {
        let mut bytes = Vec::new();
        for vector in vectors {
            encode(vector, &mut bytes);
        }
        bytes
    }

    #[test]
    fn vectors_without_a_direction_are_refused() {
        for mut vector in [vec![0.0; 4], vec![f32::NAN, 1.0], vec![f32::INFINITY, 0.0], vec![]] {
            assert!(!normalise(&mut vector), "{vector:?}");
        }
        assert_eq!(unit(vec![3.0, 4.0]), [0.6, 0.8]);
    }

    #[test]
    fn vectors_that_are_not_those_of_the_chunks_are_refused() {
        let bytes = encoded(&[vec![1.0, 0.0], vec![0.0, 1.0]]);
        assert_eq!(Vectors::decode(2, vec![7, 8], &bytes).expect("vectors").len(), 2);
        for (dimension, chunks) in [(2, vec![7]), (2, vec![7, 8, 9]), (3, vec![7, 8]), (0, vec![])] {
            assert!(Vectors::decode(dimension, chunks, &bytes).is_none(), "{dimension}");
        }
        let vectors = Vectors::decode(2, vec![7, 8], &bytes).expect("vectors");
        let mut nearest = Nearest::new(5);
        vectors.scan(&[1.0, 0.0, 0.0], &mut nearest);
        assert!(nearest.into_hits().is_empty(), "a question of another dimension");
    }

    proptest! {
        #[test]
        fn the_scan_finds_what_comparing_all_finds(
            vectors in prop::collection::vec(prop::collection::vec(0.1_f32..1.0, 21), 1..60),
            question in prop::collection::vec(-1.0_f32..1.0, 21).prop_filter("a direction", |v| v.iter().any(|x| x.abs() > 0.1)),
            limit in 1_usize..20,
            cut in 0_usize..60,
        ) {
            let (vectors, question) = (vectors.into_iter().map(unit).collect::<Vec<_>>(), unit(question));
            let ids: Vec<i64> = (0..).take(vectors.len()).collect();
            let cut = cut.min(vectors.len());
            let parts = [(&vectors[..cut], &ids[..cut]), (&vectors[cut..], &ids[cut..])];
            let mut nearest = Nearest::new(limit);
            for (vectors, ids) in parts {
                let mut part = Nearest::new(limit);
                if !ids.is_empty() {
                    let part_of = Vectors::decode(21, ids.to_vec(), &encoded(vectors)).expect("vectors");
                    part_of.scan(&question, &mut part);
                }
                nearest.merge(part);
            }
            let exact = |id: i64| -> f32 {
                let vector = &vectors[usize::try_from(id).expect("a number")];
                vector.iter().zip(&question).map(|(a, b)| a * b).sum()
            };
            let found = nearest.into_hits();
            prop_assert_eq!(found.len(), limit.min(vectors.len()));
            prop_assert!(found.windows(2).all(|pair| pair[0].score >= pair[1].score));
            for hit in &found {
                prop_assert!((hit.score - exact(hit.chunk)).abs() < 0.01);
            }
            let worst = found.last().map_or(f32::MAX, |hit| hit.score);
            let left_out = ids.iter().filter(|id| !found.iter().any(|hit| hit.chunk == **id));
            for id in left_out {
                prop_assert!(exact(*id) <= worst + 0.01);
            }
        }
    }
}
