//! The table of attempts to be somebody else: names, and the bytes of the requests.

use super::{
    identity::{Attempt, SECRET, Scene, hash},
    wire::{PROXY, STRANGER, get, request},
};

/// Header names that some gateway, some framework or the first version of the service took for an identity.
const HEADERS: [&str; 34] = [
    "UID",
    "uid",
    "Uid",
    "uId",
    "UID ",
    "UID\t",
    "\tUID",
    " UID",
    "U_ID",
    "U-ID",
    "u_i_d",
    "_UID",
    "UID_",
    "UID-",
    "X-UID",
    "X_UID",
    "HTTP_UID",
    "Http-Uid",
    "X-EPPN",
    "x-eppn",
    "X_EPPN",
    "EPPN",
    "REMOTE_USER",
    "Remote-User",
    "X-Remote-User",
    "X-Forwarded-User",
    "X-Forwarded-Uid",
    "X-Auth-Request-User",
    "X-WebAuth-User",
    "X-Shib-Uid",
    "X-NetID",
    "NetID",
    "X-DisplayName",
    "X_DisplayName",
];

/// What a stranger may write there.
fn names() -> [String; 4] {
    ["alice1".to_owned(), hash("alice1"), "dev22".to_owned(), "head_admin".to_owned()]
}

/// All attempts against a program that believes its proxy.
pub fn all(scene: &Scene) -> Vec<Attempt> {
    let parts = [
        by_headers(scene),
        beside_the_proxys_own(),
        by_value(),
        as_the_proxy(),
        by_cookie(scene),
        by_query(scene),
        by_body(scene),
        by_form(scene),
        by_address(scene),
        by_path(),
        by_method(scene),
        by_protocol(),
        hidden(),
    ];
    parts.into_iter().flatten().collect()
}

/// Where a stranger would look whether it worked.
fn places(scene: &Scene) -> Vec<String> {
    let conversation = &scene.conversation;
    vec![
        "/user".to_owned(),
        "/api/c".to_owned(),
        format!("/api/c/{conversation}/messages"),
        "/en/admin/".to_owned(),
        "/user_files".to_owned(),
        format!("/c/{conversation}"),
        "/metrics".to_owned(),
        "/user/health".to_owned(),
        "/doc/schema".to_owned(),
        "/".to_owned(),
        format!("/user_files/{}/content", scene.file),
    ]
}

/// An address that is no proxy sends every header with every name.
fn by_headers(scene: &Scene) -> Vec<Attempt> {
    let places = places(scene);
    let pairs = HEADERS.iter().flat_map(|header| names().map(|name| (*header, name)));
    let attempt = |(at, (header, name)): (usize, (&str, String))| {
        let place = &places[at % places.len()];
        let bytes = get(place, &[&format!("{header}: {name}")]);
        Attempt::new(format!("a stranger sends `{header}: {name}` to {place}"), STRANGER, bytes)
    };
    pairs.enumerate().map(attempt).collect()
}

/// Somebody who is signed in sends more, and the proxy lets it through beside its own.
fn beside_the_proxys_own() -> Vec<Attempt> {
    let same = |header: &&&str| !header.trim().eq_ignore_ascii_case("UID");
    let mut headers: Vec<Vec<String>> = (HEADERS.iter().filter(same))
        .map(|header| vec!["UID: bob22".to_owned(), format!("{header}: alice1")])
        .collect();
    let lists: [&[&str]; 12] = [
        &["UID: bob22", "UID: alice1"],
        &["UID: alice1", "UID: bob22"],
        &["UID: bob22", "uid: alice1"],
        &["uid: alice1", "UID: bob22"],
        &["UID:", "uid: alice1", "UID: bob22"],
        &["UID: bob22, alice1"],
        &["UID: alice1, bob22"],
        &["UID: alice1,"],
        &["UID: alice1;bob22"],
        &["UID: bob22 alice1"],
        &["UID: bob22\r\n alice1"],
        &["UID: bob22\nUID: alice1"],
    ];
    headers.extend(lists.map(|list| list.iter().map(|line| (*line).to_owned()).collect::<Vec<String>>()));
    let attempt = |lines: Vec<String>| {
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        Attempt::new(format!("through the proxy: {lines:?}"), PROXY, get("/api/c", &lines))
    };
    headers.into_iter().map(attempt).collect()
}

/// Nearly the name of a victim.
const VALUES: [&str; 83] = [
    "alice1\0",
    "alice1\0bob22",
    "\0alice1",
    "alice1\u{1}",
    "alice1\u{7f}",
    "alice1\u{8}",
    "alice1\u{b}",
    "alice1\u{1f}",
    "\u{a0}alice1",
    "alice1\u{a0}",
    "\u{3000}alice1",
    "alice1\u{85}",
    "alice1\u{2028}",
    "alice1\u{200b}",
    "\u{feff}alice1",
    "\u{202e}1ecila",
    "ａｌｉｃｅ１",
    "аlice1",
    "al\u{131}ce1",
    "alíce1",
    "alice¹",
    "%61lice1",
    "alice%31",
    "alice1%00",
    "alice1%20",
    "=?utf-8?q?alice1?=",
    "\"alice1\"",
    "'alice1'",
    "`alice1`",
    "<alice1>",
    "(alice1)",
    "[\"alice1\"]",
    "{\"uid\":\"alice1\"}",
    "alice1:x",
    "/alice1",
    "../alice1",
    "alice1/..",
    "..\\alice1",
    "./alice1",
    "alice1#",
    "alice1?",
    "alice1&uid=alice1",
    "alice1;",
    "alice1|",
    "alice*",
    "*",
    "%",
    "_lice1",
    "alice1' OR '1'='1",
    "alice1'--",
    "alice1) OR (1=1",
    "ALICE1",
    "Alice1",
    "alice1.",
    ".alice1",
    "alice1@dukekunshan.edu.cn",
    "@alice1",
    "alice1@",
    "-alice1",
    "head_admin",
    "HEAD_ADMIN",
    "head_admin@dukekunshan.edu.cn",
    "chatdku_admin",
    "admin",
    "administrator",
    "root",
    "developer",
    "DEV22",
    "Dev22",
    "dev22.",
    "dev22@",
    ".dev22",
    "dev22@dukekunshan.edu.cn",
    "dev22,",
    "dev22, alice1",
    "null",
    "None",
    "undefined",
    "0",
    "1",
    "-1",
    "true",
    "",
];

/// What is nearly the name of a victim, through a proxy that checks nothing.
fn by_value() -> Vec<Attempt> {
    let hashed = hash("alice1");
    let mut values: Vec<Vec<u8>> = VALUES.iter().map(|value| value.as_bytes().to_vec()).collect();
    values.extend(
        [hashed.clone(), hashed.to_uppercase(), format!("sha256:{hashed}"), hash("dev22"), hash("dev33")]
            .map(String::into_bytes),
    );
    values.extend([b"\xffalice1".to_vec(), b"alice1\xc3".to_vec(), b"alice1\xed\xa0\x80".to_vec()]);
    values.extend([[b"alice1".as_slice(), &[b'x'; 59]].concat(), vec![b'a'; 5_000]]);
    let attempt = |(at, value): (usize, Vec<u8>)| {
        let place = ["/api/c", "/user", "/en/admin/"][at % 3];
        let head = format!("GET {place} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nUID: ");
        let bytes = [head.as_bytes(), &value, b"\r\n\r\n"].concat();
        let shown = String::from_utf8_lossy(&value[..value.len().min(80)]).into_owned();
        Attempt::new(format!("{at}: a value that is nearly one, {shown:?}, at {place}"), PROXY, bytes)
    };
    values.into_iter().enumerate().map(attempt).collect()
}

/// An address that is no proxy says that it is one.
fn as_the_proxy() -> Vec<Attempt> {
    let lists: [&[&str]; 20] = [
        &["X-Forwarded-For: 127.0.0.1"],
        &["X-Forwarded-For: 127.0.0.1, 127.0.0.1"],
        &["X-Forwarded-For: ::1"],
        &["X-Forwarded-For: ::ffff:127.0.0.1"],
        &["X-Forwarded-For: 127.0.0.2, 127.0.0.1"],
        &["X-Forwarded-For: 127.0.0.1", "X-Forwarded-For: 127.0.0.1"],
        &["X-Forwarded-For: 127.0.0.1:40000"],
        &["X-Forwarded-For: unknown, 127.0.0.1"],
        &["X_Forwarded_For: 127.0.0.1"],
        &["Forwarded: for=127.0.0.1;by=127.0.0.1;proto=https;host=localhost"],
        &["Forwarded: for=\"[::1]\""],
        &["X-Real-IP: 127.0.0.1"],
        &["X-Client-IP: 127.0.0.1"],
        &["True-Client-IP: 127.0.0.1", "CF-Connecting-IP: 127.0.0.1"],
        &["X-Originating-IP: 127.0.0.1", "X-Remote-IP: 127.0.0.1", "X-Remote-Addr: 127.0.0.1"],
        &["X-Forwarded-Host: localhost", "X-Forwarded-Proto: https"],
        &["X-Forwarded-Host: 127.0.0.1", "X-Forwarded-Server: localhost"],
        &["Via: 1.1 127.0.0.1"],
        &["X-Proxy-Auth: anything"],
        &["X-Cluster-Client-IP: 127.0.0.1", "Client-IP: 127.0.0.1", "X-ProxyUser-Ip: 127.0.0.1"],
    ];
    let attempt = |list: &[&str]| {
        let headers = [list, &["UID: alice1"]].concat();
        Attempt::new(
            format!("a stranger says that it is the proxy: {list:?}"),
            STRANGER,
            get("/api/c", &headers),
        )
    };
    lists.into_iter().map(attempt).collect()
}

/// Cookies that are made up, that have ended, that are somebody else's.
fn by_cookie(scene: &Scene) -> Vec<Attempt> {
    let (own, ended, closed, gone) = (&scene.own, &scene.ended, &scene.closed, &scene.gone);
    let lines = [
        "Cookie: sessionid=AAAAAAAAAAAAAAAAAAAAAA".to_owned(),
        "Cookie: sessionid=".to_owned(),
        "Cookie: sessionid".to_owned(),
        format!("Cookie: sessionid={}", "A".repeat(10_000)),
        format!("Cookie: sessionid={ended}"),
        format!("Cookie: sessionid={closed}"),
        format!("Cookie: sessionid={gone}"),
        format!("Cookie: sessionid={}", scene.stored_as),
        format!("Cookie: sessionid={}", &scene.stored_as[..32]),
        format!("Cookie: sessionid={ended}; sessionid={ended}"),
        format!("Cookie: sessionid=\"{ended}\""),
        format!("Cookie: SESSIONID={ended}"),
        format!("Cookie: sessionid={ended}%00"),
        format!("Cookie: sessionid={ended}=="),
        "Cookie: sessionid=' OR account_id=1 --".to_owned(),
        "Cookie: sessionid=%27%20OR%201%3D1%20--".to_owned(),
        format!("Cookie: sessionid={}", scene.victim_id),
        format!("Cookie: uid=alice1; UID=alice1; netid={}; username=head_admin", hash("alice1")),
        "Cookie: is_staff=true; is_superuser=1; developer=dev22".to_owned(),
        format!("Authorization: Bearer {ended}"),
        "Authorization: Basic YWxpY2UxOg==".to_owned(),
        "Authorization: Bearer alice1".to_owned(),
        "Authorization: Bearer ".to_owned(),
        format!("X-Session: {ended}"),
    ];
    let places = ["/api/c", "/en/admin/", "/user", "/metrics"];
    let alone = lines.iter().flat_map(|line| places.map(|place| (line.clone(), place)));
    let alone = alone.map(|(line, place)| {
        let shown: String = line.chars().take(80).collect();
        Attempt::new(format!("{shown} of a stranger at {place}"), STRANGER, get(place, &[&line]))
    });
    let own = format!("Cookie: sessionid={own}");
    let both =
        ["UID: alice1", "X-EPPN: alice1@x", "U_ID: alice1", "UID: head_admin", "UID: dev22"].map(|header| {
            let name = format!("a session of one's own and `{header}`, not through the proxy");
            Attempt::new(name, STRANGER, get("/api/c", &[&own, header]))
        });
    alone.chain(both).collect()
}

/// Somebody who is signed in says in the address who they would rather be.
fn by_query(scene: &Scene) -> Vec<Attempt> {
    let names = [
        "uid",
        "UID",
        "user_id",
        "userId",
        "netid",
        "username",
        "user",
        "as",
        "impersonate",
        "sudo",
        "account",
    ];
    let values = |name: &str| [format!("/user?{name}=alice1"), format!("/api/c?{name}={}", scene.victim_id)];
    let attempts = names.iter().flat_map(|name| values(name)).flat_map(|target| {
        let own = Attempt::new(format!("GET {target}"), PROXY, get(&target, &["UID: bob22"]));
        [own, Attempt::new(format!("GET {target} of a stranger"), STRANGER, get(&target, &[]))]
    });
    attempts.collect()
}

/// Somebody who is signed in says in the body who they would rather be, or names what is not theirs.
fn by_body(scene: &Scene) -> Vec<Attempt> {
    let (id, victim, file) = (&scene.conversation, scene.victim_id, &scene.file);
    let who = format!(
        "\"user_id\":{victim},\"uid\":\"alice1\",\"netid\":\"alice1\",\"account_id\":{victim},\"user\":{victim}"
    );
    let opinion = format!(
        "{{\"userInput\":\"a\",\"botAnswer\":\"b\",\"feedbackReason\":\"helpful\",\"chatHistoryId\":\"{id}\",{who}}}"
    );
    let question =
        format!("{{\"messages\":[{{\"content\":\"mine now\"}}],\"chatHistoryId\":\"{id}\",{who}}}");
    let bodies = [
        ("POST", "/user".to_owned(), format!("{{{who}}}")),
        ("POST", "/api/c/create_session".to_owned(), format!("{{{who}}}")),
        ("POST", "/api/feedback".to_owned(), opinion.clone()),
        ("POST", "/save-feedback".to_owned(), opinion.clone()),
        ("POST", "/feedback".to_owned(), opinion),
        ("POST", "/api/chat".to_owned(), question.clone()),
        ("POST", "/chat".to_owned(), question.clone()),
        ("POST", "/dev/ant/chat".to_owned(), question.clone()),
        ("POST", format!("/api/c/{id}/ask"), question),
        ("PATCH", format!("/api/c/{id}"), format!("{{\"title\":\"mine now\",{who}}}")),
        ("PATCH", format!("/api/c/{id}/rename"), "{\"title\":\"mine now\"}".to_owned()),
        ("DELETE", format!("/api/c/{id}"), String::new()),
        ("DELETE", format!("/api/c/{id}/"), String::new()),
        ("DELETE", format!("/api/c/{}", id.to_uppercase()), String::new()),
        ("DELETE", format!("/user_files/{file}"), String::new()),
    ];
    let attempts = bodies.iter().flat_map(|(method, path, body)| {
        let headers = ["UID: bob22", "Content-Type: application/json"];
        let own = request(method, path, &headers, body);
        let strange = request(method, path, &headers[1..], body);
        let name = format!("{method} {path} {body}");
        [Attempt::new(format!("{name} of a stranger"), STRANGER, strange), Attempt::new(name, PROXY, own)]
    });
    attempts.collect()
}

/// Somebody who is signed in sends the forms of somebody else's page.
fn by_form(scene: &Scene) -> Vec<Attempt> {
    let (id, file) = (&scene.conversation, &scene.file);
    let forms = [
        (format!("/c/{id}/rename"), "title=mine".to_owned()),
        (format!("/c/{id}/delete"), "x=y".to_owned()),
        (format!("/c/{id}/messages/2/feedback"), "reason=helpful".to_owned()),
        (format!("/c/{id}/messages/2/stop"), "x=y".to_owned()),
        (format!("/files/{file}/delete"), "x=y".to_owned()),
        ("/ask".to_owned(), format!("question=mine&conversation={id}")),
    ];
    let attempt = |(path, body): (String, String)| {
        let headers =
            ["UID: bob22", "Content-Type: application/x-www-form-urlencoded", "Sec-Fetch-Site: same-origin"];
        Attempt::new(format!("the form {path} {body}"), PROXY, request("POST", &path, &headers, &body))
    };
    forms.into_iter().map(attempt).collect()
}

/// Somebody asks for what is somebody else's.
fn by_address(scene: &Scene) -> Vec<Attempt> {
    let (id, victim, file) = (&scene.conversation, scene.victim_id, &scene.file);
    let paths = [
        format!("/api/c/{id}"),
        format!("/api/c/{id}/messages"),
        format!("/api/c/{id}/messages/2/citations"),
        format!("/c/{id}"),
        format!("/c/{id}/messages/2/live"),
        format!("/user_files/{file}"),
        format!("/user_files/{file}/content"),
        format!("/user_files/{file}/content?inline"),
        format!("/user_files/0{file}/content"),
        format!("/fragments/conversations?current={id}"),
        format!("/api/chat/{id}?sessionId={id}"),
        format!("/en/admin/chat/usersession/{id}/conversation/"),
        format!("/en/admin/core/uploadedfile/{file}/download/"),
        format!("/en/admin/core/usermodel/{victim}/change/"),
    ];
    let attempts = paths.iter().flat_map(|path| {
        let own = Attempt::new(format!("somebody else asks for {path}"), PROXY, get(path, &["UID: bob22"]));
        [own, Attempt::new(format!("a stranger asks for {path}"), STRANGER, get(path, &[]))]
    });
    attempts.collect()
}

/// Words that the original looked for in paths.
const PATHS: [&str; 48] = [
    "/user/admin",
    "/user/doc",
    "/user/metrics",
    "/admin/user",
    "/admin/../user",
    "/doc/../user",
    "/metrics/../user",
    "/doc/schema/../../user",
    "/healthz/../user",
    "/static/../user",
    "/static/..%2fuser",
    "/healthz/..;/user",
    "/user;admin",
    "/user/%2e%2e/user",
    "/%75ser",
    "/user%2f",
    "//user",
    "/./user",
    "/user/.",
    "/user?next=/admin/",
    "/user?/doc/",
    "/user#/metrics",
    "/api/c?admin",
    "/api/c/?doc",
    "/api/admin/../c",
    "/api/c/admin",
    "/api/c/metrics",
    "/API/C",
    "/USER",
    "/api\\c",
    "/en/admin",
    "/en/admin/",
    "/en//admin/",
    "/en/admin/chat/usersession/",
    "/zh-hans/admin/core/usermodel/",
    "/en/admin/login/../",
    "/en/admin/login/..%2f",
    "/en/admin/logout/../core/usermodel/",
    "/en/admin/autocomplete/?app_label=core",
    "/en/admin/search/palette/?q=a",
    "/admin/",
    "/fr/admin/",
    "/metrics/",
    "/metrics?admin",
    "/doc/schema/view/",
    "/doc/schema?format=json",
    "/readyz/../metrics",
    "/doc/assets/../schema",
];

/// Paths that the original's checks took for others: it looked for words in them.
fn by_path() -> Vec<Attempt> {
    let attempt = |(at, path): (usize, &str)| {
        let header = ["UID: alice1", "UID: head_admin", "X-EPPN: dev22@x", "Accept: text/html"][at % 4];
        Attempt::new(format!("{header} at {path}"), STRANGER, get(path, &[header]))
    };
    PATHS.into_iter().enumerate().map(attempt).collect()
}

/// Methods that are other ones, or none.
fn by_method(scene: &Scene) -> Vec<Attempt> {
    let path = format!("/api/c/{}", scene.conversation);
    let headers = [
        "X-HTTP-Method-Override: DELETE",
        "X-HTTP-Method: DELETE",
        "X-Method-Override: DELETE",
        "_method: DELETE",
    ];
    let form = "Content-Type: application/x-www-form-urlencoded";
    let mut attempts = Vec::new();
    for (who, from) in [("UID: bob22", PROXY), ("UID: alice1", STRANGER)] {
        for header in headers {
            let name = format!("{who}, {header} over POST");
            attempts.push(Attempt::new(name, from, request("POST", &path, &[who, header], "{}")));
            attempts.push(Attempt::new(
                format!("{who}, {header} over GET"),
                from,
                get(&path, &[who, header]),
            ));
        }
        for target in [path.clone(), format!("{path}?_method=DELETE")] {
            let bytes = request("POST", &target, &[who, form], "_method=delete");
            attempts.push(Attempt::new(format!("{who}, a form that says delete at {target}"), from, bytes));
        }
        for method in
            ["TRACE", "CONNECT", "PROPFIND", "get", "DELETE\t", "OPTIONS", "HEAD", "PUT", "MOVE", "X"]
        {
            let bytes = request(method, &path, &[who], "");
            attempts.push(Attempt::new(format!("{who}, {method}"), from, bytes));
        }
    }
    attempts
}

/// A request of the victim's.
const INSIDE: &str = "GET /api/c HTTP/1.1\r\nHost: localhost\r\nUID: alice1\r\nConnection: close\r\n\r\n";

/// Requests at the edge of what HTTP allows, and beyond.
fn by_protocol() -> Vec<Attempt> {
    let raw = [
        ("HTTP/1.0", "GET /api/c HTTP/1.0\r\nUID: alice1\r\n\r\n".to_owned()),
        ("HTTP/1.0 with a host", "GET /api/c HTTP/1.0\r\nHost: localhost\r\nUID: alice1\r\n\r\n".to_owned()),
        ("HTTP/0.9", "GET /api/c\r\n".to_owned()),
        ("HTTP/2 in the clear", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_owned()),
        (
            "a whole address",
            "GET http://localhost/api/c HTTP/1.1\r\nHost: localhost\r\nUID: alice1\r\n\r\n".to_owned(),
        ),
        (
            "an address with a name",
            "GET http://alice1@localhost/api/c HTTP/1.1\r\nHost: localhost\r\n\r\n".to_owned(),
        ),
        (
            "another scheme",
            "GET https://127.0.0.1/user HTTP/1.1\r\nHost: localhost\r\nUID: alice1\r\n\r\n".to_owned(),
        ),
        ("no host", "GET /api/c HTTP/1.1\r\nUID: alice1\r\n\r\n".to_owned()),
        (
            "two hosts",
            "GET /api/c HTTP/1.1\r\nHost: localhost\r\nHost: evil\r\nUID: alice1\r\n\r\n".to_owned(),
        ),
        ("line feeds alone", "GET /api/c HTTP/1.1\nHost: localhost\nUID: alice1\n\n".to_owned()),
        ("two requests", format!("GET /user HTTP/1.1\r\nHost: localhost\r\n\r\n{INSIDE}")),
        (
            "a folded header",
            "GET /api/c HTTP/1.1\r\nHost: localhost\r\nX-A: b\r\n UID: alice1\r\n\r\n".to_owned(),
        ),
        (
            "a named header",
            "GET /api/c HTTP/1.1\r\nHost: localhost\r\nConnection: UID\r\nUID: alice1\r\n\r\n".to_owned(),
        ),
        (
            "a header after the body",
            "POST /user HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nTrailer: UID\r\n\
             Content-Type: application/json\r\n\r\n2\r\n{}\r\n0\r\nUID: alice1\r\n\r\n"
                .to_owned(),
        ),
        (
            "a header in the target",
            "GET /api/c HTTP/1.1 \r\nUID: alice1\r\nHost: localhost\r\n\r\n".to_owned(),
        ),
    ];
    let by_strangers = raw
        .into_iter()
        .map(|(name, bytes)| Attempt::new(format!("a stranger: {name}"), STRANGER, bytes.into_bytes()));
    by_strangers.collect()
}

/// The proxy forwards one request of somebody who is signed in; a second one hides in its body.
fn hidden() -> Vec<Attempt> {
    let length = INSIDE.len();
    let hidden = [
        ("a length of more than there is", format!("Content-Length: {length}")),
        ("two lengths", format!("Content-Length: 0\r\nContent-Length: {length}")),
        ("two lengths, the other way round", format!("Content-Length: {length}\r\nContent-Length: 0")),
        ("a list of lengths", format!("Content-Length: {length}, 0")),
        ("a length with a sign", format!("Content-Length: +{length}")),
        ("a blank before the colon", format!("Content-Length: {length}\r\nTransfer-Encoding : chunked")),
        ("an unknown encoding", format!("Content-Length: {length}\r\nTransfer-Encoding: xchunked")),
        (
            "an encoding behind a tab",
            format!("Content-Length: {length}\r\nX: y\r\n\tTransfer-Encoding: chunked"),
        ),
    ];
    let attempts = hidden.map(|(name, head)| {
        let head = format!("POST /reset HTTP/1.1\r\nHost: localhost\r\nUID: bob22\r\n{head}\r\n\r\n");
        Attempt::new(format!("hidden in a body: {name}"), PROXY, format!("{head}{INSIDE}").into_bytes())
    });
    // Whoever counts chunks ends before what follows them.
    let both = format!("Content-Length: {}\r\nTransfer-Encoding: chunked", length + 5);
    let head = format!("POST /reset HTTP/1.1\r\nHost: localhost\r\nUID: bob22\r\n{both}\r\n\r\n0\r\n\r\n");
    let both = Attempt::new("hidden behind chunks", PROXY, format!("{head}{INSIDE}").into_bytes());
    attempts.into_iter().chain([both]).collect()
}

/// The proxy's own address without what proves that it is the proxy.
pub fn without_the_secret() -> Vec<Attempt> {
    let (half, hashed) = (&SECRET[..SECRET.len() / 2], hash(SECRET));
    let proofs = [
        String::new(),
        "X-Proxy-Auth:".to_owned(),
        "X-Proxy-Auth: wrong".to_owned(),
        format!("X-Proxy-Auth: {half}"),
        format!("X-Proxy-Auth: {SECRET}x"),
        format!("X-Proxy-Auth: x{SECRET}"),
        format!("X-Proxy-Auth: {}", SECRET.to_lowercase()),
        format!("X-Proxy-Auth: {}", SECRET.to_uppercase()),
        format!("X-Proxy-Auth: \"{SECRET}\""),
        format!("X-Proxy-Auth: Bearer {SECRET}"),
        format!("X-Proxy-Auth: wrong, {SECRET}"),
        format!("X-Proxy-Auth: {SECRET}, wrong"),
        format!("X-Proxy-Auth: wrong\r\nX-Proxy-Auth: {SECRET}"),
        format!("X-Proxy-Auth: {hashed}"),
        format!("X-Proxy-Auth: {SECRET}\u{a0}"),
        format!("X_Proxy_Auth: {SECRET}"),
        format!("Proxy-Authorization: Bearer {SECRET}"),
        format!("Proxy-Auth: {SECRET}"),
        format!("Cookie: X-Proxy-Auth={SECRET}"),
    ];
    let places = ["/api/c", "/user"];
    let attempts = proofs.iter().flat_map(|proof| {
        places.map(|place| {
            let headers: Vec<&str> =
                ["UID: alice1", proof].into_iter().filter(|line| !line.is_empty()).collect();
            Attempt::new(format!("`{proof}` at {place}"), PROXY, get(place, &headers))
        })
    });
    let query = get(&format!("/api/c?X-Proxy-Auth={SECRET}"), &["UID: alice1"]);
    attempts.chain([Attempt::new("the secret in the address", PROXY, query)]).collect()
}

/// At a machine where whoever says nothing is the developer: what was forwarded, what was asked of another host.
pub fn at_a_developers_machine() -> Vec<Attempt> {
    let forwarded = [
        "X-Forwarded-For: 10.1.2.3",
        "X-Forwarded-For: 127.0.0.1",
        "X-Forwarded-For:",
        "x-forwarded-for: ::1",
        "X-Forwarded-Proto: https",
        "X-Forwarded-Host: localhost",
        "X-Forwarded-Port: 443",
        "X-Forwarded-Anything: 1",
        "Forwarded: for=127.0.0.1",
        "Forwarded:",
        "X-Real-IP: 127.0.0.1",
        "U_ID: developer",
        "X_DisplayName: developer",
        "UID: a,b",
        "UID: \u{3000}",
    ];
    let by_proxy = forwarded.map(|header| Attempt::new(header, PROXY, get("/user", &[header])));
    let hosts = [
        "evil.example",
        "localhost.evil.example",
        "evil.example:8000",
        "127.0.0.1.nip.io",
        "localhost.",
        "localhost@evil.example",
        "evil.example#localhost",
        "[::1].evil.example",
        "0.0.0.0",
        "127.1",
        "2130706433",
        "[::ffff:127.0.0.1]",
        "localhost:80:80",
        "",
        "xn--localhost-",
        "ｌocalhost",
        "localhost evil.example",
        "localhost, evil.example",
    ];
    let by_host = hosts.map(|host| {
        let bytes = format!("GET /user HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n").into_bytes();
        Attempt::new(format!("Host: {host}"), PROXY, bytes)
    });
    let others = [
        ("no host", "GET /user HTTP/1.0\r\n\r\n".to_owned()),
        ("a whole address", "GET http://localhost/user HTTP/1.1\r\nHost: evil.example\r\n\r\n".to_owned()),
        ("two hosts", "GET /user HTTP/1.1\r\nHost: evil.example\r\nHost: localhost\r\n\r\n".to_owned()),
    ]
    .map(|(name, bytes)| Attempt::new(name, PROXY, bytes.into_bytes()));
    by_proxy.into_iter().chain(by_host).chain(others).collect()
}
