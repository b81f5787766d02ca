//! The OpenAPI document: valid, complete, served to staff, printed by a command.

use std::collections::BTreeSet;

use chatdku::docs;
use rocket::http::Method;
use serde_json::Value;

use crate::support::{Program, TestApp};

const NOBODYS: &str = "00000000-0000-4000-8000-000000000000";

fn document() -> Value {
    serde_json::to_value(docs::document()).unwrap()
}

/// The route of a mounted one or of a described one, without its query and final slash.
fn route(method: Method, path: &str) -> String {
    format!("{method} {}", path.split('?').next().unwrap())
}

/// A path as the document writes it.
fn described(mounted: &str) -> String {
    mounted.replace("<_", "{").replace('<', "{").replace('>', "}")
}

/// What is no part of the API: pages for people, their forms and files, preflights.
fn is_page(method: Method, path: &str) -> bool {
    let pages = ["/", "/c", "/ask", "/files", "/fragments", "/static", "/admin", "/en", "/zh-hans", "/i18n"];
    let first = path.split('/').nth(1).unwrap_or_default();
    method == Method::Options
        || path == "/sign_out"
        || pages.iter().any(|page| page.trim_start_matches('/') == first)
}

#[rocket::async_test]
async fn what_is_mounted_is_described_and_nothing_else() {
    let app = TestApp::start().await;
    let mounted: BTreeSet<String> = app
        .client
        .rocket()
        .routes()
        .filter(|mounted| !is_page(mounted.method, mounted.uri.path()))
        .map(|mounted| route(mounted.method, mounted.uri.path()))
        .collect();
    let operations = docs::operations();
    let all: Vec<String> =
        operations.iter().map(|operation| route(operation.route().0, operation.route().1)).collect();
    let set: BTreeSet<String> = all.iter().cloned().collect();
    assert_eq!(all.len(), set.len(), "a route is described twice");
    assert!(mounted.len() > 30);
    assert_eq!(mounted, set);
}

#[rocket::async_test]
async fn parameters_of_queries_are_described_as_they_are_mounted() {
    let app = TestApp::start().await;
    let document = document();
    for mounted in app.client.rocket().routes() {
        if is_page(mounted.method, mounted.uri.path()) {
            continue;
        }
        let path = described(mounted.uri.path());
        let operation = &document["paths"][&path][mounted.method.as_str().to_ascii_lowercase()];
        let named = |place: &str| -> BTreeSet<String> {
            let all = operation["parameters"].as_array().into_iter().flatten();
            let here = all.filter(|parameter| parameter["in"] == place);
            here.map(|parameter| parameter["name"].as_str().unwrap().to_owned()).collect()
        };
        let query = mounted.uri.query().map(ToString::to_string).unwrap_or_default();
        let wanted: BTreeSet<String> = query
            .split('&')
            .filter(|part| !part.is_empty())
            .map(|part| part.trim_matches(['<', '>']).to_owned())
            .collect();
        assert_eq!(named("query"), wanted, "{path}");
        let parts: BTreeSet<String> = path
            .split('/')
            .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
            .map(str::to_owned)
            .collect();
        assert_eq!(named("path"), parts, "{path}");
    }
}

/// Who has no identity gets nothing, wherever one is needed: a name that the proxy lets through is always good, so that
/// made-up requests cannot show this.
#[rocket::async_test]
async fn nobody_gets_nothing() {
    let app = TestApp::start().await;
    let document = document();
    for operation in docs::operations() {
        let (method, mounted) = operation.route();
        let security =
            &document["paths"][described(mounted)][method.as_str().to_ascii_lowercase()]["security"];
        let open = security.as_array().is_some_and(Vec::is_empty);
        let path =
            mounted.replace("<_assistant>", "ant").replace("<mid>", "1").replace("<name>", "swagger-ui.css");
        let path = path.replace("<chat>", NOBODYS);
        let path = path.replace("<id>", if path.starts_with("/user_files") { "1" } else { NOBODYS });
        for nobody in [app.stranger(), app.stranger().cookie("sessionid", "made-up")] {
            let answer = nobody.send(method, &path, None, Vec::new()).await;
            let wanted = if open { 200 } else { 401 };
            assert_eq!(answer.status.code, wanted, "{method} {path}: {}", answer.text());
        }
    }
}

#[test]
fn the_document_is_valid_by_the_official_schema() {
    let schema: Value = serde_json::from_str(include_str!("../fixtures/openapi-3.0.schema.json")).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let document = document();
    let faults: Vec<String> =
        validator.iter_errors(&document).map(|fault| format!("{} {fault}", fault.instance_path())).collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert_eq!(document["openapi"], "3.0.3");
    assert_eq!(
        (&document["info"]["title"], &document["info"]["version"]),
        (&"ChatDKU".into(), &"2.0.0".into())
    );
}

/// Every reference leads somewhere, every operation has a name of its own, a success and an example.
#[test]
fn the_document_says_what_it_promises() {
    let document = document();
    let mut references = Vec::new();
    collect(&document, &mut references);
    assert!(references.len() > 100);
    for reference in references {
        let pointer = reference.trim_start_matches('#');
        assert!(document.pointer(pointer).is_some(), "{reference} leads nowhere");
    }
    let mut names = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            assert!(names.insert(operation["operationId"].as_str().unwrap().to_owned()), "{path}");
            let answers = operation["responses"].as_object().unwrap();
            let successes = answers.iter().filter(|(status, _)| status.starts_with('2'));
            assert_eq!(successes.count(), 1, "{method} {path}");
            for (status, answer) in answers {
                let json = answer.pointer("/content/application~1json");
                let schema = json.is_some_and(|json| json["schema"].is_object());
                assert!(json.is_none() || schema, "{method} {path} {status}");
                if let Some(json) = json.filter(|_| !path.starts_with("/doc/")) {
                    assert!(!json["example"].is_null(), "{method} {path} {status} has no example");
                    let mut whole = json["schema"].clone();
                    whole["components"] = document["components"].clone();
                    let whole = nullable_as_types(whole);
                    let fault =
                        jsonschema::validate(&whole, &json["example"]).err().map(|fault| fault.to_string());
                    assert_eq!(fault, None, "{method} {path} {status}");
                }
            }
        }
    }
}

/// `nullable` is OpenAPI's own; plain JSON Schema has a type for it.
fn nullable_as_types(schema: Value) -> Value {
    match schema {
        Value::Object(mut fields) => {
            let nullable = fields.remove("nullable") == Some(Value::Bool(true));
            let mut fields: serde_json::Map<String, Value> =
                fields.into_iter().map(|(key, value)| (key, nullable_as_types(value))).collect();
            if nullable && let Some(kind) = fields.get("type").cloned() {
                fields.insert("type".to_owned(), Value::from(vec![kind, "null".into()]));
            }
            Value::Object(fields)
        }
        Value::Array(items) => items.into_iter().map(nullable_as_types).collect(),
        other => other,
    }
}

fn collect(value: &Value, references: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            if let Some(Value::String(reference)) = fields.get("$ref") {
                references.push(reference.clone());
            }
            fields.values().for_each(|value| collect(value, references));
        }
        Value::Array(items) => items.iter().for_each(|value| collect(value, references)),
        _ => {}
    }
}

/// A difference here is a change of the API.
#[test]
fn the_document_as_a_whole() {
    insta::assert_snapshot!("document", docs::written(docs::Form::Yaml).unwrap());
}

#[rocket::async_test]
async fn staff_get_the_document_in_the_form_they_ask_for() {
    let app = TestApp::start().await;
    let staff = app.developer();
    for (accept, path, kind) in [
        (None, "/doc/schema/", "application/vnd.oai.openapi"),
        (Some("application/json"), "/doc/schema/", "application/json"),
        (Some("text/html, application/yaml;q=0.9, */*;q=0.1"), "/doc/schema", "application/yaml"),
        (Some("text/html,*/*;q=0.8"), "/doc/schema", "application/vnd.oai.openapi"),
        (Some("text/html"), "/doc/schema?format=json", "application/vnd.oai.openapi+json"),
    ] {
        let asked = accept.map_or_else(|| staff.clone(), |accept| staff.clone().header("Accept", accept));
        let answer = asked.get(path).await.is(200);
        assert_eq!(answer.header("Content-Type"), Some(kind), "{accept:?}");
        if kind.ends_with("json") {
            assert_eq!(answer.json(), document());
        } else {
            assert_eq!(answer.text(), docs::written(docs::Form::Yaml).unwrap());
        }
    }
    staff.clone().header("Accept", "image/png").get("/doc/schema").await.is(406);
    staff.get("/doc/schema?format=xml").await.is(404);
    staff.get("/doc/schema?format=json&format=yaml").await.is(404);
    app.user("alice1").get("/doc/schema").await.is(403);
}

#[rocket::async_test]
async fn the_page_has_its_files_from_here_and_no_script_of_its_own() {
    let app = TestApp::start().await;
    let page = app.developer().header("Accept", "text/html").get("/doc/schema/view/").await.is(200);
    let policy = page.header("Content-Security-Policy").unwrap();
    assert!(policy.contains("script-src 'self'") && policy.contains("style-src 'self'"), "{policy}");
    let text = page.text();
    assert!(!text.contains("<script>") && !text.contains("<style") && !text.contains("http://"), "{text}");
    let files: Vec<&str> = text
        .split(['"'])
        .filter(|part| part.starts_with("/doc/assets/") || part.starts_with("/static/"))
        .collect();
    assert_eq!(files.len(), 5, "{files:?}");
    for file in files {
        let answer = app.developer().get(file).await.is(200);
        assert!(
            !answer.body.is_empty() && answer.header("Cache-Control").unwrap().contains("immutable"),
            "{file}"
        );
    }
    app.user("alice1").header("Accept", "text/html").get("/doc/schema/view/").await.is(403);
    app.developer().get("/doc/assets/index.html").await.is(404);
}

#[test]
fn a_command_prints_it_without_any_setting() {
    let (well, said) = Program::new().run(&["schema"]);
    assert!(well, "{said}");
    assert_eq!(said.trim_end(), docs::written(docs::Form::Yaml).unwrap().trim_end());
    let (well, said) = Program::new().run(&["schema", "--json"]);
    assert!(well);
    assert_eq!(serde_json::from_str::<Value>(&said).unwrap(), document());
}
