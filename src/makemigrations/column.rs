//! Columns: whether one is what its entity says, and the words of the migrations for it.

use sea_orm::{
    Value,
    sea_query::{ColumnDef, ColumnType, Expr, StringLen},
};

use crate::platform::schema::Column;

/// Why a column of the schema is not the declared one; empty when it is.
pub(super) fn differences(declared: &ColumnDef, column: &Column) -> Vec<String> {
    let mut differences = Vec::new();
    let Some(wanted) = declared.get_column_type() else { return differences };
    if let Some(family) = family(wanted)
        && !is_of(family, column)
    {
        differences.push(format!("is declared as {family}, the schema has {}", column.kind));
    }
    if let (Some(wanted), Some(is)) = (length(wanted), length_of(&column.kind))
        && wanted != is
    {
        differences.push(format!("is declared with {wanted} characters, the schema has {is}"));
    }
    if may_be_null(declared) != column.nullable {
        let (wanted, is) =
            if column.nullable { ("is never null", "allows it") } else { ("may be null", "does not") };
        differences.push(format!("{wanted} in the entity, the schema {is}"));
    }
    differences
}

pub(super) fn may_be_null(declared: &ColumnDef) -> bool {
    let spec = declared.get_column_spec();
    !spec.primary_key && spec.nullable.unwrap_or(true)
}

/// What types are alike for whoever reads them.
fn family(kind: &ColumnType) -> Option<&'static str> {
    Some(match kind {
        ColumnType::Char(_) | ColumnType::String(_) | ColumnType::Text | ColumnType::Enum { .. } => "text",
        ColumnType::TinyInteger | ColumnType::SmallInteger => "smallint",
        ColumnType::Integer | ColumnType::Unsigned => "integer",
        ColumnType::BigInteger | ColumnType::BigUnsigned => "bigint",
        ColumnType::Float | ColumnType::Double => "double",
        ColumnType::Boolean => "boolean",
        ColumnType::Uuid => "uuid",
        ColumnType::TimestampWithTimeZone => "timestamp with time zone",
        ColumnType::Date => "date",
        ColumnType::Time => "time",
        ColumnType::Json | ColumnType::JsonBinary => "json",
        _ => return None,
    })
}

/// The same, of a type as a database writes it.
fn is_of(family: &str, column: &Column) -> bool {
    let kind = column.kind.split('(').next().unwrap_or_default();
    let is = match kind {
        "varchar" | "character varying" | "char" | "character" | "text" | "enum_text" => "text",
        "tinyint" | "smallint" => "smallint",
        "float" | "real" | "double" | "double precision" => "double",
        "uuid_text" => "uuid",
        "timestamp_with_timezone_text" => "timestamp with time zone",
        "date_text" => "date",
        "time_text" | "time without time zone" => "time",
        "json_text" | "jsonb_text" | "jsonb" => "json",
        other => other,
    };
    is == family || is == "integer or bigint" && ["integer", "bigint"].contains(&family)
}

fn length(kind: &ColumnType) -> Option<u32> {
    match kind {
        ColumnType::String(StringLen::N(length)) | ColumnType::Char(Some(length)) => Some(*length),
        _ => None,
    }
}

fn length_of(kind: &str) -> Option<u32> {
    kind.split_once('(')?.1.trim_end_matches(')').parse().ok()
}

/// The column in the words of a migration, such as `string_len_null("note", 100)`; `None` when there are none for it.
pub(super) fn source(declared: &ColumnDef) -> Option<String> {
    let (name, spec) = (declared.get_column_name(), declared.get_column_spec());
    let kind = declared.get_column_type()?;
    if spec.primary_key && spec.auto_increment {
        return match family(kind)? {
            "integer" => Some(format!("pk_auto(\"{name}\")")),
            "bigint" => Some(format!("big_pk_auto(\"{name}\")")),
            _ => None,
        };
    }
    let null = if may_be_null(declared) { "_null" } else { "" };
    let mut source = match kind {
        ColumnType::String(StringLen::N(length)) => format!("string_len{null}(\"{name}\", {length})"),
        ColumnType::Char(Some(length)) => format!("char_len{null}(\"{name}\", {length})"),
        _ => format!("{}{null}(\"{name}\")", word(kind)?),
    };
    if spec.primary_key {
        source.push_str(".primary_key()");
    }
    if let Some(default) = &spec.default {
        source.push_str(&format!(".default({})", literal(default)?));
    }
    Some(source)
}

fn word(kind: &ColumnType) -> Option<&'static str> {
    Some(match kind {
        ColumnType::String(_) => "string",
        ColumnType::Text => "text",
        ColumnType::TinyInteger => "tiny_integer",
        ColumnType::SmallInteger => "small_integer",
        ColumnType::Integer => "integer",
        ColumnType::BigInteger => "big_integer",
        ColumnType::Float => "float",
        ColumnType::Double => "double",
        ColumnType::Boolean => "boolean",
        ColumnType::Uuid => "uuid",
        ColumnType::TimestampWithTimeZone => "timestamp_with_time_zone",
        ColumnType::Date => "date",
        ColumnType::Time => "time",
        ColumnType::Json => "json",
        ColumnType::JsonBinary => "json_binary",
        _ => return None,
    })
}

fn literal(default: &Expr) -> Option<String> {
    let Expr::Value(value) = default else { return None };
    match value {
        Value::Bool(Some(value)) => Some(value.to_string()),
        Value::TinyInt(Some(value)) => Some(value.to_string()),
        Value::SmallInt(Some(value)) => Some(value.to_string()),
        Value::Int(Some(value)) => Some(value.to_string()),
        Value::BigInt(Some(value)) => Some(value.to_string()),
        Value::String(Some(value)) => Some(format!("{:?}", value.as_str())),
        _ => None,
    }
}
