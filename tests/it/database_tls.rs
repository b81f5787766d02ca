//! The way to PostgreSQL: what is said before it is encrypted, and to whom.

use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    sync::Arc,
    thread::JoinHandle,
    time::Duration,
};

use chatdku::{config::Config, platform::store::Store};
use rustls::{
    ServerConfig, ServerConnection, StreamOwned,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};

const CERTIFICATE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/fixtures/mail_server.crt");
const KEY: &[u8] = include_bytes!("fixtures/mail_server.key");
const PATIENCE: Duration = Duration::from_secs(20);
/// A length of 8, and the number that asks for TLS.
const WISH_FOR_TLS: [u8; 8] = [0, 0, 0, 8, 4, 210, 22, 47];

/// What a client said to a server that is no more than its beginning.
#[derive(Debug, Default)]
struct Heard {
    in_the_clear: Vec<u8>,
    encrypted: Vec<u8>,
}

/// Takes one connection, and encrypts it when it is asked to and `speaks_tls`. Ends it after the next message.
fn server(speaks_tls: bool) -> (u16, JoinHandle<Heard>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let heard = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let mut heard = Heard::default();
        let first = message(&mut stream);
        if first != WISH_FOR_TLS {
            heard.in_the_clear = first;
            return heard;
        }
        if speaks_tls {
            stream.write_all(b"S").unwrap();
            heard.encrypted = message(&mut encrypted(stream));
        } else {
            stream.write_all(b"N").unwrap();
            heard.in_the_clear = message(&mut stream);
        }
        heard
    });
    (port, heard)
}

/// What comes at once; nothing when the other side goes away or does not finish its handshake.
fn message(from: &mut impl Read) -> Vec<u8> {
    let mut bytes = vec![0; 1024];
    let read = from.read(&mut bytes).unwrap_or(0);
    bytes.truncate(read);
    bytes
}

fn encrypted(stream: TcpStream) -> StreamOwned<ServerConnection, TcpStream> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let certificate = CertificateDer::from_pem_file(CERTIFICATE).unwrap();
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], PrivateKeyDer::from_pem_slice(KEY).unwrap())
        .unwrap();
    StreamOwned::new(ServerConnection::new(Arc::new(config)).unwrap(), stream)
}

/// What a server hears from a program with these settings, which never comes to a database.
async fn heard(speaks_tls: bool, settings: &[(&str, &str)]) -> Heard {
    // As the program does before it opens anything.
    let _already = rustls::crypto::ring::default_provider().install_default();
    let (port, heard) = server(speaks_tls);
    let port = port.to_string();
    let own = [
        ("HOST_DB", "127.0.0.1"),
        ("PORT_DB", port.as_str()),
        ("NAME_DB", "main"),
        ("USERNAME_DB", "the_user_of_the_tests"),
        ("PASSWORD_DB", "violet anchor"),
    ];
    let pairs = own.iter().chain(settings).map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let config = Config::from_sources(rocket::Config::figment().select("debug"), pairs).unwrap();
    let opened = tokio::time::timeout(PATIENCE, Store::open(&config.database)).await;
    assert!(!matches!(opened, Ok(Ok(_))), "that was no database");
    tokio::task::spawn_blocking(move || heard.join().unwrap()).await.unwrap()
}

fn says_who(bytes: &[u8]) -> bool {
    String::from_utf8_lossy(bytes).contains("the_user_of_the_tests")
}

#[rocket::async_test]
async fn a_server_without_tls_hears_nothing_unless_that_is_allowed() {
    for mode in ["require", "verify-ca", "verify-full"] {
        let heard = heard(false, &[("SSLMODE_DB", mode)]).await;
        assert_eq!(heard.in_the_clear, b"", "{mode}");
    }
    for allowed in [&[("SSLMODE_DB", "prefer")][..], &[("SSLMODE_DB", "disable")], &[]] {
        let heard = heard(false, allowed).await;
        assert!(says_who(&heard.in_the_clear), "{allowed:?}: {heard:?}");
    }
}

#[rocket::async_test]
async fn a_server_that_nobody_vouches_for_hears_nothing() {
    for mode in ["verify-ca", "verify-full"] {
        let stranger = heard(true, &[("SSLMODE_DB", mode)]).await;
        assert!(stranger.in_the_clear.is_empty() && stranger.encrypted.is_empty(), "{mode}: {stranger:?}");
        let known = heard(true, &[("SSLMODE_DB", mode), ("SSLROOTCERT_DB", CERTIFICATE)]).await;
        assert!(known.in_the_clear.is_empty() && says_who(&known.encrypted), "{mode}: {known:?}");
    }
}
