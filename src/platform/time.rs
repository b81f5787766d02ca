//! Times as clients see them.

use chrono::{DateTime, Utc};

/// ISO 8601 in UTC with microseconds, which are left out when there are none: as the original writes it.
pub fn wire(at: DateTime<Utc>) -> String {
    let form =
        if at.timestamp_subsec_micros() == 0 { "%Y-%m-%dT%H:%M:%SZ" } else { "%Y-%m-%dT%H:%M:%S%.6fZ" };
    at.format(form).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_reads_as_the_original_wrote_it() {
        let at = |micros| DateTime::from_timestamp_micros(micros).map(wire);
        assert_eq!(at(1_772_942_706_123_456).as_deref(), Some("2026-03-08T04:05:06.123456Z"));
        assert_eq!(at(1_772_942_706_000_000).as_deref(), Some("2026-03-08T04:05:06Z"));
    }
}
