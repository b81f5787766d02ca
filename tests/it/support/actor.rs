//! Somebody who calls the application.

use std::{net::SocketAddr, sync::Arc};

use rocket::{
    http::{ContentType, Cookie, Header, Method, Status},
    local::asynchronous::{Client, LocalRequest},
};
use serde_json::Value;

/// A caller with headers of their own.
#[derive(Clone)]
pub struct Actor {
    client: Arc<Client>,
    headers: Vec<(String, String)>,
    cookies: Vec<(String, String)>,
    address: SocketAddr,
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: Status,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Actor {
    pub fn new(client: Arc<Client>) -> Self {
        let address = SocketAddr::from(([127, 0, 0, 1], 40_000));
        Self {
            client,
            headers: vec![("Host".to_owned(), "localhost:8000".to_owned())],
            cookies: Vec::new(),
            address,
        }
    }

    /// Sends a header with every request.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Does not send a header any more.
    pub fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(have, _)| have != name);
        self
    }

    /// Sends a cookie with every request.
    pub fn cookie(mut self, name: &str, value: &str) -> Self {
        self.cookies.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Calls from another address.
    pub fn from(mut self, address: &str) -> Self {
        self.address = SocketAddr::new(address.parse().expect("an address"), 40_000);
        self
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(Method::Get, path, None, Vec::new()).await
    }

    pub async fn head(&self, path: &str) -> Answer {
        self.send(Method::Head, path, None, Vec::new()).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.send(Method::Delete, path, None, Vec::new()).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.send(Method::Post, path, Some(ContentType::JSON), body.to_string().into_bytes()).await
    }

    pub async fn patch(&self, path: &str, body: Value) -> Answer {
        self.send(Method::Patch, path, Some(ContentType::JSON), body.to_string().into_bytes()).await
    }

    /// Sends a form as a browser does: it says where the form is from.
    pub async fn form(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let encode = |text: &str| rocket::http::RawStr::new(text).percent_encode().to_string();
        let pairs: Vec<String> =
            fields.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect();
        self.saying_where()
            .send(Method::Post, path, Some(ContentType::Form), pairs.join("&").into_bytes())
            .await
    }

    /// As browsers do with forms: they say where those come from.
    fn saying_where(&self) -> Self {
        let says = |name: &str| self.headers.iter().any(|(have, _)| have == name);
        if says("Origin") || says("Sec-Fetch-Site") {
            self.clone()
        } else {
            self.clone().header("Sec-Fetch-Site", "same-origin")
        }
    }

    /// Uploads a file under the part name `file_`.
    pub async fn upload(&self, name: &str, bytes: &[u8]) -> Answer {
        self.upload_to("/user_files", "file_", name, bytes).await
    }

    pub async fn upload_to(&self, path: &str, part: &str, name: &str, bytes: &[u8]) -> Answer {
        let disposition = format!("form-data; name=\"{part}\"; filename=\"{name}\"");
        self.multipart(path, &[(&disposition, bytes)]).await
    }

    /// Sends parts with these content dispositions.
    pub async fn multipart(&self, path: &str, parts: &[(&str, &[u8])]) -> Answer {
        let boundary = "------------------------d74496d66958873e";
        let mut body = Vec::new();
        for (disposition, bytes) in parts {
            body.extend(format!("--{boundary}\r\nContent-Disposition: {disposition}\r\n\r\n").into_bytes());
            body.extend_from_slice(bytes);
            body.extend(b"\r\n");
        }
        body.extend(format!("--{boundary}--\r\n").into_bytes());
        let content = ContentType::new("multipart", "form-data").with_params(("boundary", boundary));
        self.send(Method::Post, path, Some(content), body).await
    }

    pub async fn send(
        &self,
        method: Method,
        path: &str,
        content: Option<ContentType>,
        body: Vec<u8>,
    ) -> Answer {
        let mut request = self.request(method, path);
        if let Some(content) = content {
            request.add_header(content);
        }
        let response = request.body(body).dispatch().await;
        let headers =
            response.headers().iter().map(|header| (header.name.to_string(), header.value.to_string()));
        let (status, headers) = (response.status(), headers.collect());
        Answer { status, headers, body: response.into_bytes().await.unwrap_or_default() }
    }

    /// A request that is not sent: for what has no route of its own.
    pub fn request(&self, method: Method, path: &str) -> LocalRequest<'_> {
        let mut request = self.client.req(method, path.to_owned()).remote(self.address);
        for (name, value) in &self.headers {
            request.add_header(Header::new(name.clone(), value.clone()));
        }
        for (name, value) in &self.cookies {
            request = request.cookie(Cookie::new(name.clone(), value.clone()));
        }
        request
    }

    /// Opens a conversation.
    pub async fn conversation(&self) -> String {
        let opened = self.get("/api/get_session").await;
        opened.json()["session_id"].as_str().expect("an id").to_owned()
    }

    /// Asks in a conversation, without thinking lines.
    pub async fn ask(&self, conversation: &str, question: &str, sources: &[&str]) -> Answer {
        let body = serde_json::json!({
            "messages": [{ "role": "user", "content": question }],
            "chatHistoryId": conversation,
            "mode": "",
            "searchMode": "",
            "sources": sources,
            "thinking": false,
        });
        self.post("/api/chat", body).await
    }

    /// The messages of a conversation.
    pub async fn messages(&self, conversation: &str) -> Vec<Value> {
        let messages = self.get(&format!("/api/c/{conversation}/messages")).await;
        messages.json().as_array().expect("a list").clone()
    }
}

impl Answer {
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(have, _)| have.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The value of a cookie that the answer sets.
    pub fn cookie(&self, name: &str) -> Option<String> {
        let set = self.headers.iter().filter(|(have, _)| have.eq_ignore_ascii_case("set-cookie"));
        set.filter_map(|(_, value)| value.split(';').next()?.strip_prefix(&format!("{name}=")))
            .map(str::to_owned)
            .next()
    }

    /// Checks the status, showing the body when it is another.
    #[track_caller]
    pub fn is(self, status: u16) -> Self {
        assert_eq!(self.status.code, status, "{}", self.text());
        self
    }
}
