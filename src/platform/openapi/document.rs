//! Descriptions of routes, put together.

use okapi::{
    Map,
    openapi3::{
        Components, Header, Info, Link as SpecLink, MediaType, OpenApi, Operation as Spec,
        Parameter as SpecParameter, ParameterValue, PathItem, Ref, RefOr, RequestBody, Response, Responses,
        SecurityRequirement, SecurityScheme, SecuritySchemeData, Tag,
    },
};
use rocket::http::Method;
use schemars::{
    r#gen::{SchemaGenerator, SchemaSettings},
    schema::SchemaObject,
};
use serde_json::Value;

use super::{
    errors::{COMMON, Common, statuses},
    operation::{Answer, Entry, Link, Operation, Parameter, Schema, schema_of},
};

/// What the document says of itself.
pub struct About {
    /// Name of the API.
    pub title: &'static str,
    /// Its version.
    pub version: &'static str,
    /// What it is, in Markdown.
    pub description: String,
    /// The header that carries the identity.
    pub identity_header: &'static str,
    /// The cookie of a web session.
    pub session_cookie: &'static str,
    /// Chapters: name and what they are about.
    pub tags: Vec<(&'static str, &'static str)>,
}

const CAMPUS: &str = "campus";
const SESSION: &str = "session";
const TOKEN: &str = "token";

/// The document of these routes.
pub fn document(about: &About, operations: &[Operation]) -> OpenApi {
    let mut generator = SchemaSettings::openapi3().into_generator();
    let mut paths: Map<String, PathItem> = Map::new();
    for operation in operations {
        let item = paths.entry(path(operation.path)).or_default();
        let spec = Some(spec(operation, &mut generator));
        match operation.method {
            Method::Get => item.get = spec,
            Method::Head => item.head = spec,
            Method::Post => item.post = spec,
            Method::Patch => item.patch = spec,
            Method::Delete => item.delete = spec,
            Method::Put => item.put = spec,
            _ => item.options = spec,
        }
    }
    let responses =
        COMMON.iter().map(|common| (common.name.to_owned(), common_response(common, &mut generator)));
    let responses = responses.collect();
    let schemas = generator.take_definitions().into_iter();
    OpenApi {
        openapi: "3.0.3".to_owned(),
        info: Info {
            title: about.title.to_owned(),
            version: about.version.to_owned(),
            description: Some(about.description.clone()),
            ..Info::default()
        },
        tags: about.tags.iter().map(|(name, text)| tag(name, text)).collect(),
        paths,
        components: Some(Components {
            schemas: schemas.map(|(name, schema)| (name, schema.into_object())).collect(),
            responses,
            security_schemes: security_schemes(about),
            ..Components::default()
        }),
        ..OpenApi::default()
    }
}

/// `/api/c/<id>` as OpenAPI writes it.
fn path(mounted: &str) -> String {
    mounted.replace("<_", "{").replace('<', "{").replace('>', "}")
}

fn spec(operation: &Operation, generator: &mut SchemaGenerator) -> Spec {
    let mut responses: Map<String, RefOr<Response>> = Map::new();
    for status in statuses(operation) {
        if let Some(common) = COMMON.iter().find(|common| common.status == status) {
            let reference = format!("#/components/responses/{}", common.name);
            responses.insert(status.to_string(), RefOr::Ref(Ref { reference }));
        }
    }
    for (status, answers) in &operation.answers {
        responses.insert(status.to_string(), response(operation, answers, generator).into());
    }
    let body = operation.body.as_ref().map(|body| {
        let schema = Some((body.schema)(generator));
        let media = MediaType { schema, example: body.example.clone(), ..MediaType::default() };
        let content = Map::from_iter([(body.media.to_owned(), media)]);
        RequestBody { content, required: true, ..RequestBody::default() }.into()
    });
    Spec {
        tags: vec![operation.tag.to_owned()],
        summary: Some(operation.summary.to_owned()),
        description: operation.notes.map(str::to_owned),
        operation_id: Some(id(operation)),
        parameters: operation.parameters.iter().map(|given| parameter(given, generator).into()).collect(),
        request_body: body,
        responses: Responses { responses, ..Responses::default() },
        deprecated: operation.older,
        security: Some(security(operation.entry)),
        ..Spec::default()
    }
}

/// `GET /api/c/<id>` as `get_api_c_id`.
fn id(operation: &Operation) -> String {
    let words = operation.path.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let words: Vec<&str> = words.collect();
    format!("{}_{}", operation.method.as_str().to_ascii_lowercase(), words.join("_"))
}

fn parameter(given: &Parameter, generator: &mut SchemaGenerator) -> SpecParameter {
    SpecParameter {
        name: given.name.to_owned(),
        location: given.place.to_owned(),
        description: Some(given.about.to_owned()),
        required: given.required,
        deprecated: false,
        allow_empty_value: false,
        value: value((given.schema)(generator), given.example.clone()),
        extensions: Map::new(),
    }
}

fn value(schema: SchemaObject, example: Option<Value>) -> ParameterValue {
    ParameterValue::Schema {
        style: None,
        explode: None,
        allow_reserved: false,
        schema,
        example,
        examples: None,
    }
}

fn response(operation: &Operation, answers: &[Answer], generator: &mut SchemaGenerator) -> Response {
    let mut response = Response::default();
    for answer in answers {
        if response.description.is_empty() {
            answer.about.clone_into(&mut response.description);
        }
        if let Some((media, schema)) = answer.content {
            let schema = Some(schema(generator));
            let content = MediaType { schema, example: answer.example.clone(), ..MediaType::default() };
            response.content.insert(media.to_owned(), content);
        }
        for link in &answer.links {
            response.links.insert(link.operation.to_owned(), follow(link).into());
        }
        for (name, about) in &answer.headers {
            response.headers.insert((*name).to_owned(), header(about, schema_of::<String>, generator));
        }
    }
    response.headers.append(&mut headers(operation.entry, generator));
    response
}

fn follow(link: &Link) -> SpecLink {
    let parameters = link.parameters.iter();
    SpecLink {
        operation_id: Some(link.operation.to_owned()),
        parameters: parameters.map(|(name, place)| ((*name).to_owned(), (*place).into())).collect(),
        request_body: link.body.clone(),
        ..SpecLink::default()
    }
}

/// What every answer to a request of this kind carries.
fn headers(entry: Entry, generator: &mut SchemaGenerator) -> Map<String, RefOr<Header>> {
    let mut headers = Map::new();
    let request_id = header("The name of the request in the logs.", schema_of::<String>, generator);
    headers.insert("X-Request-Id".to_owned(), request_id);
    if entry != Entry::Everybody {
        for (name, about) in [
            ("X-RateLimit-Limit", "Requests per window."),
            ("X-RateLimit-Remaining", "Requests left in this window."),
            ("X-RateLimit-Reset", "Unix second at which the window ends."),
        ] {
            headers.insert(name.to_owned(), header(about, schema_of::<u64>, generator));
        }
        let policy = header("Limit and window, as `60;w=60`.", schema_of::<String>, generator);
        headers.insert("X-RateLimit-Policy".to_owned(), policy);
    }
    headers
}

fn header(about: &str, schema: Schema, generator: &mut SchemaGenerator) -> RefOr<Header> {
    Header {
        description: Some(about.to_owned()),
        required: false,
        deprecated: false,
        allow_empty_value: false,
        value: value(schema(generator), None),
        extensions: Map::new(),
    }
    .into()
}

fn common_response(common: &Common, generator: &mut SchemaGenerator) -> RefOr<Response> {
    let schema = Some((common.schema)(generator));
    let media = MediaType { schema, example: Some((common.example)()), ..MediaType::default() };
    let mut headers = Map::new();
    if matches!(common.status, 429 | 503) {
        let about = "Seconds after which another try is worth it.";
        headers.insert("Retry-After".to_owned(), header(about, schema_of::<u64>, generator));
    }
    let content = Map::from_iter([("application/json".to_owned(), media)]);
    Response { description: common.about.to_owned(), content, headers, ..Response::default() }.into()
}

fn security(entry: Entry) -> Vec<SecurityRequirement> {
    let by = |name: &str| Map::from_iter([(name.to_owned(), Vec::new())]);
    match entry {
        Entry::Everybody => Vec::new(),
        Entry::Callers(_) | Entry::Staff => vec![by(CAMPUS), by(SESSION)],
        Entry::StaffOrToken => vec![by(TOKEN), by(CAMPUS), by(SESSION)],
    }
}

fn security_schemes(about: &About) -> Map<String, RefOr<SecurityScheme>> {
    let key = |place: &str, name: &str, text: &str| SecurityScheme {
        description: Some(text.to_owned()),
        data: SecuritySchemeData::ApiKey { name: name.to_owned(), location: place.to_owned() },
        extensions: Map::new(),
    };
    let campus = "The NetID, as the campus sign-on proxy adds it. It counts from that proxy alone.";
    let token = SecurityScheme {
        description: Some("The value of `METRICS_TOKEN`.".to_owned()),
        data: SecuritySchemeData::Http { scheme: "bearer".to_owned(), bearer_format: None },
        extensions: Map::new(),
    };
    Map::from_iter([
        (CAMPUS.to_owned(), key("header", about.identity_header, campus).into()),
        (SESSION.to_owned(), key("cookie", about.session_cookie, "A web session.").into()),
        (TOKEN.to_owned(), token.into()),
    ])
}

fn tag(name: &str, text: &str) -> Tag {
    Tag { name: name.to_owned(), description: Some(text.to_owned()), ..Tag::default() }
}
