//! From what was typed to what can be saved, with a sentence for everything that cannot.

use sea_orm::Value;

use super::{
    super::{
        field::Field,
        model::Model,
        row::Row,
        value::{self, Kind},
    },
    Draft, Extra, Fault, Many, Mode, Part, Problems,
};

/// The fields of a request's body.
pub(in super::super) struct Typed<'a>(pub(in super::super) &'a [(String, String)]);

impl Typed<'_> {
    /// The last value of a field.
    pub(in super::super) fn last(&self, name: &str) -> Option<&str> {
        self.0.iter().rev().find(|(have, _)| have == name).map(|(_, value)| value.as_str())
    }

    /// All values of a field.
    pub(in super::super) fn all(&self, name: &str) -> Vec<&str> {
        self.0.iter().filter(|(have, _)| have == name).map(|(_, value)| value.as_str()).collect()
    }
}

/// What a form says.
pub(in super::super) struct Parsed {
    pub(in super::super) draft: Draft,
    pub(in super::super) problems: Problems,
}

/// Reads the fields that can be changed; all others are ignored, whatever was sent.
pub(in super::super) fn parse(
    model: &Model,
    parts: &[&Part],
    typed: &Typed<'_>,
    old: Option<&Row>,
    zone: chrono_tz::Tz,
) -> Parsed {
    let mut parsed = Parsed { draft: Draft::default(), problems: Problems::default() };
    for part in parts {
        match &part.mode {
            Mode::Shown | Mode::Told => {}
            Mode::Extra(extra) => parsed.extra(part.name, *extra, typed),
            Mode::Edited => match model.many.iter().find(|many| many.name == part.name) {
                Some(many) => parsed.many(many, typed),
                None => {
                    if let Some(field) = model.field(part.name) {
                        parsed.field(field, typed, old, zone);
                    }
                }
            },
        }
    }
    parsed
}

impl Parsed {
    fn extra(&mut self, name: &'static str, extra: Extra, typed: &Typed<'_>) {
        let text = typed.last(name).unwrap_or_default();
        let known = match extra {
            Extra::Choice(words) => words.contains(&text),
            _ => !text.contains('\0'),
        };
        if known {
            self.draft.extras.insert(name, text.to_owned());
        } else {
            self.problems.add(Fault::new(name, "admin-bad-choice").with("value", text));
        }
    }

    fn many(&mut self, many: &Many, typed: &Typed<'_>) {
        let mut keys = Vec::new();
        for text in typed.all(many.name).into_iter().flat_map(|text| text.split(',')) {
            // Keys of tables in between are whole numbers; which width the database wants is known where they are
            // written.
            match text.trim().parse::<i64>() {
                Ok(key) => keys.push(Value::from(key)),
                Err(_) if text.trim().is_empty() => {}
                Err(_) => self.problems.add(Fault::new(many.name, "admin-bad-key").with("value", text)),
            }
        }
        self.draft.many.insert(many.name, keys);
    }

    fn field(&mut self, field: &Field, typed: &Typed<'_>, old: Option<&Row>, zone: chrono_tz::Tz) {
        let read = match field.kind {
            // A check box that is not ticked is not sent.
            Kind::Bool if !field.nullable => Ok(Value::from(typed.last(field.form_name()).is_some())),
            Kind::Moment => moment(field, typed, old, zone),
            _ => one(field, typed.last(field.form_name()).unwrap_or_default(), zone),
        };
        match read {
            Ok(value) => {
                self.draft.values.insert(field.name, value);
            }
            Err(fault) => self.problems.add(fault),
        }
    }
}

fn one(field: &Field, text: &str, zone: chrono_tz::Tz) -> Result<Value, Fault> {
    let name = field.form_name();
    let text = text.trim();
    if text.is_empty() {
        return match field.kind {
            _ if field.nullable => Ok(field.kind.null()),
            Kind::Text if field.blank => Ok(Value::from("")),
            _ => Err(Fault::new(name, "admin-required")),
        };
    }
    if text.contains('\0') {
        return Err(Fault::new(name, "admin-null-characters"));
    }
    if field.kind == Kind::Text {
        return checked_text(field, text);
    }
    let fault = match field.kind {
        Kind::Date => "admin-bad-date",
        Kind::Float => "admin-bad-number",
        _ if field.refers_to.is_some() => "admin-bad-reference",
        Kind::Small | Kind::Integer | Kind::Big => "admin-bad-integer",
        _ => "admin-bad-value",
    };
    let value = field.kind.parse(text, zone).ok_or_else(|| Fault::new(name, fault).with("value", text))?;
    match out_of_range(field, text, &value) {
        Some(fault) => Err(fault),
        None => Ok(value),
    }
}

/// What is wrong with a number that is one.
fn out_of_range(field: &Field, text: &str, value: &Value) -> Option<Fault> {
    if let Some((least, most)) = field.range {
        #[expect(clippy::cast_precision_loss, reason = "limits of forms are small")]
        let (below, above) = match *value {
            Value::SmallInt(Some(number)) => (i64::from(number) < least, i64::from(number) > most),
            Value::Int(Some(number)) => (i64::from(number) < least, i64::from(number) > most),
            Value::BigInt(Some(number)) => (number < least, number > most),
            Value::Double(Some(number)) => (number < least as f64, number > most as f64),
            _ => (false, false),
        };
        if below {
            return Some(Fault::new(field.form_name(), "admin-too-small").with("min", least.to_string()));
        }
        if above {
            return Some(Fault::new(field.form_name(), "admin-too-great").with("max", most.to_string()));
        }
    }
    let digits = text.rsplit_once('.').map_or(0, |(_, digits)| digits.len());
    let most = field.decimals.filter(|most| digits > *most)?;
    Some(Fault::new(field.form_name(), "admin-too-many-decimals").with("count", most.to_string()))
}

fn checked_text(field: &Field, text: &str) -> Result<Value, Fault> {
    let name = field.form_name();
    // Browsers send line ends as networks do.
    let text = text.replace("\r\n", "\n");
    let chars = text.chars().count();
    if let Some(most) = field.max_chars.filter(|most| chars > *most) {
        let fault = Fault::new(name, "admin-too-long");
        return Err(fault.with("max", most.to_string()).with("length", chars.to_string()));
    }
    if !field.choices.is_empty() && field.tone_of(&text).is_none() {
        return Err(Fault::new(name, "admin-bad-choice").with("value", text));
    }
    if field.email && !is_email(&text) {
        return Err(Fault::new(name, "admin-bad-email"));
    }
    if field.web && !is_web_address(&text) {
        return Err(Fault::new(name, "admin-bad-web-address"));
    }
    Ok(Value::from(text))
}

/// Day and time come apart. Where nothing was changed the moment stays as it was, to the microsecond.
fn moment(field: &Field, typed: &Typed<'_>, old: Option<&Row>, zone: chrono_tz::Tz) -> Result<Value, Fault> {
    let name = field.form_name();
    let part = |at| typed.last(&format!("{name}_{at}")).unwrap_or_default().trim();
    let (day, time) = (part(0), part(1));
    if day.is_empty() && time.is_empty() {
        return if field.nullable { Ok(field.kind.null()) } else { Err(Fault::new(name, "admin-required")) };
    }
    let day = value::parse_date(day).ok_or_else(|| Fault::new(name, "admin-bad-date"))?;
    let time = value::parse_time(time).ok_or_else(|| Fault::new(name, "admin-bad-time"))?;
    let at = value::local(day.and_time(time), zone).ok_or_else(|| Fault::new(name, "admin-bad-time"))?;
    let before = old.and_then(|row| match row.value(field.name) {
        Some(Value::ChronoDateTimeUtc(Some(before))) => Some(*before),
        _ => None,
    });
    let same = before.filter(|before| before.timestamp() == at.timestamp());
    Ok(Value::from(same.unwrap_or(at)))
}

/// Near enough: one `@`, something on both sides, a dot in the domain, no space.
fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else { return false };
    let plain = |c: char| !c.is_whitespace() && !c.is_control() && !matches!(c, '@' | ',' | ';' | '<' | '>');
    let labels = domain.split('.').all(|label| !label.is_empty() && !label.starts_with('-'));
    !local.is_empty()
        && text.len() <= 254
        && domain.contains('.')
        && labels
        && (local.chars().chain(domain.chars())).all(plain)
}

fn is_web_address(text: &str) -> bool {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let clean = !text.chars().any(|c| c.is_whitespace() || c.is_control());
    clean && rest.is_some_and(|rest| rest.chars().next().is_some_and(char::is_alphanumeric))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_told_from_what_is_none() {
        for good in ["a@example.edu", "first.last+tag@sub.example.edu"] {
            assert!(is_email(good), "{good}");
        }
        for bad in
            ["", "a", "a@b", "a b@example.edu", "@example.edu", "a@.edu", "a@example.", "a@x@example.edu"]
        {
            assert!(!is_email(bad), "{bad}");
        }
        assert!(is_web_address("https://example.edu/a?b=c"));
        for bad in ["example.edu", "javascript:alert(1)", "http://", "https:// x", "ftp://example.edu"] {
            assert!(!is_web_address(bad), "{bad}");
        }
    }

    #[test]
    fn digits_after_the_point_are_counted() {
        let field = Field {
            name: "price",
            kind: Kind::Float,
            decimals: Some(2),
            range: Some((0, 10)),
            ..Field::of(crate::platform::audit::Column::Id).expect("a column")
        };
        let read = |text| one(&field, text, chrono_tz::UTC);
        assert_eq!(read("1.25"), Ok(Value::from(1.25)));
        assert_eq!(read("10"), Ok(Value::from(10.0)));
        let fault = |key, name, value: &str| Err(Fault::new("price", key).with(name, value));
        assert_eq!(read("1.255"), fault("admin-too-many-decimals", "count", "2"));
        assert_eq!(read("10.01"), fault("admin-too-great", "max", "10"));
        assert_eq!(read("-0.5"), fault("admin-too-small", "min", "0"));
    }
}
